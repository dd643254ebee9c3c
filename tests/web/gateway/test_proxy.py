"""One server behind nginx with the printed configuration, at the root of a host and below a path."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from tests.conftest import PACKAGE
from tests.support.processes import free_port
from tests.support.programs import need
from tests.support.server import eventually, serving

CONF = PACKAGE / "deploy/proxy.conf"
PAGES = 100
LINK = re.compile(r'(?:href|src|action)="([^"#?]+)[^"]*"')


def proxied(stack: ExitStack, snapshot: Path, place: Path, path: str) -> str:
    """A server behind nginx; the address of the site below a path, as clients see it."""
    server = serving(stack, snapshot, place, "--trust-proxy", "--per-client", "0")
    port = free_port()
    text = CONF.read_text("utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    text = text.replace("listen 80;", f"listen {port};").replace("/var/cache/policing-goals-proxy", f"{place}/cache")
    # A crawler asks for more than a person.
    text = text.replace("rate=20r/s", "rate=2000r/s")
    if path != "/":
        [changed] = re.findall(r"    # For a site below a path, such as /goals/, .*\n(.*\n.*\n.*\n)", text)
        below = changed.replace("location / ", f"location {path} ").replace("policing_goals;", "policing_goals/;")
        text = text.replace(changed, below.replace('""', path.rstrip("/")))
    logs = f"error_log {place}/error.log; pid {place}/pid;"
    main = place / "nginx.conf"
    main.write_text(f"daemon off; user root; {logs} events {{}} http {{ access_log off; {text} }}", "utf-8")
    process = subprocess.Popen(
        [need("nginx"), "-p", str(place), "-e", f"{place}/error.log", "-c", str(main)], stderr=subprocess.DEVNULL
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    site = f"http://127.0.0.1:{port}{path}"
    assert eventually(lambda: answers(f"{site}health"))
    return site


def answers(address: str) -> bool:
    """Whether something listens there."""
    try:
        return get(address)[0] == 200
    except ConnectionRefusedError:
        return False


@pytest.fixture(params=["/", "/goals/"])
def site(request: pytest.FixtureRequest, snapshot: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a site behind nginx."""
    with ExitStack() as stack:
        yield proxied(stack, snapshot, tmp_path, request.param)


def get(address: str) -> tuple[int, str, str]:
    """Status, media type and body, or the location of a redirect."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
        response = connection.getresponse()
        body = response.read().decode("utf-8", "replace")
        media_type = response.headers.get_content_type()
        return response.status, media_type, response.headers["Location"] or body
    finally:
        connection.close()


def broken(site: str, most: int) -> list[str]:
    """What is broken among so many pages: those linked from the home page, and from there on."""
    waiting, seen, found = [site], {site}, []
    while waiting and len(seen) - len(waiting) < most:
        address = waiting.pop(0)
        status, media_type, body = get(address)
        if status in (301, 302, 303, 307, 308):
            links = [body]
        elif status == 200:
            links = LINK.findall(body) if media_type == "text/html" else []
        else:
            found.append(f"{status} {address}")
            continue
        for link in links:
            target = urljoin(address, unescape(link))
            if urlsplit(target).netloc != urlsplit(site).netloc or target in seen:
                continue
            seen.add(target)
            if target.startswith(site):
                waiting.append(target)
            else:
                found.append(f"outside: {target} on {address}")
    return found


def test_no_link_is_broken_or_leads_outside(site: str) -> None:
    assert broken(site, PAGES) == []


def test_queries_and_addresses_are_those_of_the_site(site: str) -> None:
    described = get(f"{site}sparql")[2]
    assert f"{site}sparql" in described
    status, _, body = get(f"{site}sparql?query=ASK%20%7B%7D&format=json")

    assert (status, '"boolean":true' in body) == (200, True)
    assert get(f"{site}static/site.css")[0] == get(f"{site}static/site.css")[0] == 200
    assert get(f"{site}ready")[0] == 200


def test_the_configuration_limits_each_address(snapshot: Path, tmp_path: Path) -> None:
    text = CONF.read_text("utf-8")

    assert "limit_req zone=policing_goals_requests burst=200 nodelay;" in text
    assert re.search(r"location = /metrics \{\n *allow 127.0.0.1;\n *deny all;", text)
