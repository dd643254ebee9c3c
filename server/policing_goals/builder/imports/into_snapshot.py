"""Add an import to a snapshot, or remove it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pyoxigraph import NamedNode

from policing_goals.builder.checklist import RUN_ELSEWHERE
from policing_goals.builder.imports.checks import import_checks
from policing_goals.builder.imports.imported_graphs import CarriedImports, Import, digest, load_nquads
from policing_goals.builder.metadata import graph_counts, merged_count
from policing_goals.builder.snapshots import sorted_nquads, write_snapshot
from policing_goals.errors import SourceError
from policing_goals.model.snapshot_format import CURRENT, DATA, DATASET, IMPORTS, REPORT, Manifest
from policing_goals.model.snapshot_locks import OnBusy, SoleWriter, read_current, sole_writer, wait_silently
from policing_goals.model.validation_report import load_report


def add_import(directory: Path, added: Import, on_busy: OnBusy = wait_silently) -> Manifest:
    """Add an import to the snapshot of DIRECTORY, instead of an earlier one of the same graph.

    on_busy: see sole_writer.
    """
    with sole_writer(directory, on_busy) as writer:
        return _remake(writer, added.graph, added)


def remove_import(directory: Path, graph: str, on_busy: OnBusy = wait_silently) -> Manifest:
    """Remove the import of a graph (IRI) from the snapshot of DIRECTORY; raises SourceError if there is none.

    on_busy: see sole_writer.
    """
    with sole_writer(directory, on_busy) as writer:
        return _remake(writer, graph, None)


def _remake(writer: SoleWriter, graph: str, added: Import | None) -> Manifest:
    directory = writer.directory
    manifest, files = read_current(directory)
    if added is None and graph not in manifest.imports:
        known = ", ".join(sorted(manifest.imports)) or "none"
        raise SourceError(graph, "nothing was imported into this graph.", f"Imported graphs: {known}.")
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
    write_snapshot(writer, texts, changed, {name: (data / name).read_bytes() for name in manifest.data})
    return changed
