"""The files of a snapshot: the build writes them, the engine reads them.

Raise FORMAT when their form changes; every older snapshot is then out of date. A snapshot directory looks like this;
files are written once and never changed:

    current -> 3f2a…           the live snapshot, replaced atomically
    3f2a…/manifest.json        Manifest: the sources and the contents
    3f2a…/dataset.nq           sorted N-Quads: our graph, as the default graph and in named graphs
    3f2a…/imports/             sorted N-Triples: a file for each imported graph, named by its SHA-256
    3f2a…/store/               an Oxigraph store of our graph and the imported ones, if these are large
    3f2a…/queries.json         the saved queries
    3f2a…/prefixes.json        the prefix table and the terms of JSON-LD
    3f2a…/report.json          the validation report
    3f2a…/index.json           the texts and stems for search and reconciliation
    3f2a…/context.jsonld       the context of JSON-LD documents
    3f2a…/shapes.nt            the shapes
    3f2a…/documents.json       the codebooks and the changelog, as HTML
    3f2a…/data/                the files to download
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from policing_goals.errors import SnapshotError
from policing_goals.vocabulary import GRAPH_ALL

FORMAT = 13
CURRENT = "current"
MANIFEST = "manifest.json"
DATASET = "dataset.nq"
IMPORTS = "imports"
STORE = "store"
QUERIES = "queries.json"
PREFIXES = "prefixes.json"
REPORT = "report.json"
INDEX = "index.json"
CONTEXT = "context.jsonld"
SHAPES = "shapes.nt"
DOCUMENTS = "documents.json"
DATA = "data"
# What the directory of an import that is being read begins with.
WORKSPACE = ".import-"


@dataclass(frozen=True)
class Manifest:
    """The sources and the contents of a snapshot.

    version: of the ontology; sources and files: SHA-256 in hexadecimal by name; graphs: number of triples by graph IRI;
    triples: distinct triples in the default graph, which is ours alone; warnings: the findings below Violation, one
    line each; imports: source and SHA-256 of each imported document, and SHA-256 of its statements in N-Triples, by the
    IRI of its graph; data: SHA-256, media type, title, and number of triples if there is one, of each file in data/, by
    name; made_from: SHA-256 of what a file of the snapshot was made from, by its name, for those that a build may take
    over; ordered_properties: IRIs of the properties whose values Oxigraph can sort as they are (see rdf.total_order);
    ordered_with_imports: those in all graphs; import_kinds: of the values of each property of each imported graph;
    merged: distinct triples in our graph and all imports (gpg:graph-all); on_disk: whether there is a store on disk;
    on_disk_above: with more imported statements than this there is one.
    """

    format: int
    version: str
    sources: dict[str, str]
    files: dict[str, str]
    graphs: dict[str, int]
    triples: int
    warnings: list[str]
    imports: dict[str, dict[str, str]] = field(default_factory=dict)
    data: dict[str, dict[str, str]] = field(default_factory=dict)
    made_from: dict[str, str] = field(default_factory=dict)
    ordered_properties: list[str] = field(default_factory=list)
    ordered_with_imports: list[str] = field(default_factory=list)
    import_kinds: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    merged: int = 0
    on_disk: bool = False
    on_disk_above: int = 0

    def queryable_graphs(self) -> dict[str, int]:
        """The number of triples by IRI of each graph that a query may name."""
        return {**self.graphs, GRAPH_ALL: self.merged}

    def dumps(self) -> str:
        """The manifest as JSON, the same bytes for the same manifest."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def sha256(self) -> str:
        """The SHA-256 of the snapshot: that of its manifest, which contains those of all files."""
        return hashlib.sha256(self.dumps().encode()).hexdigest()

    def files_in_memory(self) -> dict[str, str]:
        """The SHA-256, by name, of each file that a server reads into memory."""
        imports = {} if self.on_disk else {import_file(each): each["statements"] for each in self.imports.values()}
        return {**self.files, **imports}

    def graphs_are_disjoint(self) -> bool:
        """Whether no triple is in two named graphs, so that their union has no duplicates."""
        return sum(self.graphs.values()) == self.merged

    @classmethod
    def read(cls, snapshot: Path) -> "Manifest":
        """The manifest of the snapshot in a directory; raises SnapshotError if it cannot be read."""
        try:
            return cls.load(snapshot)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SnapshotError(f"The snapshot in {snapshot} cannot be read: {error}. Build it again.") from error

    @classmethod
    def load(cls, directory: Path) -> "Manifest":
        """Read DIRECTORY/manifest.json; raises OSError, ValueError, TypeError or KeyError if it is not a manifest."""
        return cls.loads((directory / MANIFEST).read_bytes())

    @classmethod
    def loads(cls, content: bytes) -> "Manifest":
        """The manifest that dumps() wrote; raises ValueError, TypeError or KeyError for any other text."""
        fields = json.loads(content)
        if fields.get("format") != FORMAT:
            raise ValueError(f"a snapshot of format {fields.get('format')}, not {FORMAT}")
        return cls(**fields)


def import_file(fields: Mapping[str, str]) -> str:
    """The name in a snapshot of the file of an imported graph. fields: of the graph in the manifest."""
    return f"{IMPORTS}/{fields['statements']}.nt"


def read_files(snapshot: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the files, by name, of the snapshot in a directory; raises SnapshotError if it is damaged.

    The files of imported graphs are among them unless there is a store on disk.
    """
    manifest = Manifest.read(snapshot)
    expected = manifest.files_in_memory()
    try:
        files = {name: (snapshot / name).read_bytes() for name in expected}
        if manifest.on_disk:
            (snapshot / STORE / "CURRENT").read_bytes()
    except OSError as error:
        raise SnapshotError(f"The snapshot in {snapshot} cannot be read: {error}. Build it again.") from error
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != expected[name]:
            raise SnapshotError(f"{snapshot / name} is damaged: its SHA-256 differs from the manifest. Build it again.")
    return manifest, files
