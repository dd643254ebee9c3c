"""Refusals as problem details (RFC 9457): the one place that turns an error into HTTP."""

from dataclasses import asdict
from typing import Any

from flask import Flask, Response, json
from werkzeug.exceptions import HTTPException

from server.errors import QueryError, QuerySyntaxError

MEDIA_TYPE = "application/problem+json"


def register(app: Flask) -> None:
    """Answer every refusal of the app with problem details."""
    app.register_error_handler(QueryError, _query_error)
    app.register_error_handler(HTTPException, _http_error)


def _query_error(error: QueryError) -> Response:
    members: dict[str, Any] = {"title": error.title, "status": error.status, "detail": str(error)}
    if isinstance(error, QuerySyntaxError) and error.position:
        members["position"] = asdict(error.position)
    return _problem(members)


def _http_error(error: HTTPException) -> Response:
    response = _problem({"title": error.name, "status": error.code or 500, "detail": error.description})
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _problem(members: dict[str, Any]) -> Response:
    body = json.dumps({"type": "about:blank", **members}, ensure_ascii=False)
    return Response(body, status=members["status"], content_type=MEDIA_TYPE)
