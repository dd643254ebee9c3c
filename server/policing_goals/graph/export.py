"""The files of a snapshot put into a directory: changes when an export is laid out otherwise."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from policing_goals.errors import ExportError
from policing_goals.model.snapshot_format import CURRENT, DATA, Manifest, read_current

CHECKSUMS = "SHA256SUMS"


def export(
    snapshot: Path, directory: Path, index: Callable[[Manifest], str], anyway: bool, progress: Callable[[int], None]
) -> Manifest:
    """Copy the files of the snapshot in service to DIRECTORY, with an index page and their checksums.

    index: makes the page; anyway: whether DIRECTORY may have files of other names; progress: told the bytes written.
    A file gets its name when all are whole. Raises SnapshotError without a snapshot, ExportError if
    DIRECTORY has other files or the disk refuses; then none of the names has been written.
    """
    manifest, _ = read_current(snapshot)
    source = (snapshot / CURRENT).resolve() / DATA
    names = {*manifest.data, CHECKSUMS, "index.html"}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        strange = sorted(path.name for path in directory.iterdir() if path.name not in names)
        if strange and not anyway:
            what = f"{directory} has other files, such as {strange[0]}."
            raise ExportError(f"{what} Name an empty directory, or say --force to write beside them.")
        _write(source, directory, manifest, index(manifest), progress)
    except OSError as error:
        what = f"The export to {directory} failed: {error.strerror}. Nothing was written under its name."
        raise ExportError(f"{what} Free some space or name another directory.") from error
    return manifest


def _write(source: Path, directory: Path, manifest: Manifest, index: str, progress: Callable[[int], None]) -> None:
    aside = Path(tempfile.mkdtemp(prefix=".aside-", dir=directory))
    try:
        for name, fields in sorted(manifest.data.items()):
            shutil.copyfile(source / name, aside / name)
            progress(int(fields["bytes"]))
        lines = (f"{fields['sha256']}  {name}\n" for name, fields in sorted(manifest.data.items()))
        (aside / CHECKSUMS).write_text("".join(lines), "utf-8")
        (aside / "index.html").write_text(index, "utf-8")
        for path in sorted(aside.iterdir()):
            path.replace(directory / path.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
