"""Addresses that lead to others: those with a slash too many at their end."""

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from policing_goals.web.http.messages import Reply
from policing_goals.web.http.responses import to_response


def install_trailing_slash(app: Flask) -> None:
    """Let an application redirect /name/ to /name where it has no /name/, with any method."""
    app.before_request(_without_slash)


def _without_slash() -> Response | None:
    path = request.path.rstrip("/")
    if not isinstance(request.routing_exception, NotFound) or not request.path.endswith("/") or not path:
        return None
    query = request.query_string.decode("latin-1")
    # By its last name alone, the address holds behind any proxy.
    location = f"../{path.rpartition('/')[2]}{'?' if query else ''}{query}"
    return to_response(Reply(308, "", b"", (("Location", location),)))
