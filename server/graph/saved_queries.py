"""The saved questions of queries/*.rq, read and checked: changes when their header gets a new field.

The header is the run of lines at the top that begin with `#+`; what follows the
`#+` is YAML. The whole file is SPARQL 1.1 as it stands.
"""

from pathlib import Path
from typing import Any

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Store, Variable

from server.errors import ParameterError, SourceError
from server.graph.sources import read_source
from server.graph.yaml_block import read_yaml_block
from server.prefixes import Prefixes
from server.saved_query import TERMS, Column, Parameter, SavedQuery

FIELDS = {"summary", "description", "tags", "parameters", "columns"}
PARAMETER_FIELDS = {"name", "type", "meaning", "default", "optional", "example"}
LANGUAGES = ("en", "fr", "es", "ar")


def read_saved_queries(root: Path) -> tuple[SavedQuery, ...]:
    """Every saved query of ROOT/queries, by name; raises SourceError, with file and line, for a wrong header."""
    return tuple(_read(root, path.relative_to(root).as_posix()) for path in sorted(root.glob("queries/*.rq")))


def check_saved_queries(queries: tuple[SavedQuery, ...], store: Store, prefixes: Prefixes) -> None:
    """Run every query on the store, with its defaults and with each parameter's example.

    Raises SourceError, naming the file, for a query that does not parse, whose
    columns are not those of its header, or whose parameter changes nothing.
    """
    for query in queries:
        where = f"queries/{query.name}.rq"
        usual = _answer(where, query, {}, store, prefixes)
        for parameter in query.parameters:
            other = _answer(where, query, {parameter.name: parameter.example}, store, prefixes)
            if other == usual:
                what = f"the parameter {parameter.name} does not change the answer (tried {parameter.example})."
                raise SourceError(where, what, "Project it at every SELECT level, or give an example that differs.")


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
    described = [column.name for column in query.columns]
    answered = [variable.value for variable in result.variables]
    if described != answered:
        what = f"the header describes the columns {described}, but the answer has {answered}."
        raise SourceError(where, what, "Make them agree, in the same order.")
    # A parameter's own column changes with it, so it proves nothing.
    bound = {parameter.name for parameter in query.parameters}
    compared = [Variable(name) for name in answered if name not in bound]
    return [str([row[variable] for variable in compared]) for row in result]


def _read(root: Path, name: str) -> SavedQuery:
    text = read_source(root, name)
    header, _ = read_yaml_block(name, text, "#+")
    if set(header) != FIELDS:
        what = f"wrong fields in the header: {', '.join(sorted(set(header) ^ FIELDS))}."
        raise SourceError(f"{name}:1", what, f"It has exactly: {', '.join(sorted(FIELDS))}.")
    return SavedQuery(
        name=Path(name).stem,
        summary=_texts(name, header, "summary"),
        description=_texts(name, header, "description"),
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
    default = str(fields["default"]) if "default" in fields else None
    return Parameter(fields["name"], fields["type"], fields["meaning"], default, str(fields["example"]))
