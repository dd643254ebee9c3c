"""Snapshots that differ in nothing but their SHA-256."""

from dataclasses import replace

from policing_goals.builder.imports.imported_graphs import carried_imports
from policing_goals.builder.snapshots import Contents, write_snapshot
from policing_goals.model.snapshot_format import CURRENT, DATA
from policing_goals.model.snapshot_locks import SoleWriter, read_current


def write_another(writer: SoleWriter, word: str, with_data: bool = True) -> str:
    """Write the live snapshot of a directory again, with a word as its warning; its SHA-256.

    with_data: whether the new one has the files to download, too.
    """
    manifest, files = read_current(writer.directory)
    data = writer.directory / CURRENT / DATA
    changed = replace(manifest, warnings=[word], data=manifest.data if with_data else {})
    contents = Contents(
        {name: files[name].decode() for name in manifest.files},
        {name: (data / name).read_bytes() for name in changed.data},
        carried_imports(writer.directory),
    )
    return write_snapshot(writer, contents, changed)
