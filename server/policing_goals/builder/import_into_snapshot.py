"""Add an import to a snapshot, or remove it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Store

from policing_goals.builder.checklist import RUN_ELSEWHERE
from policing_goals.builder.import_checks import import_checks
from policing_goals.builder.imported_graphs import Import, digest, imports_in, load_nquads
from policing_goals.builder.metadata import graph_counts
from policing_goals.builder.snapshots import sorted_nquads, write_snapshot
from policing_goals.builder.sources import in_graph
from policing_goals.errors import SourceError
from policing_goals.model.snapshot_format import CURRENT, DATA, DATASET, REPORT, Manifest, read_current
from policing_goals.model.validation_report import load_report


def add_import(directory: Path, added: Import) -> Manifest:
    """Add an import to the snapshot of DIRECTORY, instead of an earlier one of the same graph."""
    return _remake(directory, added.graph, added)


def remove_import(directory: Path, graph: str) -> Manifest:
    """Remove the import of a graph (IRI) from the snapshot of DIRECTORY; raises SourceError if there is none."""
    manifest, _ = read_current(directory)
    if graph not in manifest.imports:
        known = ", ".join(sorted(manifest.imports)) or "none"
        raise SourceError(graph, "nothing was imported into this graph.", f"Imported graphs: {known}.")
    return _remake(directory, graph, None)


def _remake(directory: Path, graph: str, added: Import | None) -> Manifest:
    manifest, files = read_current(directory)
    store = load_nquads(files[DATASET])
    store.remove_graph(NamedNode(graph))
    imports = {name: fields for name, fields in manifest.imports.items() if name != graph}
    if added is not None:
        store.extend(added.quads())
        imports[graph] = {"source": added.source, "sha256": added.sha256, "statements": digest(added.triples)}
    ours = _merge_graphs(store, imports)
    report = load_report(files[REPORT].decode()).reset_checks("import", RUN_ELSEWHERE["import"])
    report = report.with_results("import", import_checks(ours, imports_in(store, imports)))
    texts = {name: content.decode() for name, content in files.items()}
    texts |= {DATASET: sorted_nquads(store), REPORT: report.dumps()}
    changed = replace(
        manifest,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        graphs=graph_counts(store),
        triples=sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph())),
        imports=imports,
    )
    data = directory / CURRENT / DATA
    write_snapshot(directory, texts, changed, {name: (data / name).read_bytes() for name in manifest.data})
    return changed


def _merge_graphs(store: Store, imports: dict[str, dict[str, str]]) -> Store:
    # Makes the default graph anew: every named graph, each triple once. Returns our part of it in a store of its own.
    store.clear_graph(DefaultGraph())
    named = list(store)
    store.extend(in_graph(quad.triple, DefaultGraph()) for quad in named)
    own = (quad for quad in named if str(getattr(quad.graph_name, "value", "")) not in imports)
    ours = Store()
    ours.extend(in_graph(quad.triple, DefaultGraph()) for quad in own)
    return ours
