"""Results of saved queries, for the site, the fast path, language models and the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, QuerySolutions

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import ForbiddenQuery, NotFound, message
from policing_goals.model.saved_query import SavedQuery
from policing_goals.rdf.formats import BY_NAME, Kind, formats_of
from policing_goals.rdf.serialization import Result, to_python
from policing_goals.rdf.sparql_text import inline_parameters
from policing_goals.rdf.spreadsheets import Column, FlatTable, as_workbook

QUERY_TYPE = "application/sparql-query"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The datatype of a column in a workbook, by the datatype of its literals.
DATATYPES = {"integer": "integer", "decimal": "double", "double": "double"}

# The lines of a saved query that describe it.
HEADER = re.compile(r"^#\+.*\n", re.MULTILINE)
# The tag of a query that also reads imported graphs. Any other gives the same whatever is imported.
IMPORT_TAG = "import"

Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Representation:
    """A result of a saved query, or its text, as bytes of a media type."""

    body: bytes
    media_type: str


def kind_of(saved: SavedQuery) -> Kind:
    """Whether a saved query gives solutions (SELECT, ASK) or a graph (CONSTRUCT, DESCRIBE)."""
    return Kind.SOLUTIONS if saved.form in ("SELECT", "ASK") else Kind.GRAPH


def formats(saved: SavedQuery) -> Mapping[str, str]:
    """The media types of a saved query's representations by suffix, without HTML.

    A federated query, which is not run here, has its text alone.
    """
    if saved.federates:
        return {"rq": QUERY_TYPE}
    workbook = {"xlsx": XLSX_TYPE} if saved.form == "SELECT" else {}
    return {"rq": QUERY_TYPE, **{form.name: form.media_type for form in formats_of(kind_of(saved))}, **workbook}


def run(dataset: Dataset, saved: SavedQuery, given: Mapping[str, str]) -> Result:
    """The result of a saved query.

    given: parameter values by name. Raises ParameterError for a value that is not of its parameter's type, and
    ForbiddenQuery for a federated query.
    """
    bindings = saved.bindings(given, dataset.prefixes)
    if saved.federates:
        raise ForbiddenQuery(
            message(
                "{name} is a federated query of {choices}; this server does not contact other "
                "endpoints. Run its text, queries/{name}.rq, on an endpoint that allows SERVICE.",
                name=saved.name,
                choices=", ".join(saved.federates),
            )
        )
    return dataset.query(saved.text, bindings, ours_alone=IMPORT_TAG not in saved.tags)


def text(dataset: Dataset, saved: SavedQuery, given: Mapping[str, str]) -> str:
    """The SPARQL of a saved query with its parameters filled in; raises ParameterError."""
    return inline_parameters(saved.text, saved.bindings(given, dataset.prefixes))


def text_for_editor(dataset: Dataset, saved: SavedQuery, given: Mapping[str, str]) -> str:
    """The same without the description at its head; raises ParameterError."""
    return HEADER.sub("", text(dataset, saved, given)).lstrip()


def representation(dataset: Dataset, saved: SavedQuery, given: Mapping[str, str], suffix: str) -> Representation:
    """A saved query in the format of a suffix; raises what run() raises, and NotFound for a suffix without a format."""
    if suffix == "rq":
        return Representation(text(dataset, saved, given).encode(), QUERY_TYPE)
    result = run(dataset, saved, given)
    offered = formats(saved)
    if suffix not in offered:
        kind = "a boolean" if saved.form == "ASK" else f"a {kind_of(saved).value}"
        choices = ", ".join(["html", *offered])
        raise NotFound(
            message(
                "The result of {name} is {kind}; {suffix} cannot carry it. Choose from {choices}.",
                name=saved.name,
                kind=kind,
                suffix=suffix,
                choices=choices,
            )
        )
    if suffix == "xlsx" and isinstance(result, QuerySolutions):
        return Representation(_workbook(saved, result), XLSX_TYPE)
    return Representation(dataset.write(result, BY_NAME[suffix]), offered[suffix])


def rows(dataset: Dataset, name: str, **given: str) -> list[Row]:
    """The rows of a saved SELECT query; each cell is a number or a text, empty if unbound."""
    result = run(dataset, dataset.saved_query(name), given)
    if not isinstance(result, QuerySolutions):
        raise TypeError(f"{name} does not give a table.")
    names = [variable.value for variable in result.variables]
    return [{each: to_python(row[each]) for each in names} for row in result]


def _workbook(saved: SavedQuery, result: QuerySolutions) -> bytes:
    names = [variable.value for variable in result.variables]
    cells = [[row[name] for name in names] for row in result]
    meanings = {column.name: column.meaning for column in saved.columns}
    columns = tuple(
        Column(name, _datatype([row[number] for row in cells]), meanings.get(name, name))
        for number, name in enumerate(names)
    )
    texts = tuple(tuple(str(getattr(cell, "value", "")) for cell in row) for row in cells)
    return as_workbook((FlatTable(saved.name, saved.summary["en"], columns, texts),), (saved.description["en"],))


def _datatype(cells: list[object]) -> str:
    found = {_datatype_of(cell) for cell in cells if cell is not None}
    return found.pop() if len(found) == 1 else "string"


def _datatype_of(cell: object) -> str:
    if isinstance(cell, NamedNode):
        return "anyURI"
    name = cell.datatype.value.rpartition("#")[2] if isinstance(cell, Literal) else ""
    return DATATYPES.get(name, "string")
