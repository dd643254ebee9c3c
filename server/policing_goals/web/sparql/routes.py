"""The SPARQL endpoint at /sparql, the Graph Store Protocol at /graph, and the terms of the editor."""

from flask import Blueprint, Response, request

from policing_goals.web.context import current_dataset, current_site
from policing_goals.web.http.messages import Reply
from policing_goals.web.http.responses import cacheable_response, conditional, to_request, to_response
from policing_goals.web.sparql import editor, graph_store, protocol, result_page, service_description
from policing_goals.web.sparql.request_parsers import request_parsers
from policing_goals.web.sparql.responses import respond

# Flask answers OPTIONS and rejects methods by itself; here the protocols do.
ANY_METHOD = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"]

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=ANY_METHOD, provide_automatic_options=False)
def endpoint() -> Response:
    """The result of a query, as a page for browsers; without a query, the editor or the service description."""
    message = to_request(request)
    if message.method == "OPTIONS":
        return _options(protocol.METHODS)
    if not protocol.is_bare(message):
        return result_page.page(message) if protocol.is_for_page(message) else _respond("/sparql")
    if service_description.prefers_html(message.header("accept")):
        return editor.page()
    return conditional(to_response(service_description.describe(current_dataset(), message, request.base_url)))


@blueprint.get("/sparql.html")
def in_browser() -> Response:
    """The editor over the dump in the reader's browser, for static files and for when the endpoint is not wanted."""
    return editor.page(local=True)


@blueprint.route("/graph", methods=ANY_METHOD, provide_automatic_options=False)
def graph() -> Response:
    """A graph, by the Graph Store Protocol."""
    return _options(graph_store.METHODS) if request.method == "OPTIONS" else _respond("/graph")


@blueprint.get("/terms.json")
def terms() -> Response:
    """The terms that the editor completes."""
    return cacheable_response(current_site().once(editor.terms), "application/json")


def _respond(path: str) -> Response:
    site = current_site()
    return to_response(respond(site.runner, site.once(request_parsers)[path], to_request(request)))


def _options(methods: tuple[str, ...]) -> Response:
    return to_response(Reply(204, "", b"", (("Allow", ", ".join(methods)),)))
