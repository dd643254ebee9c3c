"""Flask requests as plain requests, plain replies as Flask responses, and the conditions of requests (RFC 9110, 13)."""

import json

from flask import Request as FlaskRequest
from flask import Response, render_template, request

from policing_goals.rdf.formats import BYTE_ORDER_MARK
from policing_goals.web.http.caching import cacheable
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import FOR_EXCEL


def to_request(flask_request: FlaskRequest) -> Request:
    """The plain request of a Flask request, with its body as it came."""
    headers: dict[str, str] = {}
    for name, value in flask_request.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    query = flask_request.environ.get("QUERY_STRING", "")
    body, origin = flask_request.get_data(parse_form_data=False), flask_request.url_root.rstrip("/")
    return Request(flask_request.method, query, headers, body, origin=origin)


def to_response(reply: Reply) -> Response:
    """The Flask response of a plain reply."""
    body = reply.body if reply.file is None else iter(reply.file)
    response = Response(body, status=reply.status, content_type=reply.content_type or None)
    if reply.file is not None:
        response.content_length = len(reply.file)
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response


def cacheable_response(body: bytes, media_type: str, vary: str = "Accept") -> Response:
    """cacheable() for Flask; the conditions of the current request are applied."""
    return conditional(to_response(cacheable(body, media_type, vary)))


def csv_response(body: bytes) -> Response:
    """A CSV, with a byte order mark if the request asks for one."""
    mark = BYTE_ORDER_MARK if request.args.get(FOR_EXCEL) == "1" else b""
    return cacheable_response(mark + body, "text/csv")


def html_response(template: str, **values: object) -> Response:
    """The page of a template."""
    return cacheable_response(render_template(template, **values).encode(), "text/html")


def json_response(value: object) -> Response:
    """A value as JSON."""
    # A client may have sent a lone surrogate as an escape, which cannot be encoded.
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return cacheable_response(text.encode("utf-8", "replace"), "application/json")


def conditional(response: Response, accept_ranges: bool = False) -> Response:
    """A response after the conditions of the current request (RFC 9110, section 13), and ranges if it accepts them."""
    length = response.content_length if accept_ranges else None
    response.make_conditional(request, accept_ranges=accept_ranges, complete_length=length)
    return response
