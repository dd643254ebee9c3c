"""Errors as problem details (RFC 9457), as JSON, HTML or plain text: the one place that turns an error into HTTP."""

import json
from dataclasses import asdict
from html import escape
from typing import Any

from flask import Flask, Response, has_request_context, render_template, request
from werkzeug.exceptions import HTTPException

from policing_goals.errors import PreconditionFailed, QueryError, QuerySyntaxError
from policing_goals.web.http.messages import Headers, Reply
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.responses import content_type, to_response

JSON, HTML, TEXT = "application/problem+json", "text/html", "text/plain"
# For the gateway, which has no templates.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/static/site.css">
</head>
<body>
<main>
<h1>{title}</h1>
<p>{detail}</p>
{place}</main>
</body>
</html>
"""


def install_error_handlers(app: Flask) -> None:
    """Let an application answer every error with problem details."""
    app.register_error_handler(QueryError, _on_query_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.after_request(_explain_precondition)


def problem(error: QueryError, accept: str) -> Reply:
    """The reply for an error, in the form that suits the Accept header best."""
    members: dict[str, Any] = {"title": error.title, "status": error.status, "detail": str(error)}
    if isinstance(error, QuerySyntaxError) and error.position:
        members["position"] = asdict(error.position)
    return reply(members, accept, error.headers)


def reply(members: dict[str, Any], accept: str, headers: Headers = ()) -> Reply:
    """The reply for the members of a problem: title, status, detail, and position (line, column, text) if known."""
    kind = best_type(accept, [JSON, "application/json", HTML, TEXT]) if accept.strip() else JSON
    if kind == HTML:
        body, media_type = _page(members), HTML
    elif kind == TEXT:
        body, media_type = _text(members), TEXT
    else:
        body, media_type = json.dumps({"type": "about:blank", **members}, ensure_ascii=False), JSON
    # The detail may quote a lone surrogate that the client sent.
    content = body.encode("utf-8", "replace")
    return Reply(members["status"], content_type(media_type), content, (*headers, ("Vary", "Accept")))


def _text(members: dict[str, Any]) -> str:
    return f"{members['status']} {members['title']}\n{members['detail']}\n{_place(members)}"


def _page(members: dict[str, Any]) -> str:
    place = _place(members)
    if has_request_context():
        return render_template("problem.html", problem=members, place=place)
    shown = f"<pre>{escape(place)}</pre>\n" if place else ""
    return PAGE.format(title=escape(members["title"]), detail=escape(members["detail"]), place=shown)


def _place(members: dict[str, Any]) -> str:
    position = members.get("position")
    return f"{position['text']}\n{' ' * (position['column'] - 1)}^\n" if position else ""


def _on_query_error(error: QueryError) -> Response:
    return to_response(problem(error, request.headers.get("Accept", "")))


def _on_http_error(error: HTTPException) -> Response:
    members = {"title": error.name, "status": error.code or 500, "detail": error.description or error.name}
    allow = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return to_response(reply(members, request.headers.get("Accept", ""), allow))


def _explain_precondition(response: Response) -> Response:
    # Werkzeug's 412 carries the requested body; replace it with problem details.
    if response.status_code != PreconditionFailed.status or response.mimetype == JSON:
        return response
    return _on_query_error(
        PreconditionFailed("If-Match or If-Unmodified-Since does not hold. Send the request without it.")
    )
