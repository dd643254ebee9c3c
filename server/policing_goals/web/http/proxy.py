"""The public URL of the site, and the headers of a trusted reverse proxy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from policing_goals.web.http.messages import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


SCHEMES = ("http", "https")
HOST = re.compile(r"[\w.\-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?", re.ASCII)
PREFIX = re.compile(r"(?:/[\w.~%-]+)*", re.ASCII)


@dataclass(frozen=True)
class PublicUrl:
    """The public URL of the site (empty: take it from the Host header), and whether to trust X-Forwarded-* headers."""

    base_url: str = ""
    trust_proxy: bool = False

    def origin(self, request: Request) -> str:
        """The address of the site as a client sees it, without a slash at its end; empty if the host is malformed."""
        if self.base_url:
            return self.base_url.rstrip("/")
        scheme, host, prefix = "http", request.header("host"), ""
        if self.trust_proxy:
            # The proxy appends what it saw; anybody can write what is before it.
            scheme = _last(request.header("x-forwarded-proto"), scheme)
            host = _last(request.header("x-forwarded-host"), host)
            prefix = _last(request.header("x-forwarded-prefix"), prefix)
        valid = scheme in SCHEMES and HOST.fullmatch(host) and PREFIX.fullmatch(prefix)
        return f"{scheme}://{host}{prefix}" if valid else ""


def _last(values: str, default: str) -> str:
    return values.rpartition(",")[2].strip() or default


def install_proxy_middleware(app: Flask, public_url: PublicUrl) -> None:
    """Let an application make its addresses as its clients see them."""
    site = app.wsgi_app
    if public_url.trust_proxy:
        sanitized = _SanitizeForwarded(site)
        app.wsgi_app = ProxyFix(sanitized, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    if public_url.base_url:
        app.wsgi_app = _MountAt(public_url.base_url, app.wsgi_app)  # type: ignore[method-assign]


class _SanitizeForwarded:
    """Middleware for proxies that may pass on forged headers: these must not make any address lead to another host."""

    def __init__(self, site: "WSGIApplication") -> None:
        self._site = site

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        scheme, prefix = environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME", "")
        sanitized = {
            "wsgi.url_scheme": scheme if scheme in SCHEMES else "http",
            "SCRIPT_NAME": prefix if PREFIX.fullmatch(prefix) else "",
        }
        return self._site({**environ, **sanitized}, start_response)


class _MountAt:
    """Middleware for a site at a given URL. A proxy may remove the URL's path from requests or leave it."""

    def __init__(self, base_url: str, site: "WSGIApplication") -> None:
        self._parts, self._site = urlsplit(base_url), site

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        prefix, path = self._parts.path.rstrip("/"), environ["PATH_INFO"]
        inside = path.removeprefix(prefix) if path == prefix or path.startswith(f"{prefix}/") else path
        mounted = {"wsgi.url_scheme": self._parts.scheme, "HTTP_HOST": self._parts.netloc}
        return self._site({**environ, **mounted, "SCRIPT_NAME": prefix, "PATH_INFO": inside or "/"}, start_response)
