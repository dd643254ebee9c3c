"""Counts at /statistics. Each table is the result of a saved query, named beside it; only sums are made here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response
from pyoxigraph import NamedNode

from policing_goals.engine import saved_queries
from policing_goals.engine.graph_view import GraphView
from policing_goals.engine.saved_queries import Row
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import html_response
from policing_goals.web.linked_data.links import Link, link

Cell = Link | str | int | float

blueprint = Blueprint("statistics", __name__)


@dataclass(frozen=True)
class Table:
    """Some counts: the saved query that gives them, and rows whose first cell names what is counted."""

    query: str
    rows: tuple[tuple[Cell, ...], ...]


@blueprint.get("/statistics")
def statistics() -> Response:
    """The page of statistics."""
    view = GraphView(current_dataset(), language())
    tables = {name: read(view) for name, read in TABLES.items()}
    return html_response("statistics.html", tables=tables)


def _columns(query: str, key: str, *names: str) -> Callable[[GraphView], Table]:
    # The rows as they are; key: the column that has the IRI of an entity.
    def read(view: GraphView) -> Table:
        rows = _rows(view, query)
        return Table(query, tuple((_linked(view, row[key]), *(row[name] for name in names)) for row in rows))

    return read


def _reach(view: GraphView) -> Table:
    table = _columns("sdg-gaps", "sdg", "targets", "direct", "indirect", "unsupported", "share")(view)
    sums = [sum(int(str(row[column])) for row in table.rows) for column in range(1, 5)]
    return Table(table.query, (*table.rows, ("", *sums, (sums[1] + sums[2]) / sums[0])))


def _mappings(view: GraphView) -> Table:
    counts = Counter((str(row["vocabulary"]), str(row["match"])) for row in _rows(view, "equivalents"))
    matches = ("exact", "close", "broad", "narrow", "related", "code")
    names = sorted({vocabulary for vocabulary, _ in counts})
    return Table("equivalents", tuple((name, *(counts[name, match] for match in matches)) for name in names))


def _texts(view: GraphView) -> Table:
    counts: Counter[tuple[str, str]] = Counter()
    for row in _rows(view, "label-provenance"):
        counts[str(row["language"]), str(row["words"])] += int(str(row["texts"]))
    return Table("label-provenance", tuple((tag, words, number) for (tag, words), number in sorted(counts.items())))


def _statements(view: GraphView) -> Table:
    rows = (row for row in _rows(view, "dataset-health") if row["measure"] == "statements")
    return Table("dataset-health", tuple((_linked(view, row["about"]), row["number"]) for row in rows))


def _rows(view: GraphView, query: str) -> list[Row]:
    names = {parameter.name for parameter in view.dataset.saved_query(query).parameters}
    return saved_queries.rows(view.dataset, query, **({"lang": view.language} if "lang" in names else {}))


def _linked(view: GraphView, iri: object) -> Link:
    return link(view, NamedNode(str(iri)))


TABLES: dict[str, Callable[[GraphView], Table]] = {
    "elements": _columns("element-counts", "element", "children"),
    "links": _columns("links-by-basis", "basis", "links", "average", "least", "greatest"),
    "confidence": _columns("goal-confidence", "goal", "links", "direct", "mean", "lowest", "highest"),
    "reach": _reach,
    "mappings": _mappings,
    "concepts": _columns("schemes", "scheme", "concepts"),
    "texts": _texts,
    "statements": _statements,
}
