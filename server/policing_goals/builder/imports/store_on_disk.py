"""Write the dataset of a snapshot, imports included, to an Oxigraph store on disk."""

import errno
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from policing_goals.builder.child_process import Told, spawned
from policing_goals.builder.imports.imported_graphs import ImportedGraphs
from policing_goals.builder.imports.sorting import check_room
from policing_goals.errors import SnapshotError

# Measured with ten million statements: what a store takes, while it is compacted, of the bytes of its N-Triples.
ROOM = 3
# Oxigraph loads a million statements at a time, in 2 GB of memory. A piece of so many bytes is a tenth of that, and
# takes as long in all.
PIECE_BYTES = 2**24
BLANK = b"_:"
# Tables are compacted if more than this part of the imported statements is new.
SMALL_PART = 0.1
# RocksDB never changes a file of this kind.
TABLES = ".sst"
NO_LINK = (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP)


def write_store(target: Path, dataset: bytes, imports: ImportedGraphs, told: Told) -> None:
    """Write a store to a new directory: our graph, as the default graph and in named graphs, and the imported graphs.

    dataset: our graph in N-Quads; told: called with the bytes of imports loaded since the last call, and with those of
    all. The tables of the store that the imports come from are taken over, unless one of its imports is gone. Raises
    OSError if the disk has too little room, and SnapshotError if it cannot be written.
    """
    kept = _kept(imports)
    new = [path for graph, path in imports.files.items() if graph not in kept]
    check_room(target.parent, ROOM * sum(path.stat().st_size for path in new))
    if imports.store is not None and kept:
        _link_store(imports.store, target)
    # In a process of its own, whose memory is free afterwards. RocksDB would wait for its threads in a forked one.
    with spawned(partial(_load, target, dataset, kept, imports.files), told) as call:
        call.result()


def _kept(imports: ImportedGraphs) -> frozenset[str]:
    """The graphs that need not be loaded again. To delete one of millions of statements takes longer than to load."""
    digests = {graph: fields["statements"] for graph, fields in imports.fields.items()}
    return frozenset(imports.stored if imports.stored.items() <= digests.items() else ())


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that is never changed a second name, or copy it where the file system or its owner forbids that."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        shutil.copyfile(source, target)


def _link_store(source: Path, target: Path) -> None:
    target.mkdir()
    for path in source.iterdir():
        if path.suffix == TABLES:
            link_or_copy(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def _load(target: Path, dataset: bytes, kept: frozenset[str], imports: dict[str, Path], tell: Told) -> None:
    new = {graph: path for graph, path in sorted(imports.items()) if graph not in kept}
    try:
        store = Store(target)
        if kept:
            _clear_ours(store, kept)
        store.bulk_load(dataset, format=RdfFormat.N_QUADS)
        whole = sum(path.stat().st_size for path in new.values())
        for graph, path in new.items():
            for piece in _pieces(path, PIECE_BYTES):
                load_piece(store, NamedNode(graph), piece)
                tell(len(piece), whole)
        if whole > SMALL_PART * sum(path.stat().st_size for path in imports.values()):
            # Small queries are ten times as fast afterwards. It writes all tables again.
            store.optimize()
        store.flush()
    except OSError as error:
        raise SnapshotError(f"The store could not be written to {target}: {error}. Free some space.") from error


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    """The lines of a file, about so many bytes at a time."""
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece + file.readline()


def load_piece(store: Store, graph: NamedNode, piece: bytes) -> None:
    """Add some lines of N-Triples to a graph. A blank node is the same in every piece that has its label."""
    if BLANK in piece:
        triples = parse(piece, format=RdfFormat.N_TRIPLES)
        store.bulk_extend(Quad(each.subject, each.predicate, each.object, graph) for each in triples)
    else:
        # Faster, but it gives every blank node a new label.
        store.bulk_load(piece, format=RdfFormat.N_TRIPLES, to_graph=graph)


def _clear_ours(store: Store, kept: frozenset[str]) -> None:
    store.clear_graph(DefaultGraph())
    for graph in [each for each in store.named_graphs() if isinstance(each, NamedNode) and each.value not in kept]:
        store.remove_graph(graph)
