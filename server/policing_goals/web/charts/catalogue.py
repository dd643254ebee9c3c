"""The charts: for each, the saved query that it shows, its layout, and its rows as a table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.engine.saved_queries import Row
from policing_goals.rdf.spreadsheets import Column, FlatTable
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.charts.bars import BarRow, Bars, bars
from policing_goals.web.charts.flow import End, Flow, FlowLink, flow
from policing_goals.web.charts.heat_map import Entry, HeatMap, Value, heat_map
from policing_goals.web.charts.timeline import Event, Timeline, timeline
from policing_goals.web.http.i18n import local_number
from policing_goals.web.linked_data.links import Link, natural_sort_key, read_tree

SDG_CODES = tuple(str(number) for number in range(1, 18))
# Where the second, third and fourth shade begin: of a number of links, and of a confidence in the codebook.
NUMBERS, CONFIDENCES = (2, 4, 7), (0.7, 0.85, 0.95)
SCHEMES = ("scheme-goals", "scheme-themes")
STRENGTHS = NamedNode(f"{GPG}scheme-link-strengths")


@dataclass(frozen=True)
class ChartRequest:
    """What is asked of a chart: the dataset, the language of labels, and a goal or theme, such as goal-4, or none."""

    dataset: Dataset
    language: str
    part: str = ""

    def rows(self, query: str) -> list[Row]:
        """The rows of a saved query in this language."""
        return saved_queries.rows(self.dataset, query, lang=self.language)


@dataclass(frozen=True)
class Drawing:
    """A chart to draw: its template in templates/charts/, its layout, and what it shows as a table."""

    template: str
    layout: HeatMap | Flow | Bars | Timeline
    table: FlatTable


@dataclass(frozen=True)
class LinkRow:
    """A link to an SDG or target as the charts show it.

    page, href: the addresses of its source and of the link; parent: the name of the goal or theme that the source is
    or belongs to; strength: its label.
    """

    code: str
    label: str
    page: str
    parent: str
    target: str
    target_label: str
    sdg: str
    strength: str
    confidence: float
    href: str

    @property
    def line(self) -> str:
        """The link in a line."""
        return f"{self.code} → {self.target}: {self.strength}, {local_number(self.confidence)}"


@dataclass(frozen=True)
class Chart:
    """A chart: its name, the saved query that it shows, its drawing, and the schemes whose parts it can show alone."""

    name: str
    query: str
    draw: Callable[[ChartRequest], Drawing]
    schemes: tuple[str, ...] = ()


def parts_of(chart: Chart, dataset: Dataset, language: str) -> list[Link]:
    """The goals and themes that a chart can show alone."""
    view = GraphView(dataset, language)
    return [each.link for name in chart.schemes for each in read_tree(view, NamedNode(GPG + name))[0]]


def link_counts(dataset: Dataset, goals: Iterable[Link]) -> list[tuple[Link, list[int]]]:
    """Each goal with the number of its links to each of the 17 SDGs."""
    rows = saved_queries.rows(dataset, "goal-sdg-matrix")
    counts = {(page_of(row["goal"]), str(row["sdg"]).removeprefix(SDG)): int(row["n"]) for row in rows}
    return [(goal, [counts[goal.href, code] for code in SDG_CODES]) for goal in goals]


def _matrix(asked: ChartRequest) -> Drawing:
    links = [each for each in _links(asked) if each.parent.startswith("goal-")]
    if asked.part:
        return _elements_by_targets([asked.part], [each for each in links if each.parent == asked.part], asked)
    view = GraphView(asked.dataset, asked.language)
    goals = [each.link for each in read_tree(view, NamedNode(f"{GPG}scheme-goals"))[0]]
    entries = [_goal_entry(goal, links) for goal in goals]
    titles = {code: view.label(NamedNode(SDG + code)).text for code in SDG_CODES}
    rows = (
        (entry.code, entry.label, code, titles[code], str(len(value.lines)))
        for entry in entries
        for code, value in entry.values.items()
    )
    table = _table("matrix", (_GOAL_CODE, _GOAL, _SDG_CODE, _SDG_LABEL, _LINKS), rows)
    return Drawing("heat_map.svg", heat_map([("", SDG_CODES, entries)], NUMBERS, titles), table)


def _goal_entry(goal: Link, links: Iterable[LinkRow]) -> Entry:
    own = [each for each in links if f"{each.parent}.html" == goal.href]
    values = {}
    for code in SDG_CODES:
        if lines := tuple(each.line for each in own if each.sdg == code):
            values[code] = Value(len(lines), str(len(lines)), f"sdg/{code}#{goal.code}", lines)
    return Entry(goal.code, goal.label.text, goal.href, values)


def _coverage(asked: ChartRequest) -> Drawing:
    found = asked.rows("sdg-gaps")
    drawn = [
        BarRow(
            str(row["label"]),
            str(row["number"]),
            f"sdg/{row['number']}",
            (float(row["direct"]), float(row["indirect"]), float(row["unsupported"])),
            f"{int(row['direct']) + int(row['indirect'])} / {row['targets']}",
        )
        for row in found
    ]
    fields = ("number", "label", "targets", "direct", "indirect", "unsupported")
    columns = (_SDG_CODE, _SDG_LABEL, _TARGETS, _DIRECT, _INDIRECT, _UNSUPPORTED)
    table = _table("coverage", columns, (tuple(str(row[name]) for name in fields) for row in found))
    return Drawing("coverage.svg", bars(drawn), table)


def _objectives(asked: ChartRequest) -> Drawing:
    links = _links(asked)
    if asked.part:
        return _flow([each for each in links if each.parent == asked.part])
    return _elements_by_targets(list(dict.fromkeys(each.parent for each in links)), links, asked)


def _flow(links: list[LinkRow]) -> Drawing:
    sources = {each.code: End(each.code, each.label, each.page) for each in links}
    by_target = sorted(links, key=lambda each: natural_sort_key(each.target))
    targets = {each.target: End(each.target, each.target_label, f"sdg/{each.target}") for each in by_target}
    drawn = (FlowLink(each.code, each.target, each.confidence, each.href, each.line) for each in links)
    return Drawing("flow.svg", flow(sources.values(), targets.values(), drawn), _link_table(links))


def _elements_by_targets(parents: Iterable[str], links: list[LinkRow], asked: ChartRequest) -> Drawing:
    view = GraphView(asked.dataset, asked.language)
    panels = []
    for parent in parents:
        own = [each for each in links if each.parent == parent]
        codes = sorted({each.target for each in own}, key=natural_sort_key)
        entries = {each.code: Entry(each.code, each.label, each.page, {}) for each in own}
        for each in own:
            text = local_number(each.confidence)
            entries[each.code].values[each.target] = Value(each.confidence, text, each.href, (each.line,))
        node = NamedNode(GPG + parent)
        title = f"{view.value(node, 'skos:notation')} {view.label(node).text}"
        panels.append((title, codes, list(entries.values())))
    by_target = sorted(links, key=lambda each: natural_sort_key(each.target))
    labels = {each.target: each.target_label for each in by_target}
    return Drawing("heat_map.svg", heat_map(panels, CONFIDENCES, labels), _link_table(links))


def _crime_areas(asked: ChartRequest) -> Drawing:
    found, links, view = asked.rows("crime-area-sdgs"), _links(asked), GraphView(asked.dataset)
    entries = dict[str, Entry]()
    for row in found:
        area, code = str(row["area"]), str(row["number"])
        elements = {page_of(each) for each in view.subjects("gpgo:crimeArea", NamedNode(area))}
        lines = tuple(each.line for each in links if each.sdg == code and each.page in elements)
        value = Value(float(row["links"]), str(row["links"]), f"{page_of(area)}#links", lines)
        entries.setdefault(area, Entry("", str(row["label"]), page_of(area), {})).values[code] = value
    rows = ((str(row["label"]), str(row["number"]), str(row["sdgLabel"]), str(row["links"])) for row in found)
    by_sdg = sorted(found, key=lambda row: int(row["number"]))
    labels = {str(row["number"]): str(row["sdgLabel"]) for row in by_sdg}
    table = _table("crime-areas", (_AREA, _SDG_CODE, _SDG_LABEL, _LINKS), rows)
    return Drawing("heat_map.svg", heat_map([("", SDG_CODES, list(entries.values()))], NUMBERS, labels), table)


def _timeline(asked: ChartRequest) -> Drawing:
    rows = asked.rows("timeline")
    events = [Event(str(row["date"]), str(row["label"]), page_of(row["event"])) for row in rows]
    fields = ("date", "label", "agent", "place")
    columns = (_DATE, _EVENT, _AGENT, _PLACE)
    table = _table("timeline", columns, (tuple(str(row.get(field) or "") for field in fields) for row in rows))
    return Drawing("timeline.svg", timeline(events), table)


def _links(asked: ChartRequest) -> list[LinkRow]:
    # In the order of the text, goals before themes.
    view = GraphView(asked.dataset, asked.language)
    strengths = {each.value: view.label(each).text for each in view.subjects("skos:inScheme", STRENGTHS)}
    rows = [_link_row(row, strengths) for row in asked.rows("sdg-links")]
    return sorted(rows, key=lambda row: (row.parent, natural_sort_key(row.code), natural_sort_key(row.target)))


def _link_row(row: Row, strengths: Mapping[str, str]) -> LinkRow:
    page, target = page_of(row["element"]), str(row["target"]).removeprefix(SDG)
    # objective-4.1 belongs to goal-4, commitment-2.3 to theme-2.
    first = page.removesuffix(".html").partition(".")[0]
    return LinkRow(
        code=str(row["code"]),
        label=str(row["elementLabel"]),
        page=page,
        parent=first.replace("objective-", "goal-").replace("commitment-", "theme-"),
        target=target,
        target_label=str(row["targetLabel"]),
        sdg=target.partition(".")[0],
        strength=strengths[str(row["strength"])],
        confidence=float(row["confidence"]),
        href=page_of(row["link"]),
    )


def _link_table(links: Iterable[LinkRow]) -> FlatTable:
    rows = (
        (each.code, each.label, each.target, each.target_label, each.strength, f"{each.confidence:g}") for each in links
    )
    columns = (_ELEMENT_CODE, _ELEMENT, _TARGET_CODE, _TARGET, _STRENGTH, _CONFIDENCE)
    return _table("objectives", columns, rows)


def page_of(iri: object) -> str:
    """The address of the page of one of our entities, below the site's root."""
    return f"{getattr(iri, 'value', iri)}.html".removeprefix(GPG)


def _table(name: str, columns: tuple[Column, ...], rows: Iterable[tuple[str, ...]]) -> FlatTable:
    return FlatTable(name, name, columns, tuple(rows))


_GOAL_CODE = Column("goalCode", "string", "the code of the goal")
_GOAL = Column("goal", "string", "its short label")
_ELEMENT_CODE = Column("code", "string", "the code of the goal, objective, theme or commitment")
_ELEMENT = Column("label", "string", "its short label")
_AREA = Column("crimeArea", "string", "the crime area")
_SDG_CODE = Column("sdg", "string", "the number of the SDG")
_SDG_LABEL = Column("sdgLabel", "string", "its short title")
_TARGET_CODE = Column("target", "string", "the code of the SDG or target")
_TARGET = Column("targetLabel", "string", "its short title")
_LINKS = Column("links", "integer", "how many links")
_STRENGTH = Column("strength", "string", "direct, indirect or unspecified")
_CONFIDENCE = Column("confidence", "decimal", "from 0.5 to 1")
_TARGETS = Column("targets", "integer", "how many targets it has")
_DIRECT = Column("direct", "integer", "targets with a direct link")
_INDIRECT = Column("indirect", "integer", "targets with only indirect links")
_UNSUPPORTED = Column("none", "integer", "targets with no link")
_DATE = Column("date", "string", "the year")
_EVENT = Column("event", "string", "the event")
_AGENT = Column("agent", "string", "who acted")
_PLACE = Column("place", "string", "where")

CHARTS = {
    each.name: each
    for each in (
        Chart("matrix", "goal-sdg-matrix", _matrix, ("scheme-goals",)),
        Chart("coverage", "sdg-gaps", _coverage),
        Chart("objectives", "sdg-links", _objectives, SCHEMES),
        Chart("crime-areas", "crime-area-sdgs", _crime_areas),
        Chart("timeline", "timeline", _timeline),
    )
}
