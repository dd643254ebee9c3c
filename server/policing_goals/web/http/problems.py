"""Errors as problem details (RFC 9457), as JSON, HTML or plain text: the one place that turns an error into HTTP."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from html import escape
from typing import Any

from policing_goals.errors import Position, QueryError, QuerySyntaxError
from policing_goals.web.http.messages import Headers, Reply, content_type
from policing_goals.web.http.negotiation import best_type

JSON, HTML, TEXT = "application/problem+json", "text/html", "text/plain"
Members = dict[str, Any]
# Where there are no templates.
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


def problem(error: QueryError, accept: str, page: Callable[..., str] | None = None) -> Reply:
    """The reply for an error, in the form that suits the Accept header best. page: see reply()."""
    members: Members = {"title": error.title, "status": error.status, "detail": str(error)}
    page = page and partial(page, said=error.args[0] if error.args else "")
    if isinstance(error, QuerySyntaxError) and error.position:
        members["position"] = asdict(error.position)
        if error.position.first == 1:
            del members["position"]["first"]
    return reply(members, accept, error.headers, page)


def reply(members: Members, accept: str, headers: Headers = (), page: Callable[..., str] | None = None) -> Reply:
    """The reply for the members of a problem: title, status, detail, and position, if it is known: line,
    column, text, and first where the text does not begin with the line (see Position).

    page: renders the members, and the line with a mark below the position, as HTML; without it, the page is plain.
    """
    kind = best_type(accept, [JSON, "application/json", HTML, TEXT]) if accept.strip() else JSON
    if kind == HTML:
        body, media_type = (page or _page)(members, _place(members)), HTML
    elif kind == TEXT:
        body, media_type = _text(members), TEXT
    else:
        body, media_type = json.dumps({"type": "about:blank", **members}, ensure_ascii=False), JSON
    # The detail may quote a lone surrogate that the client sent.
    content = body.encode("utf-8", "replace")
    return Reply(members["status"], content_type(media_type), content, (*headers, ("Vary", "Accept")))


def _text(members: Members) -> str:
    return f"{members['status']} {members['title']}\n{members['detail']}\n{_place(members)}"


def _page(members: Members, place: str) -> str:
    shown = f"<pre>{escape(place)}</pre>\n" if place else ""
    return PAGE.format(title=escape(members["title"]), detail=escape(members["detail"]), place=shown)


def _place(members: Members) -> str:
    position = members.get("position")
    return marked_line(Position(**position)) if position else ""


def marked_line(position: Position) -> str:
    """The quoted part of the line of a place in a query, with a mark below the column."""
    cut = "… " if position.first > 1 else ""
    return f"{cut}{position.text}\n{' ' * (len(cut) + position.column - position.first)}^\n"
