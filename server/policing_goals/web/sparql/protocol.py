"""SPARQL 1.1 Protocol, query only.

GET with `query`, POST of a form with `query`, POST of application/sparql-query; the dataset of the protocol takes
precedence over that of the query (section 2.1.4).
"""

import re
from typing import NamedTuple

from werkzeug.http import parse_options_header

from policing_goals.engine.query_job import QueryJob
from policing_goals.errors import (
    BadRequest,
    ForbiddenQuery,
    MethodNotAllowed,
    QueryError,
    UnsupportedCoding,
    UnsupportedMediaType,
    message,
)
from policing_goals.rdf.formats import CSV_FOR_EXCEL, Kind
from policing_goals.web.http.messages import Request, parse_fields
from policing_goals.web.http.negotiation import FOR_EXCEL, acceptable, choose_coding, format_name
from policing_goals.web.sparql.responses import PlannedQuery, plan_query
from policing_goals.web.sparql.service_description import prefers_html

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
RELATIVE_IRI = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.\-]*:)[^<>\"{}|^`\\\x00-\x20]*>")


class ProtocolRequest(NamedTuple):
    """A request of the protocol.

    text: the query; default and named: the graphs of its dataset; form: the format given by name; for_excel: whether
    CSV begins with a byte order mark.
    """

    text: str
    default: tuple[str, ...]
    named: tuple[str, ...]
    form: str | None
    for_excel: bool = False


def parse_query_request(request: Request) -> PlannedQuery:
    """The query of a request; raises QueryError for a request that is refused without evaluation."""
    read = read_request(request)
    accept = request.header("accept")
    # Whether a result is solutions or a graph is known only once the query is parsed.
    forms = (acceptable(accept, kind, read.form) for kind in (Kind.SOLUTIONS, Kind.GRAPH))
    solutions, graph = (form.name if form else None for form in forms)
    if read.for_excel and solutions == "csv":
        solutions = CSV_FOR_EXCEL.name
    coding = choose_coding(request.header("accept-encoding"))
    base = base_of(read.text, request)
    return plan_query(QueryJob(read.text, read.default, read.named, solutions, graph, coding, base), accept, read.form)


def base_of(text: str, request: Request) -> str:
    """The base IRI for a query; empty if it needs none, so that its result is the same under any address."""
    # A SERVICE clause could name this endpoint.
    if not request.origin or not (RELATIVE_IRI.search(text) or "service" in text.lower()):
        return ""
    return f"{request.origin}/sparql"


def is_bare(request: Request) -> bool:
    """Whether a request is for the service itself: a GET without any parameter."""
    return request.method in ("GET", "HEAD") and not request.query


def is_for_page(request: Request) -> bool:
    """Whether a request is for a page: from a browser, and for no other format by name."""
    accept = request.header("accept")
    if "text/html" not in accept.lower() or not prefers_html(accept):
        return False
    try:
        return read_request(request).form is None
    except QueryError:
        return request.method in ("GET", "HEAD", "POST")


def read_request(request: Request) -> ProtocolRequest:
    """Read a request.

    Raises MethodNotAllowed, UnsupportedMediaType, ForbiddenQuery for an update, and BadRequest for a request that does
    not have exactly one query in UTF-8.
    """
    if request.method not in METHODS:
        raise MethodNotAllowed(message("{method} is not a method of this endpoint.", method=request.method), METHODS)
    fields = parse_fields(request.query)
    if request.method == "POST":
        fields += _body(request)
    if any(name == "update" for name, _ in fields):
        raise ForbiddenQuery("Updates are refused: this endpoint is read-only.")
    texts = [value for name, value in fields if name == "query"]
    if len(texts) != 1:
        raise BadRequest(
            message("Send exactly one query: /sparql?query=…; this request has {number}.", number=len(texts))
        )
    # A form sends its empty fields too.
    default = tuple(value for name, value in fields if name == "default-graph-uri" and value)
    named = tuple(value for name, value in fields if name == "named-graph-uri" and value)
    form = format_name(value for name, value in fields if name == "format")
    return ProtocolRequest(texts[0], default, named, form, (FOR_EXCEL, "1") in fields)


def _body(request: Request) -> list[tuple[str, str]]:
    if request.header("content-encoding").strip().lower() not in ("", "identity"):
        raise UnsupportedCoding("Send the body without Content-Encoding.")
    kind, options = parse_options_header(request.header("content-type"))
    charset = options.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(message("Send the query in UTF-8, not in {charset}.", charset=charset))
    kind = kind.lower()
    if kind == UPDATE:
        raise ForbiddenQuery("Updates are refused: this endpoint is read-only.")
    if kind == QUERY:
        return [("query", _utf8(request.body))]
    if kind == FORM:
        return parse_fields(_utf8(request.body))
    raise UnsupportedMediaType(
        message(
            "Send the query as {form} or {media_type}, not as {given}.",
            form=FORM,
            media_type=QUERY,
            given=kind or "a body without a type",
        )
    )


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(
            message("The query is not UTF-8: byte {start} cannot be decoded.", start=error.start)
        ) from error
