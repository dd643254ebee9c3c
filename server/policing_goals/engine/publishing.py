"""Load a snapshot into a back end: as one file of N-Quads, by one request that replaces everything there."""

import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from policing_goals.engine.backend_messages import MAX_READ, quoted, snapshot_statement
from policing_goals.errors import BackendFailed, message
from policing_goals.model.snapshot_format import DATASET, Manifest, import_file
from policing_goals.model.snapshot_locks import HeldSnapshot

N_QUADS = "application/n-quads"
PIECE, LINES = 2**18, 1000
# Of a line of N-Triples.
END = b" .\n"
TIMEOUT = 600.0
Progress = Callable[[int, int], None]


def quads_of(held: HeldSnapshot) -> Iterator[bytes]:
    """The N-Quads of a snapshot in pieces: our default graph and named graphs, the imports, and its SHA-256."""
    with (held.path / DATASET).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
    for graph, fields in Manifest.read(held.path).imports.items():
        with (held.path / import_file(fields)).open("rb") as file:
            while lines := list(islice(file, LINES)):
                yield b"".join(line.removesuffix(END) + _end(graph) for line in lines)
    yield snapshot_statement(held.path.name).encode()


def size_of(held: HeldSnapshot) -> int:
    """The number of bytes of those N-Quads."""
    manifest = Manifest.read(held.path)
    files = (held.path / DATASET, *(held.path / import_file(fields) for fields in manifest.imports.values()))
    longer = sum(manifest.graphs[graph] * (len(_end(graph)) - len(END)) for graph in manifest.imports)
    return sum(path.stat().st_size for path in files) + longer + len(snapshot_statement(held.path.name))


def _end(graph: str) -> bytes:
    # Of a line of N-Quads.
    return f" <{graph}> .\n".encode()


def publish(held: HeldSnapshot, url: str, authorization_file: Path | None, progress: Progress) -> None:
    """Replace everything in a store by a snapshot (Graph Store Protocol, PUT of a whole dataset).

    url: of the dataset, such as http://localhost:3030/gpg/data for Fuseki or http://localhost:7878/store for Oxigraph;
    both do this in one transaction. authorization_file: see BackendSettings. progress: called with the bytes that were
    sent and those of all. Raises BackendFailed.
    """
    parts, length = urlsplit(url), size_of(held)
    if parts.scheme == "https":
        tls = ssl.create_default_context()
        connection: HTTPConnection = HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT, context=tls)
    else:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    headers = {"Content-Type": N_QUADS, "Content-Length": str(length)}
    if authorization_file is not None:
        headers["Authorization"] = authorization_file.read_text("ascii").strip()
    try:
        connection.request("PUT", parts.path or "/", _counted(quads_of(held), length, progress), headers)
        response = connection.getresponse()
        said = quoted(response.read(MAX_READ))
    except (OSError, HTTPException) as error:
        raise BackendFailed(message("The store {url} cannot be reached: {error}.", url=url, error=error)) from error
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise BackendFailed(
            message(
                "The store {url} replied with status {status}: {said}",
                url=url,
                status=response.status,
                said=said,
            )
        )


def _counted(pieces: Iterator[bytes], length: int, progress: Progress) -> Iterator[bytes]:
    sent = 0
    for piece in pieces:
        yield piece
        sent += len(piece)
        progress(sent, length)
