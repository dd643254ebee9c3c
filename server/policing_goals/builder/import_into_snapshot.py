"""Add an import to a snapshot, or remove it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pyoxigraph import NamedNode

from policing_goals.builder.checklist import RUN_ELSEWHERE
from policing_goals.builder.import_checks import import_checks
from policing_goals.builder.imported_graphs import CarriedImports, Import, digest, load_nquads
from policing_goals.builder.metadata import graph_counts, merged_count
from policing_goals.builder.snapshots import sorted_nquads, write_snapshot
from policing_goals.errors import SourceError
from policing_goals.model.snapshot_format import CURRENT, DATA, DATASET, IMPORTS, REPORT, Manifest, read_current
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
    ours, imported = load_nquads(files[DATASET]), load_nquads(files[IMPORTS])
    imported.remove_graph(NamedNode(graph))
    imports = {name: fields for name, fields in manifest.imports.items() if name != graph}
    if added is not None:
        imported.extend(added.quads())
        imports[graph] = {"source": added.source, "sha256": added.sha256, "statements": digest(added.triples)}
    report = load_report(files[REPORT].decode()).reset_checks("import", RUN_ELSEWHERE["import"])
    report = report.with_results("import", import_checks(ours, CarriedImports(imports, list(imported))))
    texts = {name: content.decode() for name, content in files.items()}
    texts |= {IMPORTS: sorted_nquads(imported), REPORT: report.dumps()}
    changed = replace(
        manifest,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        graphs={**graph_counts(ours), **graph_counts(imported)},
        merged=merged_count(ours, imported),
        imports=imports,
    )
    data = directory / CURRENT / DATA
    write_snapshot(directory, texts, changed, {name: (data / name).read_bytes() for name in manifest.data})
    return changed
