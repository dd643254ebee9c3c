"""Read an external document for import: a file or URL, to the sorted statements of one named graph."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pyoxigraph import NamedNode, RdfFormat

from policing_goals.builder.child_process import Told
from policing_goals.builder.imports.downloading import download, too_large
from policing_goals.builder.imports.guarded_parsing import Document, parse_guarded
from policing_goals.builder.imports.limits import MIB, ImportLimits
from policing_goals.builder.imports.sorting import check_room
from policing_goals.errors import SnapshotError, SourceError
from policing_goals.model.snapshot_format import WORKSPACE
from policing_goals.vocabulary import GPG, SDG

# Vocabularies that can be imported by name, and the graph of each.
KNOWN = {"un-sdg": "http://metadata.un.org/sdg"}
UN_FILE, TARGET = "sdg-kos-goals-targets-indicators.ttl", f"<{SDG}ontology#Target>"
ACCEPT = ", ".join(form.media_type for form in (RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.RDF_XML))
# The sorted statements of N-Triples take the room of the document twice while runs are merged.
ROOM = 2


@dataclass(frozen=True)
class Import:
    """The statements of one document for a named graph (an IRI), with its source and its SHA-256.

    path: a file of distinct, sorted N-Triples; digest: its SHA-256; statements: their number; kinds: of the values of
    each property (see metadata.value_kinds).
    """

    graph: str
    source: str
    sha256: str
    path: Path
    digest: str
    statements: int
    kinds: dict[str, list[str]]

    def lines(self) -> Iterator[bytes]:
        """Each statement, as a line of N-Triples."""
        with self.path.open("rb") as file:
            yield from file


@contextmanager
def workspace(directory: Path) -> Iterator[Path]:
    """A directory for the files of an import, in that of the snapshots, so that they need not be copied later.

    It is removed at the end of the block; one whose process was killed is removed by the next that writes there.
    Raises SnapshotError if it cannot be made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=WORKSPACE, dir=directory))
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        problem = f"An import cannot be written to {directory}: {error.strerror}."
        raise SnapshotError(f"{problem} Name another directory with --snapshot.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def read_import(
    source: str,
    graph: str,
    work: Path,
    told: Told,
    limits: ImportLimits | None = None,
    allow_private: bool = False,
) -> Import:
    """Read a file or URL whole, for the named graph.

    work: a directory for its statements (see workspace); told: called with the number of bytes read since the last
    call, and with the total; limits: of the document; allow_private: whether a URL may lead to an address that is not
    on the public internet. Raises SourceError for a graph that is ours or not an IRI, a document that is not available,
    one that is not RDF to its end, and one beyond its limits.
    """
    _check_graph(graph)
    limits = limits or ImportLimits()
    path, form = _fetched(source, work, limits.size * MIB, allow_private)
    sha256 = sha256_of(path)
    document = Document(source, path, form, graph, f"i{sha256[:12]}")
    path = work / "statements.nt"
    parsed = parse_guarded(document, path, limits, told)
    if not parsed.statements:
        raise SourceError(source, "it has no statement.", "Name another document; nothing was changed.")
    found = Import(graph, source, sha256, path, sha256_of(path), parsed.statements, parsed.kinds)
    _check_subject(found)
    return found


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetched(source: str, work: Path, most: int, allow_private: bool) -> tuple[Path, RdfFormat]:
    """The file of a document, and its format."""
    if urlsplit(source).scheme in ("http", "https"):
        path = work / "document"
        media_type = download(source, path, ACCEPT, most, allow_private, lambda *_: None)
        return path, _form_of(source, media_type)
    path, form = Path(source), RdfFormat.from_extension(Path(source).suffix.removeprefix("."))
    if form is None:
        raise SourceError(source, "unrecognised file extension.", "Name it .ttl, .nt, .rdf or .jsonld.")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.read(1)
        if size > most:
            raise too_large(source, most)
        check_room(work, ROOM * size)
    except OSError as error:
        fix = "Check the path, and the free space; nothing was changed."
        raise SourceError(source, f"it cannot be read: {error.strerror}.", fix) from error
    return path, form


def _check_subject(found: Import) -> None:
    # Under a known name, another document would give no results, and would replace the one that does.
    if found.graph != KNOWN["un-sdg"] or any(line.endswith(f"{TARGET} .\n".encode()) for line in found.lines()):
        return
    fix = (
        f"The United Nations' file with the targets is {UN_FILE}; give any other a graph of its own with --graph IRI. "
        "Nothing was changed."
    )
    raise SourceError(found.source, "it has no SDG target (sdgo:Target).", fix)


def _check_graph(graph: str) -> None:
    try:
        NamedNode(graph)
    except ValueError as error:
        raise SourceError(graph, "the graph is not an IRI.", "Write one such as http://example.org/graph.") from error
    if graph.startswith(GPG):
        raise SourceError(graph, "this graph is ours, and an import would mix with it.", "Name another graph.")


def _form_of(source: str, media_type: str) -> RdfFormat:
    form = RdfFormat.from_media_type(media_type) or RdfFormat.from_extension(Path(urlsplit(source).path).suffix[1:])
    if form is None:
        raise SourceError(source, f"it came as {media_type}, which is not an RDF format.", "Name another address.")
    return form
