"""A result as a page shows it: a table, a boolean, or a graph."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.rdf.formats import BY_NAME
from policing_goals.rdf.serialization import Result
from policing_goals.web.http.link_targets import link_target

TRIPLE_COLUMNS = ("subject", "predicate", "object")
Cell = dict[str, str]


@dataclass(frozen=True)
class ResultView:
    """A result for a template: columns and rows of a table, or a boolean, or Turtle."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    boolean: bool | None = None
    turtle: str = ""


def view_result(result: Result, dataset: Dataset, root: str) -> ResultView:
    """The view of a result; a graph as Turtle. root: the relative address of the site's root."""
    if isinstance(result, QuerySolutions):
        columns = tuple(variable.value for variable in result.variables)
        rows = tuple(tuple(_cell(row[name], dataset, root) for name in columns) for row in result)
        return ResultView(columns, rows)
    if isinstance(result, QueryBoolean):
        return ResultView(boolean=bool(result))
    return ResultView(turtle=dataset.write(result, BY_NAME["ttl"]).decode())


def view_triples(triples: Iterable[Triple], dataset: Dataset, root: str) -> ResultView:
    """The view of a graph as a table of its triples."""
    rows = tuple(
        tuple(_cell(term, dataset, root) for term in (triple.subject, triple.predicate, triple.object))
        for triple in triples
    )
    return ResultView(TRIPLE_COLUMNS, rows)


def _cell(term: object, dataset: Dataset, root: str) -> Cell:
    if isinstance(term, NamedNode):
        return {"text": dataset.prefixes.shorten(term.value), "href": link_target(term.value, root), "lang": ""}
    tag = (term.language or "") if isinstance(term, Literal) else ""
    text = term.value if isinstance(term, Literal) else "" if term is None else str(term)
    return {"text": text, "href": "", "lang": tag}
