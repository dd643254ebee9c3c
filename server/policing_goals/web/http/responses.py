"""Replies as Flask responses, Flask requests as plain requests, and the Content-Type of both."""

from flask import Request as FlaskRequest
from flask import Response

from policing_goals.web.http.messages import Reply, Request


def content_type(media_type: str) -> str:
    """The Content-Type of a media type; text is in UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def to_request(request: FlaskRequest) -> Request:
    """The plain request of a Flask request, with its body as it came."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    query = request.environ.get("QUERY_STRING", "")
    return Request(request.method, query, headers, request.get_data(parse_form_data=False))


def to_response(reply: Reply) -> Response:
    """The Flask response of a plain reply."""
    body = reply.body if reply.file is None else iter(reply.file)
    response = Response(body, status=reply.status, content_type=reply.content_type or None)
    if reply.file is not None:
        response.content_length = len(reply.file)
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response
