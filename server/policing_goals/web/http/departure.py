"""Whether the client of a page has left, so that long work for it can end."""

from flask import request

from policing_goals.errors import ClientLeft

# In the WSGI environment: a function that says whether the client has left. Other servers do not set it.
HAS_LEFT = "policing_goals.has_left"


def end_if_client_left() -> None:
    """Raise ClientLeft if nobody waits for the response of the current request any more."""
    has_left = request.environ.get(HAS_LEFT)
    if has_left is not None and has_left():
        raise ClientLeft("The client has closed the connection.")
