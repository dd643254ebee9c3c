"""Export the site as static files, for any web host.

A crawler requests every page of the application in each language, beginning with the home page; it follows every link
within the site and makes it relative. What needs a server (searches, forms, the endpoint) is left out of these pages;
sparql.html queries the dump in the browser instead.
"""

import gc
import html
import multiprocessing
import os
import posixpath
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing.pool import AsyncResult
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import ExportError
from policing_goals.languages import LANGUAGES
from policing_goals.settings import PACKAGE
from policing_goals.web.app import make_app
from policing_goals.web.http.i18n import DEFAULT
from policing_goals.web.http.static_export import LEFT_OUT, STATIC, STATIC_ADDRESS
from policing_goals.web.linked_data.entity_page import records
from policing_goals.web.linked_data.routes import SUFFIXES

LINK = re.compile(r'(?P<name> (?:href|src|action|data-(?:dump|query|terms|texts)))="(?P<value>[^"]*)"')
STATIC_FILES = PACKAGE / "static"
SITE = "http://site.invalid"
# Addresses that only a server can answer.
SERVER_ONLY = ("/sparql", "/graph", "/search/", "/reconcile", "/health", "/ready", "/metrics")
CACHED_LINKS = 100_000
# Addresses that a process writes at a time.
PART = 500
PROGRESS_SECONDS = 0.5
FILE_NAME = re.compile(
    r"\.(html|ttl|jsonld|rdf|nt|nq|trig|csv|tsv|json|xml|xlsx|rq|svg|css|js|wasm|gz|zst|zip|txt|md)$|SUMS$"
)
# The RDF documents of an entity.
FORMS = tuple(suffix for suffix in SUFFIXES if suffix not in ("html", *LEFT_OUT))
ENDINGS = {"text/html": ".html", "application/json": ".json", "text/turtle": ".ttl", "text/plain": ".txt"}
# Files that no page links to.
UNLINKED = ("/openapi.json", "/feed.xml", "/context.jsonld", "/terms.json", "/data/SHA256SUMS")


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


def write_static(
    snapshot: Path,
    directory: Path,
    languages: Sequence[str] = LANGUAGES,
    base_url: str = "",
    progress: Callable[[int, int], None] = lambda written, length: None,
) -> int:
    """Write the site of the live snapshot to DIRECTORY; returns the number of files.

    languages: those to write; the home page of the first is also at the root. base_url: the address that the files will
    have; without it, they refer to each other, and what needs it is left out. progress: called now and then with the
    number of files written and an estimate of all. Raises ExportError if DIRECTORY is not empty, or for a page that
    cannot be made.
    """
    if directory.exists() and any(directory.iterdir()):
        raise ExportError(f"{directory} is not empty. Name an empty directory.")
    directory.mkdir(parents=True, exist_ok=True)
    # Made before the processes are forked, so that they share it.
    entities = _crawler(snapshot, base_url).entities
    length = len(entities) * (len(languages) + len(FORMS))
    shared = {f"/{name}.{suffix}" for name in entities for suffix in FORMS}
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), gc.disable) as pool:

        def awaited(result: "AsyncResult[list[set[str]]]") -> set[str]:
            while not result.ready():
                progress(sum(len(files) for _, _, files in os.walk(directory)), length)
                result.wait(PROGRESS_SECONDS)
            return set().union(*result.get())

        shared |= awaited(pool.map_async(partial(_write_language, snapshot, directory, base_url), languages, 1))
        addresses = [*sorted(shared), *UNLINKED]
        parts = [addresses[start : start + PART] for start in range(0, len(addresses), PART)]
        awaited(pool.map_async(partial(_write_addresses, snapshot, directory, base_url), parts, 1))
    # Scripts import each other.
    shutil.copytree(STATIC_FILES, directory / "static")
    _write_root(directory, languages[0])
    return sum(len(files) for _, _, files in os.walk(directory))


@lru_cache(maxsize=1)
def _crawler(snapshot: Path, base_url: str) -> "_Crawler":
    return _Crawler(open_snapshot(snapshot), base_url)


def _write_language(snapshot: Path, directory: Path, base_url: str, language: str) -> set[str]:
    # Returns the addresses that all languages share.
    crawler = _crawler(snapshot, base_url)
    # Pages of some entities are linked from their statements alone, which the pages of one language have.
    pages = crawler.files([f"/{language}/", f"/{language}/sparql.html", *crawler.documents(language)], follow=True)
    for file in pages:
        _write_file(directory, file)
    return {address for address in crawler.shared if not address.startswith("/static/")}


def _write_addresses(snapshot: Path, directory: Path, base_url: str, addresses: list[str]) -> set[str]:
    for file in _crawler(snapshot, base_url).files(addresses, follow=False):
        _write_file(directory, file)
    return set()


def _write_file(directory: Path, file: File) -> None:
    path = directory / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)


def _write_root(directory: Path, language: str) -> None:
    # A static host does not negotiate: the home page at the root links to the languages.
    page = (directory / language / "index.html").read_text("utf-8")
    (directory / "index.html").write_text(
        _relative(page, lambda value: posixpath.normpath(f"{language}/{value}") if _is_near(value) else value), "utf-8"
    )


def _is_near(value: str) -> bool:
    return bool(value) and not urlsplit(value).scheme and not value.startswith("#")


def _relative(page: str, turn: Callable[[str], str]) -> str:
    def turned(match: re.Match[str]) -> str:
        return f'{match["name"]}="{html.escape(turn(html.unescape(match["value"])), quote=True)}"'

    return LINK.sub(turned, page)


class _Crawler:
    """Requests pages of an application and follows their links.

    entities: the names of ours; shared: addresses outside any language, found so far.
    """

    def __init__(self, dataset: Dataset, base_url: str) -> None:
        app = make_app(dataset, NoEndpoint())
        app.config[STATIC_ADDRESS] = self._base_url = base_url.rstrip("/")
        self._client = app.test_client()
        self.entities = frozenset((*dataset.names, *dataset.withdrawn))
        self._records = records(dataset)
        self.shared: set[str] = set()
        self._turned = lru_cache(CACHED_LINKS)(self._turn)

    def documents(self, language: str) -> list[str]:
        """The addresses of the pages of entities in a language, without those of records."""
        names = sorted(self.entities - self._records - {"sparql"})
        return [f"/{language}/{name}.html" for name in names]

    def files(self, addresses: Iterable[str], follow: bool) -> Iterator[File]:
        """The files of some addresses, and, if follow is set, of the pages in the same language that they link to."""
        waiting = list(dict.fromkeys(addresses))
        seen = set(waiting)
        while waiting:
            address = waiting.pop()
            status, media_type, body = _get(self._client, address)
            # The page of a withdrawn entity says what replaces it; a static host gives it with status 200.
            if status not in (200, 410):
                raise ExportError(f"{address} has the status {status}. Fix the page that links there.")
            if media_type == "text/html" and follow:
                page, found = self._with_static_links(body.decode(), address)
                body = page.encode()
                waiting += sorted(found - seen)
                seen |= found
            name = _file_name(address, media_type)
            yield File(name, body.replace(SITE.encode(), self._root_of(name).encode()))

    def _root_of(self, name: str) -> str:
        # The address of the site, as a file may give it.
        return self._base_url or posixpath.relpath("/", posixpath.dirname(f"/{name}"))

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
        if inside == "/search":
            return f"/{language or DEFAULT}/search.html", ""
        if inside.startswith(SERVER_ONLY):
            query = parts.fragment if parts.fragment.startswith("query=") else ""
            return f"/{language or DEFAULT}/sparql.html", query
        name = inside[1:].removesuffix(".html")
        if name in self.entities:
            # The name of an entity leads to its document.
            return f"/{language or DEFAULT}/{name}.html", parts.fragment
        if language and self._is_shared(inside):
            path = inside
        return path + (f"?{parts.query}" if parts.query else ""), parts.fragment

    def _is_shared(self, inside: str) -> bool:
        # Whether an address gives the same in every language; a result says by a parameter which language it is in.
        if inside.startswith("/queries/"):
            return "." in inside and not inside.endswith(".html")
        file = inside.startswith(("/static/", "/data/")) and inside != "/data/"
        return file or inside in UNLINKED or inside.rpartition(".")[2] in FORMS

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
