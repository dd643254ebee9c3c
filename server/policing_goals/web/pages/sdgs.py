"""The Sustainable Development Goals seen from here, at /sdg/: changes when their pages show something else.

The UN's IRIs are the UN's; these are our pages about what supports them.
"""

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset, rows_of
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import NotFound
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import Link, SdgLinkView, link, natural_sort_key, sdg_links

COMPACT = "http://metadata.un.org/sdg/ontology#SDGCodeCompact"


def blueprint(dataset: Dataset) -> Blueprint:
    """The pages over a dataset."""
    routes = Blueprint("sdgs", __name__)

    @routes.get("/sdg/")
    def goals() -> Response:
        rows = rows_of(dataset, "sdg-gaps", lang=language())
        return cacheable_response(render_template("sdgs.html", rows=rows).encode(), "text/html")

    @routes.get("/sdg/<code>")
    def one(code: str) -> Response:
        return cacheable_response(_page(GraphView(dataset, language()), code).encode(), "text/html")

    return routes


def _page(reader: GraphView, code: str) -> str:
    node = _node(code)
    goal = reader.node(node, "sdgo:isTargetOf")
    targets = sorted((link(reader, each) for each in reader.nodes(node, "sdgo:hasTarget")), key=_by_code)
    if goal is None and not targets:
        raise NotFound(f"There is no SDG or target {code[:20]}. Examples: 16, 16.4, 16.a.")
    thing = link(reader, node)
    made = {
        each: sdg_links(reader, _node(each.code), "owl:annotatedTarget", "owl:annotatedSource")
        for each in (thing, *targets)
    }
    return render_template(
        "sdg.html",
        code=code,
        iri=node.value,
        number_of_sdg=code.partition(".")[0],
        thing=thing,
        goal=link(reader, goal) if goal else None,
        targets=[(each, len(made[each])) for each in targets],
        by_goal=_by_goal(reader, made) if targets else [],
        sdg_links=made[thing],
        indicators=[_compact(reader, each) for each in reader.nodes(node, "sdgo:hasIndicator")],
    )


def _supporting(reader: GraphView, it: Link) -> tuple[SdgLinkView, ...]:
    return sdg_links(reader, _node(it.code), "owl:annotatedTarget", "owl:annotatedSource")


def _by_goal(
    reader: GraphView, made: dict[Link, tuple[SdgLinkView, ...]]
) -> list[tuple[Link, list[tuple[SdgLinkView, Link]]]]:
    # What the cells of the matrix count: each goal or theme with its ties and those of its parts, and what they are to.
    found: dict[str, list[tuple[SdgLinkView, Link]]] = {}
    for target, ties in made.items():
        for tie in ties:
            found.setdefault(_whole(tie.other.href), []).append((tie, target))
    wholes = ((link(reader, NamedNode(GPG + name)), sorted(ties, key=_in_order)) for name, ties in found.items())
    return sorted(wholes, key=lambda pair: pair[0].href)


def _in_order(tie: tuple[SdgLinkView, Link]) -> tuple[object, ...]:
    return natural_sort_key(tie[0].other.code), natural_sort_key(tie[1].code)


def _by_code(it: Link) -> tuple[object, ...]:
    return natural_sort_key(it.code)


def _whole(page: str) -> str:
    # objective-4.2.html is of goal-4, commitment-2.3.html of theme-2.
    kind, _, number = page.removesuffix(".html").partition("-")
    wholes = {"objective": "goal", "commitment": "theme"}
    return f"{wholes.get(kind, kind)}-{number.partition('.')[0]}"


def _node(code: str) -> NamedNode:
    try:
        return NamedNode(SDG + code)
    except ValueError as error:
        raise NotFound("That is no code of an SDG or target. Examples: 16, 16.4, 16.a.") from error


def _compact(reader: GraphView, node: NamedNode) -> str:
    notations = reader.literals(node, "skos:notation")
    return next((each.value for each in notations if each.datatype.value == COMPACT), node.value.removeprefix(SDG))
