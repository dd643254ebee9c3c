"""Flask error handlers: every error of the site is answered with problem details, as a page for browsers."""

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from policing_goals.errors import Message, PreconditionFailed, QueryError
from policing_goals.web.http.problems import JSON, Members, problem, reply
from policing_goals.web.http.responses import to_response


def install_error_handlers(app: Flask) -> None:
    """Let an application answer every error with problem details."""
    app.register_error_handler(QueryError, _on_query_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.after_request(_explain_precondition)


def _render(members: Members, place: str, said: Message | str = "") -> str:
    return render_template("problem.html", problem=members, place=place, said=said)


def _on_query_error(error: QueryError) -> Response:
    return to_response(problem(error, request.headers.get("Accept", ""), _render))


def _on_http_error(error: HTTPException) -> Response:
    members = {"title": error.name, "status": error.code or 500, "detail": error.description or error.name}
    allow = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return to_response(reply(members, request.headers.get("Accept", ""), allow, _render))


def _explain_precondition(response: Response) -> Response:
    # Werkzeug's 412 carries the requested body; replace it with problem details.
    if response.status_code != PreconditionFailed.status or response.mimetype == JSON:
        return response
    return _on_query_error(
        PreconditionFailed("If-Match or If-Unmodified-Since does not hold. Send the request without it.")
    )
