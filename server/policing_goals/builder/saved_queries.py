"""The saved questions of queries/*.rq, read and checked: changes when their header gets a new field.

The header is the run of lines at the top that begin with `#+`; what follows the
`#+` is YAML. The whole file is SPARQL 1.1 as it stands.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store, Variable
from pyparsing import ParseException
from rdflib.plugins.sparql import prepareQuery

from policing_goals.builder.sources import read_source
from policing_goals.builder.tables import Row, read_plain_table, read_yaml_block
from policing_goals.errors import ParameterError, SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import TERMS, Column, Group, Option, Parameter, SavedQuery
from policing_goals.vocabulary import LANGUAGES

MEMBERS = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?node ?label WHERE {
  VALUES ?kind { %s }
  { ?node a ?kind } UNION { ?node skos:inScheme ?kind }
  OPTIONAL { ?node skos:prefLabel|rdfs:label ?label }
}
"""
GROUPS = "queries/groups.tsv"
FIELDS = {"summary", "description", "group", "tags", "parameters", "columns"}
OPTIONAL = {"federates"}
PARAMETER_FIELDS = {"name", "type", "meaning", "default", "optional", "example", "of", "values"}


def read_saved_queries(root: Path) -> tuple[SavedQuery, ...]:
    """Every saved query of ROOT/queries, by group and name; raises SourceError, with file and line, for a wrong header.

    The groups come in the order of queries/groups.tsv.
    """
    groups = {row.required("name"): Group(row.required("name"), _titles(row)) for row in _group_rows(root)}
    order = list(groups)
    queries = (_read(root, path.relative_to(root).as_posix(), groups) for path in sorted(root.glob("queries/*.rq")))
    return tuple(sorted(queries, key=lambda query: (order.index(query.group.name), query.name)))


def _group_rows(root: Path) -> tuple[Row, ...]:
    return read_plain_table(root, GROUPS, ("name", *LANGUAGES))


def _titles(row: Row) -> dict[str, str]:
    return {language: row.required(language) for language in LANGUAGES}


def check_saved_queries(queries: tuple[SavedQuery, ...], store: Store, prefixes: Prefixes) -> None:
    """Run every query on the store, with its defaults and with each parameter's example.

    Raises SourceError, naming the file, for a query that does not parse, whose
    columns are not those of its header, or whose parameter changes nothing.
    """
    for query in queries:
        where = f"queries/{query.name}.rq"
        if query.federates:
            _check_federated(where, query)
            continue
        usual = _answer(where, query, {}, store, prefixes)
        for parameter in query.parameters:
            other = _answer(where, query, {parameter.name: parameter.example}, store, prefixes)
            if other == usual:
                what = f"the parameter {parameter.name} does not change the answer (tried {parameter.example})."
                raise SourceError(where, what, "Project it at every SELECT level, or give an example that differs.")


def _check_federated(where: str, query: SavedQuery) -> None:
    # It cannot be run without the network: its columns are read from its text.
    try:
        prepared = prepareQuery(query.text)
    except ParseException as error:
        raise SourceError(where, f"the query does not parse: {error}.", "Mend the SPARQL.") from error
    _agree(where, query, [str(variable) for variable in prepared.algebra["PV"]])
    unnamed = [iri for iri in query.federates if f"SERVICE <{iri}>" not in query.text]
    if unnamed or not query.federates:
        what = f"it says that it asks {unnamed[0]}, and its text does not."
        raise SourceError(where, what, "List under `federates` the IRI of each SERVICE clause.")


def _agree(where: str, query: SavedQuery, answered: list[str]) -> None:
    described = [column.name for column in query.columns]
    if described != answered:
        what = f"the header describes the columns {described}, but the answer has {answered}."
        raise SourceError(where, what, "Make them agree, in the same order.")


def _answer(where: str, query: SavedQuery, given: dict[str, str], store: Store, prefixes: Prefixes) -> list[str]:
    try:
        result = store.query(query.text, substitutions=query.bindings(given, prefixes))
        return _rows(where, query, result)
    except (SyntaxError, RuntimeError) as error:
        raise SourceError(where, f"the query fails: {error}.", "Mend the SPARQL; a parameter is projected.") from error
    except ParameterError as error:
        raise SourceError(where, str(error), "Mend the default or the example in the header.") from error


def _rows(where: str, query: SavedQuery, result: QuerySolutions | QueryBoolean | QueryTriples) -> list[str]:
    if isinstance(result, QueryBoolean):
        return [str(bool(result))]
    if isinstance(result, QueryTriples):
        return sorted(str(triple) for triple in result)
    answered = [variable.value for variable in result.variables]
    _agree(where, query, answered)
    # A parameter's own column changes with it, so it proves nothing.
    bound = {parameter.name for parameter in query.parameters}
    compared = [Variable(name) for name in answered if name not in bound]
    return [str([row[variable] for variable in compared]) for row in result]


def _read(root: Path, name: str, groups: Mapping[str, Group]) -> SavedQuery:
    text = read_source(root, name)
    header, _ = read_yaml_block(name, text, "#+")
    if set(header) - OPTIONAL != FIELDS:
        what = f"wrong fields in the header: {', '.join(sorted((set(header) - OPTIONAL) ^ FIELDS))}."
        raise SourceError(f"{name}:1", what, f"It has {', '.join(sorted(FIELDS))}, and perhaps {', '.join(OPTIONAL)}.")
    if header["group"] not in groups:
        raise SourceError(f"{name}:1", f"there is no group {header['group']}.", f"{GROUPS} has: {', '.join(groups)}.")
    return SavedQuery(
        name=Path(name).stem,
        summary=_texts(name, header, "summary"),
        description=_texts(name, header, "description"),
        group=groups[header["group"]],
        federates=tuple(str(iri) for iri in header.get("federates", ())),
        tags=tuple(str(tag) for tag in header["tags"]),
        parameters=tuple(_parameter(name, fields) for fields in header["parameters"] or ()),
        columns=tuple(Column(str(key), str(value)) for key, value in (header["columns"] or {}).items()),
        text=text,
    )


def _texts(name: str, header: dict[str, Any], field: str) -> dict[str, str]:
    texts = header[field]
    if not isinstance(texts, dict) or not all(texts.get(language) for language in LANGUAGES):
        raise SourceError(f"{name}:1", f"the {field} lacks a language.", f"Give it in {' and '.join(LANGUAGES)}.")
    return {str(language): str(text) for language, text in texts.items()}


def _parameter(name: str, fields: dict[str, Any]) -> Parameter:
    unknown = set(fields) - PARAMETER_FIELDS
    if unknown or not {"name", "type", "meaning", "example"} <= set(fields):
        what = f"a parameter has the fields {', '.join(sorted(fields))}."
        raise SourceError(f"{name}:1", what, "It needs name, type, meaning, example, and default or optional.")
    if fields["type"] not in TERMS:
        what = f"the parameter {fields['name']} has the type {fields['type']}."
        raise SourceError(f"{name}:1", what, f"Known types: {', '.join(TERMS)}.")
    if ("default" in fields) == bool(fields.get("optional")):
        what = f"the parameter {fields['name']} has both a default and optional, or neither."
        raise SourceError(f"{name}:1", what, "Give one of the two.")
    kind, of = fields["type"], str(fields.get("of", ""))
    if (kind == "iri") != bool(of) or (kind == "choice") != ("values" in fields):
        what = f"the parameter {fields['name']} of the type {kind} does not say what it may be."
        raise SourceError(
            f"{name}:1", what, "Give `of` (classes, schemes or a namespace) to an iri, `values` to a choice."
        )
    default = str(fields["default"]) if "default" in fields else None
    options = tuple(Option(str(value), {}) for value in fields.get("values", ()))
    return Parameter(fields["name"], kind, fields["meaning"], default, str(fields["example"]), of, options)


def with_options(queries: tuple[SavedQuery, ...], store: Store, prefixes: Prefixes) -> tuple[SavedQuery, ...]:
    """The queries with the values that their parameters may have, read from the default graph.

    Raises SourceError, naming the file, for a class, scheme or namespace that has none.
    """
    return tuple(
        replace(query, parameters=tuple(_filled(query, each, store, prefixes) for each in query.parameters))
        for query in queries
    )


def _filled(query: SavedQuery, parameter: Parameter, store: Store, prefixes: Prefixes) -> Parameter:
    if parameter.type != "iri":
        return parameter
    where = f"queries/{query.name}.rq"
    if parameter.of.endswith(":"):
        if parameter.of[:-1] not in prefixes.table:
            raise SourceError(where, f"{parameter.of} is no known prefix.", "Write one of ontology/prefixes.ttl.")
        return parameter
    options = tuple(_options(parameter.of, store, prefixes, where))
    if not options:
        raise SourceError(where, f"nothing is of {parameter.of}.", "Name classes or schemes that have members.")
    return replace(parameter, options=options)


def _options(of: str, store: Store, prefixes: Prefixes, where: str) -> Iterator[Option]:
    try:
        kinds = " ".join(f"<{prefixes.expand(curie).value}>" for curie in of.split())
    except (KeyError, ValueError) as error:
        raise SourceError(where, f"{of} has an unknown prefix.", "Write CURIEs with known prefixes.") from error
    found = store.query(MEMBERS % kinds)
    labels: dict[str, dict[str, str]] = {}
    for row in found if isinstance(found, QuerySolutions) else ():
        node, label = row["node"], row["label"]
        if isinstance(node, NamedNode):
            texts = labels.setdefault(prefixes.shorten(node.value), {})
            if isinstance(label, Literal):
                texts.setdefault(label.language or "", label.value)
    for value, texts in sorted(labels.items(), key=lambda item: _natural(item[0])):
        yield Option(value, dict(sorted(texts.items())))


def _natural(text: str) -> list[tuple[int, str]]:
    # objective-2.10 comes after objective-2.9.
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text)]
