"""Refusals as problem details (RFC 9457): the one place that turns an error into HTTP.

The same words come as application/problem+json, as HTML for a browser, or as plain text.
"""

import json
from dataclasses import asdict
from html import escape
from typing import Any

from flask import has_request_context, render_template

from policing_goals.errors import QueryError, QuerySyntaxError
from policing_goals.web.http.messages import Reply
from policing_goals.web.http.negotiation import best_type

JSON, HTML, TEXT = "application/problem+json", "text/html", "text/plain"
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


def problem(error: QueryError, accept: str) -> Reply:
    """The reply to a refused request, in the form that its Accept header likes best."""
    members: dict[str, Any] = {"title": error.title, "status": error.status, "detail": str(error)}
    if isinstance(error, QuerySyntaxError) and error.position:
        members["position"] = asdict(error.position)
    return reply(members, accept, error.headers)


def reply(members: dict[str, Any], accept: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """The reply for the members of a problem: title, status, detail, and position (line, column, text) if known."""
    kind = best_type(accept, [JSON, "application/json", HTML, TEXT]) if accept.strip() else JSON
    if kind == HTML:
        body, content_type = _page(members), f"{HTML}; charset=utf-8"
    elif kind == TEXT:
        body, content_type = _text(members), f"{TEXT}; charset=utf-8"
    else:
        body, content_type = json.dumps({"type": "about:blank", **members}, ensure_ascii=False), JSON
    # A client's lone surrogate is in what it is told of its own text.
    return Reply(members["status"], content_type, body.encode("utf-8", "replace"), (*headers, ("Vary", "Accept")))


def _text(members: dict[str, Any]) -> str:
    return f"{members['status']} {members['title']}\n{members['detail']}\n{_place(members)}"


def _page(members: dict[str, Any]) -> str:
    place = _place(members)
    if has_request_context():
        return render_template("problem.html", problem=members, place=place)
    # The layer in front of the site has no templates.
    shown = f"<pre>{escape(place)}</pre>\n" if place else ""
    return PAGE.format(title=escape(members["title"]), detail=escape(members["detail"]), place=shown)


def _place(members: dict[str, Any]) -> str:
    position = members.get("position")
    return f"{position['text']}\n{' ' * (position['column'] - 1)}^\n" if position else ""
