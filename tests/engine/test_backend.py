"""A back end in the place of our own engine, a real one (Oxigraph's server): the same results, of the same version."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.engine import saved_queries
from policing_goals.engine.backend import Backend
from policing_goals.engine.backend_messages import BackendSettings
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.remote_dataset import RemoteDataset
from policing_goals.errors import BackendFailed, ForbiddenQuery, QuerySyntaxError, ResultTooLarge
from policing_goals.rdf.formats import BY_NAME
from policing_goals.vocabulary import GRAPH_ALL
from tests.support.back_ends import OxigraphServer, ask_once, asking, check
from tests.support.rows import comparable


@pytest.fixture(scope="module")
def store(snapshot: Path) -> Iterator[OxigraphServer]:
    """A store with the snapshot."""
    store = OxigraphServer()
    store.load(snapshot)
    yield store
    store.stop()


@pytest.fixture
def remote(store: OxigraphServer, dataset: Dataset) -> RemoteDataset:
    """The dataset with that store as its back end."""
    return asking(dataset, store.backend)


def test_every_saved_query_has_the_same_result(remote: RemoteDataset, dataset: Dataset) -> None:
    compared = [saved for saved in dataset.queries if not saved.federates]
    assert len(compared) > 50
    for saved in compared:
        text = saved_queries.text(dataset, saved, {})
        assert comparable(remote, text) == comparable(dataset, text), saved.name


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", (), ()),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", (GRAPH_ALL,), ()),
        ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s a ?t } }", (), ("gpg:graph-core", "gpg:graph-links")),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", ("gpg:graph-core", "gpg:graph-links"), ()),
        ("SELECT * { ?s a <Goal> } ORDER BY ?s", (), ()),
        ("ASK { ?s a gpgo:Goal }", (), ()),
        ("CONSTRUCT { ?s ?p ?o } { ?s a gpgo:Goal ; ?p ?o }", (), ()),
    ],
)
def test_graphs_and_forms_are_those_of_our_own_engine(
    text: str, default: tuple[str, ...], named: tuple[str, ...], remote: RemoteDataset, dataset: Dataset
) -> None:
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in dataset.prefixes.table.items())
    defaults, names = (
        [dataset.prefixes.expand(each).value if each.startswith("gpg:") else each for each in group]
        for group in (default, named)
    )
    base = "https://w3id.org/global-policing-goals/ontology"
    results = [each.query(prefixes + text, None, defaults, names, base) for each in (dataset, remote)]
    written = [
        sorted(dataset.write(each, BY_NAME["nt" if "CONSTRUCT" in text else "json"]).splitlines()) for each in results
    ]

    assert written[0] == written[1]


def test_what_is_refused_is_refused_before_it_is_sent(remote: RemoteDataset, store: OxigraphServer) -> None:
    with pytest.raises(QuerySyntaxError) as wrong:
        remote.query("SELECT * {\n ?s ?p }")
    assert wrong.value.position is not None
    assert wrong.value.position.line == 2
    for text in ("INSERT DATA { <a:b> <a:c> 1 }", "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }"):
        with pytest.raises((ForbiddenQuery, QuerySyntaxError)):
            remote.query(text)
    everything = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
    for text, named in ((everything, (GRAPH_ALL,)), (everything.replace("?g", f"<{GRAPH_ALL}>"), ())):
        with pytest.raises(ForbiddenQuery, match="is not stored as a named graph here"):
            remote.query(text, None, (), named)
    with pytest.raises(ForbiddenQuery, match="is not a graph of this dataset"):
        remote.query("SELECT * { ?s ?p ?o }", None, ("http://example.org/other",))


def test_a_result_over_the_limit_is_refused_whole(dataset: Dataset, store: OxigraphServer) -> None:
    with pytest.raises(ResultTooLarge):
        asking(dataset, store.backend, 10_000).query("SELECT * { ?s ?p ?o }")
    backend = store.backend()
    assert ask_once(backend, backend.version()) == dataset.manifest.sha256()


def test_a_connection_that_the_back_end_has_closed_is_opened_again(dataset: Dataset, snapshot: Path) -> None:
    store = OxigraphServer()
    store.load(snapshot)

    async def ask_across_a_restart() -> None:
        async with aclosing(store.backend()) as backend:
            assert await backend.version() == dataset.manifest.sha256()
            store.stop()
            store.start()
            store.load(snapshot)
            assert await backend.version() == dataset.manifest.sha256()
            store.stop()
            with pytest.raises(BackendFailed, match=rf"{store.url}/query cannot be reached"):
                await backend.version()

    try:
        asyncio.run(ask_across_a_restart())
    finally:
        store.stop()


def test_another_version_an_empty_store_and_a_union_are_told_apart(dataset: Dataset, snapshot: Path) -> None:
    manifest = dataset.manifest
    empty, union = OxigraphServer(), OxigraphServer("--union-default-graph")
    try:
        with pytest.raises(BackendFailed, match="names 0 snapshots"):
            check(empty.backend, manifest.sha256(), manifest.triples)
        empty.load(snapshot)
        other = replace(manifest, warnings=["other"]).sha256()
        with pytest.raises(BackendFailed, match=rf"has snapshot {manifest.sha256()}, and this server has {other}"):
            check(empty.backend, other, manifest.triples)
        union.load(snapshot)
        with pytest.raises(BackendFailed, match=rf"has \d+ statements, and not {manifest.triples}"):
            check(union.backend, manifest.sha256(), manifest.triples)
    finally:
        empty.stop()
        union.stop()


@pytest.fixture
def web_site() -> Iterator[tuple[str, list[str]]]:
    """A server that is no endpoint, and the values of the field Authorization that it got."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["Authorization"] or "")
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b"<h1>Welcome</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    server.server_close()


def test_what_is_no_endpoint_is_told_and_gets_the_authorization(
    web_site: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, seen = web_site
    (tmp_path / "secret").write_text("Bearer 123\n")
    backend = Backend(BackendSettings(url, str(tmp_path / "secret")), 5)
    with pytest.raises(BackendFailed, match="replied with status 200 and text/html: <h1>Welcome</h1>"):
        ask_once(backend, backend.version())

    assert seen == ["Bearer 123"]


def test_a_password_in_the_address_is_used_and_not_told(web_site: tuple[str, list[str]]) -> None:
    url, seen = web_site
    backend = Backend(BackendSettings(url.replace("//", "//user:secret@")), 5)
    with pytest.raises(BackendFailed) as refused:
        ask_once(backend, backend.version())

    assert str(refused.value).startswith(f"The back end {url} replied with")
    assert seen == ["Basic dXNlcjpzZWNyZXQ="]


def test_the_file_to_load_elsewhere_has_every_quad_and_names_the_snapshot(snapshot: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["export", "--dataset", str(tmp_path), "--snapshot", str(snapshot)])
    lines = (tmp_path / "dataset.nq").read_text("utf-8").splitlines()

    assert done.exit_code == 0
    assert len(lines) == len((snapshot / "current/dataset.nq").read_text("utf-8").splitlines()) + 1
    assert (snapshot / "current").resolve().name in lines[-1]
