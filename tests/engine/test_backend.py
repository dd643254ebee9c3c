"""A back end in the place of our own engine, a real one (Oxigraph's server): the same results, of the same version."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote

import pytest
from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.engine import saved_queries
from policing_goals.engine.backend import COUNT_QUERY, VERSION_QUERY, Backend, BackendSettings
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.remote_dataset import RemoteDataset
from policing_goals.errors import BackendFailed, ForbiddenQuery, QuerySyntaxError, ResultTooLarge
from policing_goals.model.snapshot_format import Manifest
from policing_goals.rdf.formats import BY_NAME
from policing_goals.vocabulary import GRAPH_ALL
from tests.support.processes import free_port, running, wait_for
from tests.support.rows import comparable
from tests.support.server import SERVE, Served, eventually

LARGEST = 2**28


class Store:
    """Oxigraph's server, in memory."""

    def __init__(self, *options: str) -> None:
        self.port, self._options = free_port(), options
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        # It is installed beside the interpreter, which need not be on the path.
        program = str(Path(sys.executable).with_name("oxigraph"))
        command = [program, "serve", "--bind", f"127.0.0.1:{self.port}", *self._options]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(self.port, self.process)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def load(self, snapshot: Path) -> None:
        arguments = ["publish", f"{self.url}/store", "--snapshot", str(snapshot)]
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output

    def backend(self) -> Backend:
        return Backend(BackendSettings(f"{self.url}/query"), 30)


@pytest.fixture(scope="module")
def store(snapshot: Path) -> Iterator[Store]:
    """A store with the snapshot."""
    store = Store()
    store.load(snapshot)
    yield store
    store.stop()


@pytest.fixture
def remote(store: Store, dataset: Dataset) -> Iterator[RemoteDataset]:
    """The dataset with that store as its back end."""
    backend = store.backend()
    yield RemoteDataset.of(dataset, backend, LARGEST)
    backend.close()


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


def test_what_is_refused_is_refused_before_it_is_sent(remote: RemoteDataset, store: Store) -> None:
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


def test_a_result_over_the_limit_is_refused_whole(dataset: Dataset, store: Store) -> None:
    backend = store.backend()
    with pytest.raises(ResultTooLarge):
        RemoteDataset.of(dataset, backend, 10_000).query("SELECT * { ?s ?p ?o }")
    assert backend.version() == dataset.manifest.sha256()
    backend.close()


def test_a_connection_that_the_back_end_has_closed_is_opened_again(dataset: Dataset, snapshot: Path) -> None:
    store = Store()
    store.load(snapshot)
    backend = store.backend()
    try:
        assert backend.version() == dataset.manifest.sha256()
        store.stop()
        store.start()
        store.load(snapshot)
        assert backend.version() == dataset.manifest.sha256()
        store.stop()
        with pytest.raises(BackendFailed, match=rf"{store.url}/query cannot be reached"):
            backend.version()
    finally:
        backend.close()
        store.stop()


def check(store: Store, version: str, triples: int) -> None:
    """Ask a store for the snapshot that it has."""
    with closing(store.backend()) as backend:
        backend.check(version, triples)


def test_another_version_an_empty_store_and_a_union_are_told_apart(dataset: Dataset, snapshot: Path) -> None:
    manifest = dataset.manifest
    empty, union = Store(), Store("--union-default-graph")
    try:
        with pytest.raises(BackendFailed, match="names 0 snapshots"):
            check(empty, manifest.sha256(), manifest.triples)
        empty.load(snapshot)
        other = replace(manifest, warnings=["other"]).sha256()
        with pytest.raises(BackendFailed, match=rf"has snapshot {manifest.sha256()}, and this server has {other}"):
            check(empty, other, manifest.triples)
        union.load(snapshot)
        with pytest.raises(BackendFailed, match=rf"has \d+ statements, and not {manifest.triples}"):
            check(union, manifest.sha256(), manifest.triples)
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
        backend.version()
    backend.close()

    assert seen == ["Bearer 123"]


def test_a_server_with_a_back_end_is_ready_while_that_has_the_snapshot(
    snapshot: Path, tmp_path: Path, dataset: Dataset
) -> None:
    store = Store()
    with ExitStack() as stack:
        stack.callback(store.stop)
        command = [*SERVE, "--snapshot", str(snapshot), "--backend", f"{store.url}/query", "--workers", "1"]
        port = free_port()
        _, process = stack.enter_context(running(command, tmp_path, port))
        server = Served(port, process.pid, tmp_path / "serve.log")
        assert server.ask("/ready").status == 503
        assert server.query("ASK {}").status == 502
        # Pages need no back end.
        assert server.ask("/en/goal-3.html").status == 200

        store.load(snapshot)
        assert eventually(lambda: server.ask("/ready").status == 200)
        found = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", Accept="text/csv")
        assert found.body == f"n\r\n{dataset.manifest.triples}\r\n".encode()
        assert found.headers["snapshot"] == Manifest.load((snapshot / "current").resolve()).sha256()
        assert server.ask("/graph?graph=" + quote("https://w3id.org/global-policing-goals/graph-core")).status == 200

        os.kill(store.process.pid, signal.SIGKILL)
        store.process.wait()
        assert eventually(lambda: server.ask("/ready").status == 503)
        refused = server.query("SELECT (1 AS ?new) {}")
        assert refused.status == 502
        assert f"{store.url}/query cannot be reached" in refused.body.decode()
        store.start()
        store.load(snapshot)
        assert eventually(lambda: server.ask("/ready").status == 200)
        assert server.query("SELECT (1 AS ?new) {}").status == 200


@pytest.fixture
def tiresome(dataset: Dataset) -> Iterator[str]:
    """The address of a back end that has the snapshot, but is slow or endless for queries that say so."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"][0]
            value = {VERSION_QUERY: dataset.manifest.sha256(), COUNT_QUERY: str(dataset.manifest.triples)}.get(
                query, "1"
            )
            if "slow" in query:
                ended.wait(60)
            body = json.dumps(
                {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": value}}]}}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            if "endless" not in query:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)
                while "endless" in query and not ended.is_set():
                    self.wfile.write(b" " * 2**16)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/query"
    ended.set()
    server.shutdown()
    server.server_close()


def test_a_slow_or_endless_back_end_ends_at_a_limit_and_stops_nobody_else(
    tiresome: str, snapshot: Path, tmp_path: Path
) -> None:
    options = ["--backend", tiresome, "--workers", "1", "--timeout", "2", "--max-result", "1"]
    port = free_port()
    with running([*SERVE, "--snapshot", snapshot, *options], tmp_path, port) as (_, process):
        server = Served(port, process.pid, tmp_path / "serve.log")
        assert eventually(lambda: server.ask("/ready").status == 200)
        begun = time.monotonic()
        slow = server.query("SELECT * { ?s ?p 'slow' }")
        taken = time.monotonic() - begun
        endless = server.query("SELECT * { ?s ?p 'endless' }")

        assert (slow.status, endless.status) == (504, 413)
        assert 2 <= taken < 20
        assert server.query("SELECT * { ?s ?p 'quick' }", Accept="text/csv").body == b"x\r\n1\r\n"
        assert server.ask("/ready").status == 200


def test_the_file_to_load_elsewhere_has_every_quad_and_names_the_snapshot(snapshot: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["export", "--dataset", str(tmp_path), "--snapshot", str(snapshot)])
    lines = (tmp_path / "dataset.nq").read_text("utf-8").splitlines()

    assert done.exit_code == 0
    assert len(lines) == len((snapshot / "current/dataset.nq").read_text("utf-8").splitlines()) + 1
    assert (snapshot / "current").resolve().name in lines[-1]
