"""The imported graphs of a snapshot, each a file of sorted N-Triples that is never changed.

A rebuild, or the import of another graph, carries them over to the next snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyoxigraph import DefaultGraph, Store

from policing_goals.builder.imports.limits import ON_DISK_ABOVE
from policing_goals.builder.imports.reading import Import, sha256_of
from policing_goals.builder.imports.sorting import merged
from policing_goals.errors import SnapshotError
from policing_goals.model.snapshot_format import CURRENT, STORE, Manifest, import_file
from policing_goals.model.snapshot_locks import HeldSnapshot, hold_current


@dataclass(frozen=True)
class ImportedGraphs:
    """Imported graphs, by the IRI of each.

    fields: as in the manifest; files: with their statements; counts: of these; kinds: of the values of each property
    (see metadata.value_kinds); on_disk_above: with more statements than this, a snapshot has a store on disk; store:
    that of the snapshot that they come from, if it has one; stored: the digest of each graph in it; held: that
    snapshot; warnings: about graphs that could not be carried over.
    """

    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    on_disk_above: int = ON_DISK_ABOVE
    store: Path | None = None
    stored: dict[str, str] = field(default_factory=dict)
    held: HeldSnapshot | None = None
    warnings: tuple[str, ...] = ()

    @property
    def on_disk(self) -> bool:
        """Whether a snapshot with these graphs has a store on disk."""
        return sum(self.counts.values()) > self.on_disk_above

    def without(self, graph: str) -> "ImportedGraphs":
        """These, without one."""
        fields = {name: each for name, each in self.fields.items() if name != graph}
        files = {name: path for name, path in self.files.items() if name != graph}
        counts = {name: count for name, count in self.counts.items() if name != graph}
        kinds = {name: each for name, each in self.kinds.items() if name != graph}
        return replace(self, fields=fields, files=files, counts=counts, kinds=kinds)

    def with_import(self, added: Import) -> "ImportedGraphs":
        """These, and the graph of an import, instead of an earlier one of the same IRI."""
        fields = {"source": added.source, "sha256": added.sha256, "statements": added.digest}
        return replace(
            self,
            fields={**self.fields, added.graph: fields},
            files={**self.files, added.graph: added.path},
            counts={**self.counts, added.graph: added.statements},
            kinds={**self.kinds, added.graph: added.kinds},
        )

    def lines(self, graph: str) -> Iterator[bytes]:
        """The statements of one, each a line of N-Triples."""
        with self.files[graph].open("rb") as file:
            yield from file

    def merged_count(self, ours: Store) -> int:
        """The number of distinct triples in these graphs and the default graph of a store together."""
        own = {f"{quad.triple} .\n".encode() for quad in ours.quads_for_pattern(None, None, None, DefaultGraph())}
        if not self.files:
            return len(own)
        # One file has no line twice.
        [*files] = self.files.values()
        if len(files) == 1:
            [graph] = self.files
            return len(own) + self.counts[graph] - sum(line in own for line in self.lines(graph))
        return len(own) + sum(line not in own for line in merged(files))

    def changed(self) -> tuple[str, ...]:
        """The IRIs of those whose file is missing, or not as it was written."""
        return tuple(graph for graph, path in self.files.items() if not self._is_whole(graph, path))

    def _is_whole(self, graph: str, path: Path) -> bool:
        try:
            return sha256_of(path) == self.fields[graph]["statements"]
        except OSError:
            return False


def graphs_of(held: HeldSnapshot, manifest: Manifest) -> ImportedGraphs:
    """The imported graphs of a snapshot."""
    files = {graph: held.path / import_file(fields) for graph, fields in manifest.imports.items()}
    counts = {graph: manifest.graphs[graph] for graph in manifest.imports}
    store = held.path / STORE if manifest.on_disk else None
    stored = {graph: fields["statements"] for graph, fields in manifest.imports.items()}
    return ImportedGraphs(
        manifest.imports, files, counts, manifest.import_kinds, manifest.on_disk_above, store, stored, held
    )


def carried_imports(directory: Path) -> ImportedGraphs:
    """The imported graphs of the live snapshot in DIRECTORY; none without a snapshot, and none that are damaged."""
    if not (directory / CURRENT).exists():
        return ImportedGraphs()
    try:
        held = hold_current(directory)
        imports = graphs_of(held, Manifest.read(held.path))
    except SnapshotError as error:
        return ImportedGraphs(warnings=(_lost(f"no imports were carried over. {error}"),))
    for graph in imports.changed():
        lost = f"the import of <{graph}> was not carried over, as its file is damaged."
        imports = replace(imports.without(graph), warnings=(*imports.warnings, _lost(lost)))
    return imports


def _lost(problem: str) -> str:
    return f"Warning: {problem} If there were any, import them again."
