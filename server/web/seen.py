"""The site as its clients see it: changes when another kind of proxy stands in front."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class Seen:
    """How clients see the site: its address, empty for what they say it is, and whether a proxy in front says so."""

    base_url: str = ""
    trust_proxy: bool = False


def place(app: Flask, seen: Seen) -> None:
    """Let an application make its addresses as its clients see them."""
    site = app.wsgi_app
    if seen.trust_proxy:
        app.wsgi_app = ProxyFix(site, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    if seen.base_url:
        app.wsgi_app = _At(seen.base_url, app.wsgi_app)  # type: ignore[method-assign]


class _At:
    """A site at an address that is told to it. A proxy may take the path of the address away or leave it."""

    def __init__(self, base_url: str, site: "WSGIApplication") -> None:
        self._parts, self._site = urlsplit(base_url), site

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        prefix, path = self._parts.path.rstrip("/"), environ["PATH_INFO"]
        inside = path.removeprefix(prefix) if path == prefix or path.startswith(f"{prefix}/") else path
        told = {"wsgi.url_scheme": self._parts.scheme, "HTTP_HOST": self._parts.netloc}
        return self._site({**environ, **told, "SCRIPT_NAME": prefix, "PATH_INFO": inside or "/"}, start_response)
