"""SDG and target pages, at /sdg/: what supports each. The IRIs are the UN's; the pages are ours."""

from dataclasses import replace
from itertools import chain

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from policing_goals.engine import saved_queries
from policing_goals.engine.descriptions import Descriptions
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import NotFound, message
from policing_goals.rdf.formats import BY_NAME, Format
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import SDG
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.responses import cacheable_response, html_response
from policing_goals.web.linked_data.link_filter import link_table, read_filter
from policing_goals.web.linked_data.links import link, natural_sort_key, sdg_links

COMPACT_CODE = f"{SDG}ontology#SDGCodeCompact"

HTML = "text/html"
RDF_SUFFIXES = ("ttl", "jsonld", "rdf", "nt")

blueprint = Blueprint("sdgs", __name__)


@blueprint.get("/sdg/")
def goals() -> Response:
    """The 17 SDGs, with how many targets of each are supported."""
    rows = saved_queries.rows(current_dataset(), "sdg-gaps", lang=language())
    return html_response("sdgs.html", rows=rows)


@blueprint.get("/sdg/<code>")
def one(code: str) -> Response:
    """An SDG or a target, with the links to it: as a page, or as RDF if the suffix or the Accept header says so."""
    stem, _, suffix = code.rpartition(".")
    if suffix in RDF_SUFFIXES and stem:
        return _document(stem, BY_NAME[suffix])
    forms = {BY_NAME[each].media_type: BY_NAME[each] for each in RDF_SUFFIXES}
    best = best_type(request.headers.get("Accept", ""), [HTML, *forms])
    if best in forms:
        return _document(code, forms[best])
    return cacheable_response(_page(GraphView(current_dataset(), language()), code).encode(), "text/html")


def _document(code: str, form: Format) -> Response:
    dataset = current_dataset()
    node, descriptions = _node(code), Descriptions(dataset.store, dataset.prefixes)
    if not descriptions.has(node):
        raise _unknown(code)
    triples = sorted(set(descriptions.triples(node)), key=lambda triple: (triple.subject != node, str(triple)))
    body = write_graph(triples, form, dataset.prefixes)
    return cacheable_response(body, form.media_type)


def _page(view: GraphView, code: str) -> str:
    node = _node(code)
    goal = view.node(node, "sdgo:isTargetOf")
    targets = [link(view, each) for each in view.nodes(node, "sdgo:hasTarget")]
    targets.sort(key=lambda each: natural_sort_key(each.code))
    if goal is None and not targets:
        raise _unknown(code)
    own = link(view, node)
    links = {each: sdg_links(view, _node(each.code), "owl:annotatedTarget") for each in (own, *targets)}
    table = link_table(view, chain.from_iterable(links.values()), read_filter(request.args))
    # As the cells of the matrix count: by goal and theme.
    by_source = tuple(sorted(table.links, key=lambda each: natural_sort_key(each.source.code)))
    return render_template(
        "sdg.html",
        code=code,
        iri=node.value,
        number_of_sdg=code.partition(".")[0],
        own=own,
        goal=link(view, goal) if goal else None,
        targets=[(each, len(links[each])) for each in targets],
        links=replace(table, links=by_source),
        indicators=[_compact_code(view, each) for each in view.nodes(node, "sdgo:hasIndicator")],
    )


def _unknown(code: str) -> NotFound:
    return NotFound(message("There is no SDG or target {code}. Examples: 16, 16.4, 16.a.", code=code[:20]))


def _node(code: str) -> NamedNode:
    try:
        return NamedNode(SDG + code)
    except ValueError as error:
        raise NotFound("This is not the code of an SDG or target. Examples: 16, 16.4, 16.a.") from error


def _compact_code(view: GraphView, node: NamedNode) -> str:
    codes = (each.value for each in view.literals(node, "skos:notation") if each.datatype.value == COMPACT_CODE)
    return next(codes, node.value.removeprefix(SDG))
