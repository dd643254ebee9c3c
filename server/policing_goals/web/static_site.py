"""Export the site as static files, for any web host.

A crawler requests every page of the application in each language, beginning with the home page; it follows every link
within the site and makes it relative. What needs a server (searches, forms, the endpoint) is left out of these pages;
sparql.html queries the dump in the browser instead.
"""

import html
import multiprocessing
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset, open_snapshot
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.errors import ExportError
from policing_goals.languages import LANGUAGES
from policing_goals.settings import PACKAGE
from policing_goals.web.app import make_app
from policing_goals.web.http.i18n import DEFAULT, STATIC
from policing_goals.web.linked_data.routes import SUFFIXES

LINK = re.compile(r'(?P<name> (?:href|src|data-dump))="(?P<value>[^"]*)"')
STATIC_FILES = PACKAGE / "static"
SITE = "http://site.invalid"
# Addresses that only a server can answer.
SERVER_ONLY = ("/sparql", "/graph", "/search", "/reconcile", "/health", "/ready", "/metrics")
CACHED_LINKS = 100_000
FILE_NAME = re.compile(
    r"\.(html|ttl|jsonld|rdf|nt|nq|trig|csv|tsv|json|xml|xlsx|rq|svg|css|js|wasm|gz|zst|zip|txt|md)$|SUMS$"
)
ENDINGS = {"text/html": ".html", "application/json": ".json", "text/turtle": ".ttl", "text/plain": ".txt"}
# Files that no page links to.
UNLINKED = ("/openapi.json", "/feed.xml", "/context.jsonld", "/data/SHA256SUMS")


@dataclass(frozen=True)
class File:
    """A file of the site: its name below the directory, and its content."""

    name: str
    content: bytes


class NoEndpoint:
    """The query runner of a site without an endpoint."""

    version = ""

    def run(self, job: QueryJob) -> QueryResult:
        """Raise ExportError: no page of the site may query the endpoint."""
        raise ExportError("A page queries the endpoint, which static files do not have. Fix the page that links there.")


def write_static(snapshot: Path, directory: Path, languages: Sequence[str] = LANGUAGES) -> int:
    """Write the site of the live snapshot to DIRECTORY; returns the number of files.

    languages: those to write; the home page of the first is also at the root. Each language is written in a process of
    its own. Raises ExportError if DIRECTORY is not empty, or for a page that cannot be made.
    """
    if directory.exists() and any(directory.iterdir()):
        raise ExportError(f"{directory} is not empty. Name an empty directory.")
    directory.mkdir(parents=True, exist_ok=True)
    work = [(snapshot, directory, language) for language in languages]
    with multiprocessing.get_context("fork").Pool(min(len(work), os.cpu_count() or 1)) as pool:
        written = pool.starmap(_write_language, work)
    dataset = open_snapshot(snapshot)
    crawler = _Crawler(dataset)
    shared = {address for _, addresses in written for address in addresses if not address.startswith("/static/")}
    shared |= {f"/{name}.{suffix}" for name in dataset.names for suffix in _forms()}
    addresses = sorted(shared) + list(UNLINKED)
    names = [_write_file(directory, file) for file in crawler.files(addresses, follow=False)]
    # Scripts import each other.
    shutil.copytree(STATIC_FILES, directory / "static")
    names += [path.relative_to(directory).as_posix() for path in (directory / "static").rglob("*") if path.is_file()]
    names += [name for pages, _ in written for name in pages]
    return len({*names, *_root(directory, languages[0])})


def _forms() -> list[str]:
    return [suffix for suffix in SUFFIXES if suffix != "html"]


def _write_language(snapshot: Path, directory: Path, language: str) -> tuple[list[str], set[str]]:
    # The names of the files, and the addresses that all languages share.
    crawler = _Crawler(open_snapshot(snapshot))
    names = [
        _write_file(directory, file)
        for file in crawler.files([f"/{language}/", f"/{language}/sparql.html"], follow=True)
    ]
    return names, crawler.shared


def _write_file(directory: Path, file: File) -> str:
    path = directory / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    return file.name


def _root(directory: Path, language: str) -> list[str]:
    # A static host does not negotiate: the home page at the root links to the languages.
    page = (directory / language / "index.html").read_text("utf-8")
    (directory / "index.html").write_text(
        _relative(page, lambda value: posixpath.normpath(f"{language}/{value}") if _is_near(value) else value), "utf-8"
    )
    return ["index.html"]


def _is_near(value: str) -> bool:
    return bool(value) and not urlsplit(value).scheme and not value.startswith("#")


def _relative(page: str, turn: Callable[[str], str]) -> str:
    def turned(match: re.Match[str]) -> str:
        return f'{match["name"]}="{html.escape(turn(html.unescape(match["value"])), quote=True)}"'

    return LINK.sub(turned, page)


class _Crawler:
    """Requests pages of an application and follows their links. shared: addresses outside any language."""

    def __init__(self, dataset: Dataset) -> None:
        self._client = make_app(dataset, NoEndpoint()).test_client()
        self._entities = frozenset(dataset.names)
        self.shared: set[str] = set()
        self._turned = lru_cache(CACHED_LINKS)(self._turn)

    def files(self, addresses: Iterable[str], follow: bool) -> Iterator[File]:
        """The files of some addresses, and, if follow is set, of the pages in the same language that they link to."""
        waiting = list(dict.fromkeys(addresses))
        seen = set(waiting)
        while waiting:
            address = waiting.pop()
            status, media_type, body = _get(self._client, address)
            if status != 200:
                raise ExportError(f"{address} has the status {status}. Fix the page that links there.")
            if media_type == "text/html" and follow:
                page, found = self._with_static_links(body.decode(), address)
                body = page.encode()
                waiting += sorted(found - seen)
                seen |= found
            yield File(_file_name(address, media_type), body)

    def _with_static_links(self, page: str, address: str) -> tuple[str, set[str]]:
        language, found = address.split("/")[1], set[str]()

        def turn(value: str) -> str:
            # A query or fragment alone refers to the page itself; any other link is the same for its whole directory.
            base = address if value.startswith(("?", "#")) else posixpath.dirname(address) + "/"
            path, turned = self._turned(base, value)
            if path.startswith(f"/{language}/"):
                found.add(path)
            elif path and path.split("/")[1] not in LANGUAGES:
                self.shared.add(path)
            return turned

        return _relative(page, turn), found

    def _turn(self, base: str, value: str) -> tuple[str, str]:
        # The path that a link leads to (empty outside the site), and the link for a static host.
        there = self._canonical(urljoin(SITE + base, value))
        if there is None:
            return "", value
        path, fragment = there
        here = posixpath.dirname("/" + _file_name(base, "text/html"))
        return path, posixpath.relpath("/" + self._file(path), here) + (f"#{fragment}" if fragment else "")

    def _canonical(self, url: str) -> tuple[str, str] | None:
        """The path and fragment of an address within the site; None for any other address."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != SITE:
            return None
        path = unquote(parts.path)
        first, _, rest = path.removeprefix("/").partition("/")
        inside, language = (f"/{rest}", first) if first in LANGUAGES else (path, "")
        if inside.startswith(SERVER_ONLY):
            return (f"/{language or DEFAULT}/sparql.html", "")
        if inside[1:] in self._entities:
            # The name of an entity leads to its document.
            return f"/{language or DEFAULT}{inside}.html", parts.fragment
        shared = inside.startswith(("/static/", "/data/")) and inside != "/data/"
        if language and (shared or inside in UNLINKED or inside.rpartition(".")[2] in _forms()):
            path = inside
        return path + (f"?{parts.query}" if parts.query else ""), parts.fragment

    def _file(self, address: str) -> str:
        if FILE_NAME.search(address.partition("?")[0]):
            return _file_name(address, "")
        return _file_name(address, _media(address) if "format=" in address else "text/html")


def _media(address: str) -> str:
    return {"ttl": "text/turtle", "json": "application/json", "text": "text/plain"}[address.rpartition("format=")[2]]


def _get(client: FlaskClient, address: str) -> tuple[int, str, bytes]:
    with client.get(
        address, base_url=SITE, headers={"Accept": "text/html"}, environ_overrides={STATIC: True}
    ) as response:
        return response.status_code, response.mimetype or "", response.data


def _file_name(address: str, media_type: str) -> str:
    path, _, query = address.partition("?")
    if path.endswith("/"):
        path += "index.html"
    query_part = re.sub(r"[^\w.=-]", "-", unquote(query)).replace("=", "-")
    ending = ENDINGS.get(media_type, "")
    if ending and not FILE_NAME.search(path):
        path += ending
    stem, dot, suffix = path.rpartition(".")
    return (f"{stem}--{query_part}{dot}{suffix}" if query_part else path).lstrip("/")
