"""Read a snapshot, and open its dataset."""

import json
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Store

from policing_goals.engine.data_files import DataFiles
from policing_goals.engine.dataset import Dataset, take_default_graph
from policing_goals.engine.dataset_on_disk import DatasetOnDisk
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import load_queries
from policing_goals.model.snapshot_format import (
    CONTEXT,
    DATASET,
    DOCUMENTS,
    INDEX,
    PREFIXES,
    QUERIES,
    REPORT,
    SHAPES,
    Manifest,
    import_file,
    read_files,
)
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.model.validation_report import load_report


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in memory: its manifest, the bytes of its files by name, its directory, and the files to download."""

    manifest: Manifest
    files: dict[str, bytes]
    path: Path
    data: DataFiles | None = None

    def open(self, services: frozenset[str] = frozenset()) -> Dataset:
        """The dataset of the snapshot. services: the IRIs of the endpoints that a SERVICE clause may query."""
        store = Store()
        store.bulk_load(self.files[DATASET], format=RdfFormat.N_QUADS)
        imports = Store()
        for graph, fields in ({} if self.manifest.on_disk else self.manifest.imports).items():
            content = self.files[import_file(fields)]
            imports.bulk_load(content, format=RdfFormat.N_TRIPLES, to_graph=NamedNode(graph))
        queries = load_queries(self.files[QUERIES].decode())
        prefixes = Prefixes(**json.loads(self.files[PREFIXES]))
        report = load_report(self.files[REPORT].decode())
        context, shapes, index = self.files[CONTEXT], self.files[SHAPES], self.files[INDEX]
        dataset = Dataset(
            store,
            take_default_graph(store),
            self.manifest,
            queries,
            prefixes,
            services,
            report,
            index,
            context,
            shapes,
            self.data,
            imports,
            self.files[DOCUMENTS],
            self.path,
        )
        if self.manifest.on_disk:
            return DatasetOnDisk.of(dataset)
        if self.manifest.imports:
            # Made before workers are forked, which then share it.
            _ = dataset.whole
        return dataset


def read_snapshot(directory: Path, pin: str = "") -> Snapshot:
    """Read the live snapshot in DIRECTORY, or the one whose SHA-256 begins with `pin`.

    Raises SnapshotError if it is missing or damaged.
    """
    held = hold_current(directory, pin)
    manifest, files = read_files(held.path)
    sha256 = {name: fields["sha256"] for name, fields in manifest.data.items()}
    return Snapshot(manifest, files, held.path, DataFiles(held, sha256))


def open_snapshot(directory: Path) -> Dataset:
    """The dataset of the live snapshot in DIRECTORY; raises SnapshotError if it is missing or damaged."""
    return read_snapshot(directory).open()
