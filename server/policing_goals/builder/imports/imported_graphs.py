"""Read an external graph for import.

An import lives in the snapshot, in a file beside our graph: its statements, untouched, in a named graph. A rebuild
carries it over from the snapshot before.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from policing_goals.builder.imports.downloading import download, too_large
from policing_goals.builder.imports.guarded_parsing import Document, Told, parse_guarded
from policing_goals.builder.imports.limits import MIB, ImportLimits
from policing_goals.builder.sources import in_graph
from policing_goals.errors import SnapshotError, SourceError
from policing_goals.model.snapshot_format import CURRENT, IMPORTS
from policing_goals.model.snapshot_locks import read_current
from policing_goals.rdf.formats import BYTE_ORDER_MARK
from policing_goals.vocabulary import GPG, SDG

# Vocabularies that can be imported by name, and the graph of each.
KNOWN = {"un-sdg": "http://metadata.un.org/sdg"}
UN_FILE, TARGET = "sdg-kos-goals-targets-indicators.ttl", NamedNode(f"{SDG}ontology#Target")
ACCEPT = ", ".join(form.media_type for form in (RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.RDF_XML))


@dataclass(frozen=True)
class Import:
    """The statements of one document for a named graph (an IRI), with its source and its SHA-256."""

    graph: str
    source: str
    sha256: str
    triples: tuple[Triple, ...]

    def quads(self) -> list[Quad]:
        """The statements, in the named graph."""
        return [in_graph(triple, NamedNode(self.graph)) for triple in self.triples]


@dataclass(frozen=True)
class CarriedImports:
    """The imports that a rebuild carries over: by graph IRI, their quads, and a warning if they could not be read."""

    imports: dict[str, dict[str, str]]
    quads: list[Quad]
    warnings: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """The number of statements by graph IRI."""
        return Counter(quad.graph_name.value for quad in self.quads if isinstance(quad.graph_name, NamedNode))


def read_import(
    source: str, graph: str, told: Told, limits: ImportLimits | None = None, allow_private: bool = False
) -> Import:
    """Read a file or URL whole, for the named graph.

    told: called with the number of bytes read since the last call, and with the total; limits: of the document;
    allow_private: whether a URL may lead to an address that is not on the public internet. Raises SourceError for a
    graph that is ours or not an IRI, a document that is not available, one that is not RDF to its end, and one beyond
    its limits.
    """
    _check_graph(graph)
    limits = limits or ImportLimits()
    most = limits.size * MIB
    if urlsplit(source).scheme in ("http", "https"):
        content, media_type = download(source, ACCEPT, most, allow_private, lambda *_: None)
        form = _form_of(source, media_type)
    else:
        content, form = _read(source, most)
    sha256 = hashlib.sha256(content).hexdigest()
    document = Document(source, content.removeprefix(BYTE_ORDER_MARK), form, graph, f"i{sha256[:12]}")
    triples = parse_guarded(document, limits, told)
    if not triples:
        raise SourceError(source, "it has no statement.", "Name another document; nothing was changed.")
    _check_subject(source, graph, triples)
    return Import(graph, source, sha256, triples)


def digest(triples: Iterable[Triple]) -> str:
    """The SHA-256 of statements in any order: of their N-Triples, sorted."""
    return hashlib.sha256("\n".join(sorted(map(str, triples))).encode()).hexdigest()


def carried_imports(directory: Path) -> CarriedImports:
    """The imports of the live snapshot in DIRECTORY; none without a snapshot."""
    if not (directory / CURRENT).exists():
        return CarriedImports({}, [])
    try:
        manifest, files = read_current(directory)
    except SnapshotError as error:
        warning = f"Warning: no imports were carried over. {error} If there were any, import them again."
        return CarriedImports({}, [], (warning,))
    if not manifest.imports:
        return CarriedImports({}, [])
    return CarriedImports(manifest.imports, list(load_nquads(files[IMPORTS])))


def load_nquads(content: bytes) -> Store:
    """The store of a snapshot's N-Quads, with their blank nodes as they are."""
    store = Store()
    store.extend(parse(content, format=RdfFormat.N_QUADS))
    return store


def _check_subject(source: str, graph: str, triples: Iterable[Triple]) -> None:
    # Under a known name, another document would give no results, and would replace the one that does.
    if graph != KNOWN["un-sdg"] or any(triple.object == TARGET for triple in triples):
        return
    fix = (
        f"The United Nations' file with the targets is {UN_FILE}; give any other a graph of its own with --graph IRI. "
        "Nothing was changed."
    )
    raise SourceError(source, "it has no SDG target (sdgo:Target).", fix)


def _check_graph(graph: str) -> None:
    try:
        NamedNode(graph)
    except ValueError as error:
        raise SourceError(graph, "the graph is not an IRI.", "Write one such as http://example.org/graph.") from error
    if graph.startswith(GPG):
        raise SourceError(graph, "this graph is ours, and an import would mix with it.", "Name another graph.")


def _read(source: str, most: int) -> tuple[bytes, RdfFormat]:
    form = RdfFormat.from_extension(Path(source).suffix.removeprefix("."))
    if form is None:
        raise SourceError(source, "unrecognised file extension.", "Name it .ttl, .nt, .rdf or .jsonld.")
    try:
        with Path(source).open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        fix = "Check the path; nothing was changed."
        raise SourceError(source, f"it cannot be read: {error.strerror}.", fix) from error
    if len(content) > most:
        raise too_large(source, most)
    return content, form


def _form_of(source: str, media_type: str) -> RdfFormat:
    form = RdfFormat.from_media_type(media_type) or RdfFormat.from_extension(Path(urlsplit(source).path).suffix[1:])
    if form is None:
        raise SourceError(source, f"it came as {media_type}, which is not an RDF format.", "Name another address.")
    return form
