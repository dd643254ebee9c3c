"""Briefings, at /briefing: the sentences, links and evidence on chosen goals, SDGs and subjects, on one page to print.

The query string says what is chosen, so that a briefing has an address of its own. /briefing.csv, .xlsx and .md are the
same in other forms.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, NotFound, message
from policing_goals.model.facets import FACETS
from policing_goals.model.labels import LocalizedText
from policing_goals.near_matches import did_you_mean
from policing_goals.rdf.spreadsheets import Column, FlatTable, as_csv, as_workbook
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.charts.catalogue import NUMBERS
from policing_goals.web.charts.drawing import draw
from policing_goals.web.charts.heat_map import Entry, Value, heat_map
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language, local_number
from policing_goals.web.http.responses import cacheable_response, csv_response, html_response
from policing_goals.web.linked_data.link_filter import (
    LinkTable,
    elements_with,
    filter_choices,
    link_table,
    links_of,
    read_filter,
    with_parts,
)
from policing_goals.web.linked_data.links import Link, SdgLinkView, Sentence, link, natural_sort_key, sentence

GOALS = tuple(f"goal-{number}" for number in range(1, 8))
THEMES = tuple(f"theme-{number}" for number in range(1, 6))
SDGS = tuple(str(number) for number in range(1, 18))
XLSX, MARKDOWN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/markdown"
SUFFIXES = ("csv", "xlsx", "md")
COLUMNS = (
    Column("link", "anyURI", "the link"),
    Column("from", "string", "the code of the supporting element"),
    Column("fromLabel", "string", "its short label"),
    Column("to", "string", "the SDG or target supported"),
    Column("toLabel", "string", "its short label"),
    Column("strength", "string", "direct, indirect or unspecified"),
    Column("confidence", "decimal", "0.55, 0.7, 0.85 or 0.95, by the codebook"),
    Column("basis", "string", "who says so"),
    Column("rationale", "string", "the reason, with the words it relies on"),
    Column("sentences", "string", "the words of INTERPOL that it relies on, in French"),
)
# At most so many values of one kind are read.
MAX_CHOSEN = 40

blueprint = Blueprint("briefing", __name__)


@dataclass(frozen=True)
class Chosen:
    """What a briefing is about: names of elements, codes of SDGs and targets, names of concepts; empty for any."""

    elements: tuple[str, ...]
    sdgs: tuple[str, ...]
    topics: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.elements or self.sdgs or self.topics)


@dataclass(frozen=True)
class Briefing:
    """What a briefing shows.

    subjects: what is chosen; sentences: the elements that it is about, with their text; table: their links; counts: by
    goal or theme, how many links lead to each SDG that any leads to; shared: the SDGs that both of two goals support.
    """

    subjects: tuple[Link, ...]
    sentences: tuple[tuple[Link, Sentence], ...]
    table: LinkTable
    sdgs: tuple[str, ...]
    counts: tuple[tuple[Link, tuple[int, ...]], ...]
    shared: tuple[str, ...]


@blueprint.get("/briefing")
def briefing() -> Response:
    """The form, and the briefing on what is chosen."""
    view, chosen = GraphView(current_dataset(), language()), _chosen()
    found = _briefing(view, chosen) if chosen else None
    return html_response(
        "briefing.html",
        chosen=chosen,
        goals=_links(view, GOALS),
        themes=_links(view, THEMES),
        sdgs=[link(view, NamedNode(SDG + code)) for code in SDGS],
        facets=[
            (view.label(view.dataset.prefixes.expand(facet.scheme)), _concepts(view, facet.scheme)) for facet in FACETS
        ],
        filter=read_filter(request.args),
        choices=filter_choices(view),
        briefing=found,
        drawing=_drawn(found) if found and found.counts else "",
        query_string=request.query_string.decode("latin-1"),
        version=current_dataset().manifest.version,
    )


@blueprint.get("/briefing.<suffix>")
def file(suffix: str) -> Response:
    """The same as CSV (its links), workbook or Markdown."""
    if suffix not in SUFFIXES:
        raise NotFound(
            message(
                "A briefing has no format {suffix}. Choose from {choices}.",
                suffix=suffix[:20],
                choices=", ".join(SUFFIXES),
            )
        )
    view, chosen = GraphView(current_dataset(), language()), _chosen()
    found = _briefing(view, chosen)
    if suffix == "md":
        values = {"briefing": found, "version": current_dataset().manifest.version, "address": request.url}
        return cacheable_response(render_template("briefing.md", **values).encode(), MARKDOWN)
    rows = tuple(_row(each) for each in found.table.links)
    table = FlatTable("links", "Links to the Sustainable Development Goals", COLUMNS, rows)
    if suffix == "csv":
        return csv_response(as_csv(table))
    return cacheable_response(as_workbook((table,), (f"A briefing made from {request.url}",)), XLSX)


def _row(each: SdgLinkView) -> tuple[str, ...]:
    return (
        GPG + each.href.removesuffix(".html"),
        each.source.code,
        each.source.label.text,
        each.target.code,
        each.target.label.text,
        each.strength.name,
        f"{each.confidence:g}",
        each.basis.name,
        each.reason.text if each.reason else "",
        " | ".join(f"{part.source.code}: {part.words}" for part in each.sentences),
    )


def _chosen() -> Chosen:
    """What the request chooses; raises BadRequest for what there is not."""
    known = set(current_dataset().names)
    elements = [
        *(_known(value, known, ("",)) for value in _given("element")),
        *(_known(value, known, ("goal-",)) for value in _given("goal")),
        *(_known(value, known, ("theme-",)) for value in _given("theme")),
    ]
    prefixes = tuple(facet.example.removeprefix("gpg:").partition("-")[0] + "-" for facet in FACETS)
    topics = [_known(value, known, ("", *prefixes)) for value in _given("topic")]
    return Chosen(tuple(dict.fromkeys(elements)), tuple(_sdg(code) for code in _given("sdg")), tuple(topics))


def _given(name: str) -> list[str]:
    # A parameter may be given several times, or once with commas.
    given = [part.strip() for value in request.args.getlist(name) for part in value.split(",")]
    if len(given) > MAX_CHOSEN:
        raise BadRequest(
            message(
                "{name} has {number} values. Give at most {most}.",
                name=name,
                number=len(given),
                most=MAX_CHOSEN,
            )
        )
    return [part.removeprefix("gpg:").removeprefix("sdg:") for part in given if part]


def _known(value: str, known: Iterable[str], prefixes: tuple[str, ...]) -> str:
    found = next((prefix + value for prefix in prefixes if prefix + value in known), None)
    if found is None:
        advice = did_you_mean(value, sorted(known), "Choose it in the form of /briefing.")
        raise BadRequest(message("There is no {value} to brief on. {advice}", value=value[:80], advice=advice))
    return found


def _sdg(code: str) -> str:
    view = GraphView(current_dataset())
    try:
        node = NamedNode(SDG + code)
    except ValueError:
        node = NamedNode(SDG)
    if not (view.is_a(node, "sdgo:Goal") or view.is_a(node, "sdgo:Target")):
        raise BadRequest(message("There is no SDG or target {code}. Examples: 16, 16.4, 16.a.", code=code[:20]))
    return code


def _briefing(view: GraphView, chosen: Chosen) -> Briefing:
    elements = _elements(view, chosen)
    table = link_table(view, links_of(view, elements, _targets(view, chosen.sdgs)), read_filter(request.args))
    sources = {each.source.code for each in table.links}
    # Where SDGs are chosen, the sentences are those with a link to one.
    shown = [node for node in elements if not chosen.sdgs or view.value(node, "skos:notation") in sources]
    counts = Counter((_parent(each), each.sdg) for each in table.links)
    parents = sorted({parent for parent, _ in counts}, key=natural_sort_key)
    sdgs = tuple(sorted({sdg for _, sdg in counts}, key=int))
    return Briefing(
        subjects=(
            *_links(view, (*chosen.elements, *chosen.topics)),
            *(link(view, NamedNode(SDG + code)) for code in chosen.sdgs),
        ),
        sentences=tuple((link(view, node), sentence(view, node)) for node in shown),
        table=table,
        sdgs=sdgs,
        counts=tuple((_of_code(view, parent), tuple(counts[parent, sdg] for sdg in sdgs)) for parent in parents),
        shared=tuple(sdg for sdg in sdgs if len(parents) == 2 and all(counts[parent, sdg] for parent in parents)),
    )


def _drawn(found: Briefing) -> str:
    """The number of links by goal or theme and SDG, as a heat map."""
    entries = [
        Entry(parent.code, parent.label.text, parent.href, _values(found, parent, counts))
        for parent, counts in found.counts
    ]
    titles = {each.sdg: each.target for each in found.table.links}
    labels = {sdg: titles[sdg].label.text for sdg in found.sdgs if "." not in titles[sdg].code}
    layout = heat_map([("", found.sdgs, entries)], NUMBERS, labels)
    return draw(
        "heat_map.svg", layout, "./", alone=False, heading=" · ".join(each.label.text for each in found.subjects)
    )


def _values(found: Briefing, parent: Link, counts: Iterable[int]) -> dict[str, Value]:
    own = [each for each in found.table.links if _parent(each) == parent.code]
    return {
        sdg: Value(number, str(number), f"sdg/{sdg}#{parent.code}", tuple(map(_line, (x for x in own if x.sdg == sdg))))
        for sdg, number in zip(found.sdgs, counts, strict=True)
        if number
    }


def _line(each: SdgLinkView) -> str:
    return f"{each.source.code} → {each.target.code}: {each.strength.label.text}, {local_number(each.confidence)}"


def _elements(view: GraphView, chosen: Chosen) -> list[NamedNode]:
    parts = [node for name in chosen.elements or (*GOALS, *THEMES) for node in with_parts(view, NamedNode(GPG + name))]
    if not chosen.topics:
        return list(dict.fromkeys(parts))
    named = {node for name in chosen.topics for node in elements_with(view, NamedNode(GPG + name))}
    return [node for node in dict.fromkeys(parts) if node in named]


def _targets(view: GraphView, codes: tuple[str, ...]) -> frozenset[NamedNode]:
    nodes = [NamedNode(SDG + code) for code in codes]
    return frozenset((*nodes, *(target for node in nodes for target in view.nodes(node, "sdgo:hasTarget"))))


def _parent(each: SdgLinkView) -> str:
    return each.source.code.partition(".")[0]


def _of_code(view: GraphView, code: str) -> Link:
    every = (NamedNode(GPG + name) for name in (*GOALS, *THEMES))
    return next(
        (link(view, node) for node in every if view.value(node, "skos:notation") == code),
        link(view, NamedNode(f"{GPG}scheme-goals")),
    )


def _links(view: GraphView, names: Iterable[str]) -> tuple[Link, ...]:
    return tuple(link(view, NamedNode(GPG + name)) for name in names)


def _concepts(view: GraphView, scheme: str) -> list[tuple[str, LocalizedText]]:
    members = view.subjects("skos:inScheme", view.dataset.prefixes.expand(scheme))
    labelled = [(node.value.removeprefix(GPG), view.label(node)) for node in members]
    return sorted(labelled, key=lambda each: each[1].text.casefold())
