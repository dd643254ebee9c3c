"""How much there is of what, at /statistics: changes when another figure is shown.

Every figure is from the answer of a saved query, which is named beside it; sums alone are made here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset, Row, rows_of
from policing_goals.engine.graph_view import GraphView
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import Link, link

Cell = Link | str | int | float


@dataclass(frozen=True)
class Table:
    """Some figures: the saved query that they are from, and the rows, the first cell of which says what is counted."""

    query: str
    rows: tuple[tuple[Cell, ...], ...]


def blueprint(dataset: Dataset) -> Blueprint:
    """The statistics of a dataset."""
    routes = Blueprint("statistics", __name__)

    @routes.get("/statistics")
    def statistics() -> Response:
        reader = GraphView(dataset, language())
        tables = {name: read(reader) for name, read in TABLES.items()}
        return cacheable_response(render_template("statistics.html", tables=tables).encode(), "text/html")

    return routes


def _columns(query: str, key: str, *names: str) -> Callable[[GraphView], Table]:
    # The rows as they are; key: the column that has a thing's IRI.
    def read(reader: GraphView) -> Table:
        rows = _rows(reader, query)
        return Table(query, tuple((_linked(reader, row[key]), *(row[name] for name in names)) for row in rows))

    return read


def _reach(reader: GraphView) -> Table:
    table = _columns("sdg-gaps", "sdg", "targets", "direct", "indirect", "unsupported", "share")(reader)
    sums = [sum(_whole(row[column]) for row in table.rows) for column in range(1, 5)]
    return Table(table.query, (*table.rows, ("", *sums, (sums[1] + sums[2]) / sums[0])))


def _mappings(reader: GraphView) -> Table:
    counted = Counter((str(row["vocabulary"]), str(row["match"])) for row in _rows(reader, "equivalents"))
    kinds = ("exact", "close", "broad", "narrow", "related", "code")
    names = sorted({vocabulary for vocabulary, _ in counted})
    return Table("equivalents", tuple((name, *(counted[name, kind] for kind in kinds)) for name in names))


def _texts(reader: GraphView) -> Table:
    counted: Counter[tuple[str, str]] = Counter()
    for row in _rows(reader, "label-provenance"):
        counted[str(row["language"]), str(row["words"])] += _whole(row["texts"])
    return Table(
        "label-provenance", tuple((tongue, words, number) for (tongue, words), number in sorted(counted.items()))
    )


def _statements(reader: GraphView) -> Table:
    rows = (row for row in _rows(reader, "dataset-health") if row["measure"] == "statements")
    return Table("dataset-health", tuple((_linked(reader, row["about"]), row["number"]) for row in rows))


def _rows(reader: GraphView, query: str) -> list[Row]:
    takes = {parameter.name for parameter in reader.dataset.saved_query(query).parameters}
    return rows_of(reader.dataset, query, **({"lang": reader.language} if "lang" in takes else {}))


def _linked(reader: GraphView, iri: object) -> Link:
    return link(reader, NamedNode(str(iri)))


def _whole(value: object) -> int:
    return int(str(value))


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
