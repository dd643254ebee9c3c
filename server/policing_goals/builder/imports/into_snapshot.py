"""Add an import to a snapshot, or remove it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pyoxigraph import RdfFormat, Store, parse

from policing_goals.builder.checklist import RUN_ELSEWHERE
from policing_goals.builder.child_process import Told
from policing_goals.builder.imports.checks import import_checks
from policing_goals.builder.imports.imported_graphs import ImportedGraphs, graphs_of
from policing_goals.builder.imports.reading import Import
from policing_goals.builder.metadata import graph_counts, ordered_properties, value_kinds
from policing_goals.builder.snapshots import Contents, write_snapshot
from policing_goals.errors import SourceError
from policing_goals.model.snapshot_format import CURRENT, DATA, DATASET, REPORT, Manifest, read_files
from policing_goals.model.snapshot_locks import OnBusy, SoleWriter, hold_current, sole_writer, wait_silently
from policing_goals.model.validation_report import load_report


def add_import(
    directory: Path,
    added: Import,
    on_busy: OnBusy = wait_silently,
    told: Told = lambda *_: None,
    on_disk_above: int | None = None,
) -> Manifest:
    """Add an import to the snapshot of DIRECTORY, instead of an earlier one of the same graph.

    on_busy: see sole_writer; told: of a store on disk, called with the bytes loaded since the last call, and with
    those of all; on_disk_above: with more imported statements than this the snapshot has one, None for what holds now.
    """
    with sole_writer(directory, on_busy) as writer:
        manifest, files, imports = _read(directory)
        above = imports.on_disk_above if on_disk_above is None else on_disk_above
        return _write(writer, manifest, files, replace(imports, on_disk_above=above).with_import(added), told)


def remove_import(
    directory: Path, graph: str, on_busy: OnBusy = wait_silently, told: Told = lambda *_: None
) -> Manifest:
    """Remove the import of a graph (IRI) from the snapshot of DIRECTORY; raises SourceError if there is none.

    on_busy and told: see add_import.
    """
    with sole_writer(directory, on_busy) as writer:
        manifest, files, imports = _read(directory)
        if graph not in imports.fields:
            known = ", ".join(sorted(imports.fields)) or "none"
            raise SourceError(graph, "nothing was imported into this graph.", f"Imported graphs: {known}.")
        return _write(writer, manifest, files, imports.without(graph), told)


def _read(directory: Path) -> tuple[Manifest, dict[str, bytes], ImportedGraphs]:
    # Nobody else writes meanwhile, so the snapshot stays.
    held = hold_current(directory)
    manifest, files = read_files(held.path)
    return manifest, {name: files[name] for name in manifest.files}, graphs_of(held, manifest)


def _write(
    writer: SoleWriter, manifest: Manifest, files: dict[str, bytes], imports: ImportedGraphs, told: Told
) -> Manifest:
    ours = Store()
    ours.extend(parse(files[DATASET], format=RdfFormat.N_QUADS))
    report = load_report(files[REPORT].decode()).reset_checks("import", RUN_ELSEWHERE["import"])
    report = report.with_results("import", import_checks(ours, imports))
    texts = {name: content.decode() for name, content in files.items()} | {REPORT: report.dumps()}
    changed = replace(
        manifest,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        graphs={**graph_counts(ours), **imports.counts},
        merged=imports.merged_count(ours),
        imports=imports.fields,
        ordered_with_imports=ordered_properties([value_kinds(ours), *imports.kinds.values()]),
        import_kinds=imports.kinds,
        on_disk=imports.on_disk,
        on_disk_above=imports.on_disk_above,
    )
    data = writer.directory / CURRENT / DATA
    dumps = {name: (data / name).read_bytes() for name in manifest.data}
    write_snapshot(writer, Contents(texts, dumps, imports, told), changed)
    return changed
