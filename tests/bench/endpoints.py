"""The endpoints that are compared, each started on the same data as its makers advise."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pyoxigraph import DefaultGraph, RdfFormat, Triple, serialize

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.model.snapshot_format import CURRENT, DATASET
from tests.support.processes import free_port, running

BIN = Path(sys.executable).parent
ACCEPT = "application/sparql-results+json, text/turtle;q=0.9"


@dataclass(frozen=True)
class Endpoint:
    """A running endpoint: its name, the address that takes `?query=`, and the process to measure."""

    name: str
    address: str
    pid: int


def ask(endpoint: Endpoint, query: str, seconds: float = 120.0) -> tuple[int, bytes]:
    """Status and body of the answer to a query."""
    request = Request(f"{endpoint.address}?query={quote(query, safe='')}", headers={"Accept": ACCEPT})
    try:
        with urlopen(request, timeout=seconds) as response:
            return int(response.status), bytes(response.read())
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


@contextmanager
def ours(snapshot: Path, directory: Path, *options: str, crowd: bool = False) -> Iterator[Endpoint]:
    """This project's server. crowd: with its limits per client; else without, as all load comes from one."""
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "policing_goals",
        "serve",
        "--snapshot",
        snapshot,
        *([] if crowd else ["--per-client", "0"]),
        *options,
    ]
    with running(command, directory, port) as (address, process):
        yield Endpoint("policing-goals", f"{address}/sparql", process.pid)


@contextmanager
def oxigraph(snapshot: Path, directory: Path) -> Iterator[Endpoint]:
    """`oxigraph serve` with its data in memory."""
    port = free_port()
    with _started([BIN / "oxigraph", "serve", "--bind", f"127.0.0.1:{port}"], directory) as process:
        endpoint = Endpoint("oxigraph serve", f"http://127.0.0.1:{port}/query", process.pid)
        _wait_for(f"http://127.0.0.1:{port}/", process)
        content = (snapshot / CURRENT / DATASET).read_bytes()
        headers = {"Content-Type": "application/n-quads"}
        with urlopen(Request(f"http://127.0.0.1:{port}/store", content, headers, method="POST")):
            yield endpoint


@contextmanager
def oxigraph_on_disk(store: Path, directory: Path) -> Iterator[Endpoint]:
    """`oxigraph serve-read-only` on a store that `oxigraph load` has written."""
    port = free_port()
    command: list[str | Path] = [BIN / "oxigraph", "serve-read-only", "--location", store]
    with _started([*command, "--bind", f"127.0.0.1:{port}"], directory) as process:
        endpoint = Endpoint("oxigraph serve-read-only", f"http://127.0.0.1:{port}/query", process.pid)
        _wait_for(f"http://127.0.0.1:{port}/", process)
        yield endpoint


@contextmanager
def rdflib_endpoint(snapshot: Path, directory: Path) -> Iterator[Endpoint]:
    """`rdflib-endpoint serve`; it gets the default graph alone, as it would count twice what stands in two graphs."""
    port = free_port()
    quads = open_snapshot(snapshot).store.quads_for_pattern(None, None, None, DefaultGraph())
    triples = (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    data = directory / "default.nt"
    data.write_bytes(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
    command: list[str | Path] = [BIN / "rdflib-endpoint", "serve", "--host", "127.0.0.1", "--port", str(port), data]
    with _started(command, directory) as process:
        endpoint = Endpoint("rdflib-endpoint", f"http://127.0.0.1:{port}/", process.pid)
        _wait_for(endpoint.address, process)
        yield endpoint


@contextmanager
def fuseki(jar: Path, snapshot: Path, directory: Path) -> Iterator[Endpoint]:
    """Apache Jena Fuseki with its data in memory. jar: jena-fuseki-server, from Maven."""
    port, data = free_port(), directory / "dataset.nq"
    data.write_bytes((snapshot / CURRENT / DATASET).read_bytes())
    command: list[str | Path] = ["java", "-jar", jar, "--localhost", "--port", str(port), "--file", data, "/gpg"]
    with _started(command, directory) as process:
        endpoint = Endpoint("Fuseki", f"http://127.0.0.1:{port}/gpg/query", process.pid)
        _wait_for(f"http://127.0.0.1:{port}/$/ping", process)
        yield endpoint


@contextmanager
def _started(command: list[str | Path], directory: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (directory / "peer.log").open("w") as log:
        process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError(f"{address} ended before it answered")
        try:
            with urlopen(address):
                return
        except HTTPError as refusal:
            refusal.close()
            return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer from {address} in two minutes")
