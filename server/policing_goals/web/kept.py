"""Responses that hold as long as the snapshot does: changes when clients are told so otherwise."""

import hashlib

from flask import Response, request

from policing_goals.web.plans import FRESHNESS


def kept(body: bytes, media_type: str) -> Response:
    """A response that holds as long as the snapshot does, with its entity tag."""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response = Response(body, content_type=media_type + charset)
    response.set_etag(tag(body))
    response.headers["Cache-Control"] = FRESHNESS
    response.headers["Vary"] = "Accept"
    response.make_conditional(request)
    return response


def tag(body: bytes) -> str:
    """The entity tag of a response, without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]
