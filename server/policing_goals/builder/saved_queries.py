"""Read and check the saved queries of queries/*.rq.

The header is the run of lines at the top that begin with `#+`; what follows the `#+` is YAML. The whole file is
SPARQL 1.1 as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store, Variable

from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import read_plain_table, read_yaml_block
from policing_goals.errors import ParameterError, SourceError
from policing_goals.languages import LANGUAGES
from policing_goals.model.labels import labels_by_language
from policing_goals.model.saved_query import TERMS, Column, Group, Option, Parameter, SavedQuery
from policing_goals.rdf.sparql_text import SparqlText

MEMBERS = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?node ?name ?label WHERE {
  VALUES ?class { %s }
  { ?node a ?class } UNION { ?node skos:inScheme ?class }
  OPTIONAL {
    VALUES (?property ?name) { (skos:prefLabel "skos:prefLabel") (rdfs:label "rdfs:label") }
    ?node ?property ?label
  }
}
"""
GROUPS = "queries/groups.tsv"
FIELDS = {"summary", "description", "group", "tags", "parameters", "columns"}
OPTIONAL = {"federates"}
PARAMETER_FIELDS = {"name", "type", "meaning", "default", "optional", "example", "of", "values"}


def read_saved_queries(sources: Sources) -> tuple[SavedQuery, ...]:
    """Every saved query, by group and name; raises SourceError, with file and line, for a wrong header.

    The groups are in the order of queries/groups.tsv.
    """
    groups = _read_groups(sources)
    order = list(groups)
    queries = (_read(sources, name, groups) for name in sources.names("queries/*.rq"))
    return tuple(sorted(queries, key=lambda query: (order.index(query.group.name), query.name)))


def check_saved_queries(queries: tuple[SavedQuery, ...], store: Store, sources: Sources) -> dict[str, int]:
    """Run every query on the store, with its defaults and with each parameter's example.

    Returns the number of results of each with its defaults, by name, without those that need the network. Raises
    SourceError, with the file, for a query that does not parse, whose columns are not those of its header, or whose
    parameter changes nothing.
    """
    numbers: dict[str, int] = {}
    for query in queries:
        where = f"queries/{query.name}.rq"
        if query.federates:
            _check_federated(where, query)
            continue
        usual = _result(where, query, {}, store, sources)
        numbers[query.name] = len(usual)
        for parameter in query.parameters:
            if _result(where, query, {parameter.name: parameter.example}, store, sources) == usual:
                problem = f"the parameter {parameter.name} does not change the result (tried {parameter.example})."
                raise SourceError(where, problem, "Project it at every SELECT level, or give an example that differs.")
    return numbers


def with_options(queries: tuple[SavedQuery, ...], store: Store, sources: Sources) -> tuple[SavedQuery, ...]:
    """The queries with the values that their parameters may have, read from the default graph.

    Raises SourceError, with the file, for a class, scheme or namespace that has none.
    """
    return tuple(
        replace(query, parameters=tuple(_with_options(query, each, store, sources) for each in query.parameters))
        for query in queries
    )


def _read_groups(sources: Sources) -> dict[str, Group]:
    rows = read_plain_table(sources, GROUPS, ("name", *LANGUAGES))
    titles = {row.required("name"): {language: row.required(language) for language in LANGUAGES} for row in rows}
    return {name: Group(name, each) for name, each in titles.items()}


def _read(sources: Sources, name: str, groups: Mapping[str, Group]) -> SavedQuery:
    text = sources.read(name)
    header, _ = read_yaml_block(name, text, "#+")
    if set(header) - OPTIONAL != FIELDS:
        problem = f"wrong fields in the header: {', '.join(sorted((set(header) - OPTIONAL) ^ FIELDS))}."
        fix = f"It has {', '.join(sorted(FIELDS))}, and may have {', '.join(OPTIONAL)}."
        raise SourceError(f"{name}:1", problem, fix)
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
        form=SparqlText(text).form,
    )


def _texts(name: str, header: dict[str, Any], field: str) -> dict[str, str]:
    texts = header[field]
    if not isinstance(texts, dict) or not all(texts.get(language) for language in LANGUAGES):
        raise SourceError(f"{name}:1", f"the {field} lacks a language.", f"Give it in {' and '.join(LANGUAGES)}.")
    return {str(language): str(text) for language, text in texts.items()}


def _parameter(name: str, fields: dict[str, Any]) -> Parameter:
    def fault(problem: str, fix: str) -> SourceError:
        return SourceError(f"{name}:1", problem, fix)

    if set(fields) - PARAMETER_FIELDS or not {"name", "type", "meaning", "example"} <= set(fields):
        problem = f"a parameter has the fields {', '.join(sorted(fields))}."
        raise fault(problem, "It needs name, type, meaning, example, and default or optional.")
    type_, of = fields["type"], str(fields.get("of", ""))
    if type_ not in TERMS:
        raise fault(f"the parameter {fields['name']} has the type {type_}.", f"Known types: {', '.join(TERMS)}.")
    if ("default" in fields) == bool(fields.get("optional")):
        raise fault(f"the parameter {fields['name']} has both a default and optional, or neither.", "Give one of them.")
    if (type_ == "iri") != bool(of) or (type_ == "choice") != ("values" in fields):
        problem = f"the parameter {fields['name']} of the type {type_} does not say what its values are."
        raise fault(problem, "Give `of` (classes, schemes or a namespace) to an iri, `values` to a choice.")
    default = str(fields["default"]) if "default" in fields else None
    options = tuple(Option(str(value), {}) for value in fields.get("values", ()))
    return Parameter(fields["name"], type_, fields["meaning"], default, str(fields["example"]), of, options)


def _check_federated(where: str, query: SavedQuery) -> None:
    # It needs the network to run. Oxigraph tells the columns before it asks for the first row.
    try:
        found = Store().query(query.text)
    except SyntaxError as error:
        raise SourceError(where, f"the query does not parse: {error}.", "Fix the SPARQL.") from error
    names = [variable.value for variable in found.variables] if isinstance(found, QuerySolutions) else []
    _check_columns(where, query, names)
    unnamed = [iri for iri in query.federates if f"SERVICE <{iri}>" not in query.text]
    if unnamed or not query.federates:
        problem = f"the header says that it queries {unnamed[0]}, but its text does not."
        raise SourceError(where, problem, "List under `federates` the IRI of each SERVICE clause.")


def _check_columns(where: str, query: SavedQuery, found: list[str]) -> None:
    described = [column.name for column in query.columns]
    if described != found:
        problem = f"the header describes the columns {described}, but the result has {found}."
        raise SourceError(where, problem, "Make them agree, in the same order.")


def _result(where: str, query: SavedQuery, given: dict[str, str], store: Store, sources: Sources) -> list[str]:
    try:
        return _lines(where, query, store.query(query.text, substitutions=query.bindings(given, sources.prefixes)))
    except (SyntaxError, RuntimeError) as error:
        fix = "Fix the SPARQL; a parameter must be projected."
        raise SourceError(where, f"the query fails: {error}.", fix) from error
    except ParameterError as error:
        raise SourceError(where, str(error), "Fix the default or the example in the header.") from error


def _lines(where: str, query: SavedQuery, result: QuerySolutions | QueryBoolean | QueryTriples) -> list[str]:
    if isinstance(result, QueryBoolean):
        return [str(bool(result))]
    if isinstance(result, QueryTriples):
        return sorted(str(triple) for triple in result)
    names = [variable.value for variable in result.variables]
    _check_columns(where, query, names)
    # A parameter's own column changes with it, so it proves nothing.
    bound = {parameter.name for parameter in query.parameters}
    compared = [Variable(name) for name in names if name not in bound]
    return [str([row[variable] for variable in compared]) for row in result]


def _with_options(query: SavedQuery, parameter: Parameter, store: Store, sources: Sources) -> Parameter:
    if parameter.type != "iri":
        return parameter
    where = f"queries/{query.name}.rq"
    if parameter.of.endswith(":"):
        if parameter.of[:-1] not in sources.prefixes.table:
            raise SourceError(where, f"{parameter.of} is not a known prefix.", "Write one of ontology/prefixes.ttl.")
        return parameter
    options = tuple(_options(parameter.of, store, sources, where))
    if not options:
        raise SourceError(where, f"{parameter.of} has no members.", "Name classes or schemes that have members.")
    return replace(parameter, options=options)


def _options(of: str, store: Store, sources: Sources, where: str) -> Iterator[Option]:
    try:
        classes = " ".join(f"<{sources.expand(curie).value}>" for curie in of.split())
    except (KeyError, ValueError) as error:
        raise SourceError(where, f"{of} has an unknown prefix.", "Write CURIEs with known prefixes.") from error
    found = store.query(MEMBERS % classes)
    labels: dict[str, list[tuple[str, str, str]]] = {}
    for row in found if isinstance(found, QuerySolutions) else ():
        node, name, label = row["node"], row["name"], row["label"]
        if isinstance(node, NamedNode):
            own = labels.setdefault(sources.shorten(node.value), [])
            if isinstance(label, Literal) and isinstance(name, Literal):
                own.append((name.value, label.language or "", label.value))
    for value, texts in sorted(labels.items(), key=lambda item: _natural_sort_key(item[0])):
        yield Option(value, dict(sorted(labels_by_language(texts).items())))


def _natural_sort_key(text: str) -> list[tuple[int, str]]:
    # objective-2.10 comes after objective-2.9.
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text)]
