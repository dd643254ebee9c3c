"""Export and release directories: the files of a snapshot, with checksums, an index page and what changed."""

import csv
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path

from pyoxigraph import Literal, Quad, RdfFormat, parse

from policing_goals.builder.dumps import STEM
from policing_goals.errors import ExportError
from policing_goals.model.snapshot_format import DATA, DATASET, Manifest, read_files
from policing_goals.model.snapshot_locks import HeldSnapshot, hold_current
from policing_goals.vocabulary import GPG

CHECKSUMS = "SHA256SUMS"
ASSERTED = f"{STEM}-asserted.nq"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
MODIFIED = "http://purl.org/dc/terms/modified"
ONTOLOGY = f"{GPG}ontology"


def release(
    snapshot: Path, directory: Path, root: Path, index: Callable[[Manifest], str], progress: Callable[[int], None]
) -> tuple[Path, str]:
    """Make DIRECTORY/VERSION-DATE from the live snapshot; returns its path and what changed, in one line.

    The date is that of the ontology, so that a release can be made again. The release before is the
    last directory of that kind in DIRECTORY. root: where the changelog is. Raises ExportError if the
    release exists already, or cannot be written.
    """
    with closing(hold_current(snapshot)) as held:
        manifest, files = read_files(held.path)
        before = _last(directory)
        target = directory / f"{manifest.version}-{_date(files[DATASET])}"
        if target.exists():
            raise ExportError(f"{target} exists already. Raise owl:versionInfo and dcterms:modified for a new release.")
        aside = directory / f".aside-{target.name}"
        shutil.rmtree(aside, ignore_errors=True)
        try:
            _export_held(held, aside / "data", index, False, progress)
            summary = _write_changes(aside, before)
            shutil.copyfile(root / "CHANGELOG.md", aside / "CHANGELOG.md")
            aside.rename(target)
        except OSError as error:
            raise ExportError(f"The release to {target} failed: {error.strerror}. No release was made.") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return target, summary


def _last(directory: Path) -> Path | None:
    # By version and date; a directory without the asserted graph is not a release.
    found = [path for path in directory.glob("*-????-??-??") if (path / "data" / ASSERTED).is_file()]
    return max(found, key=lambda path: (_numbers(path.name), path.name), default=None)


def _numbers(name: str) -> tuple[int, ...]:
    version = name.partition("-")[0]
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _date(nquads: bytes) -> str:
    wanted = f"<{ONTOLOGY}> <{MODIFIED}> ".encode()
    line = next(line for line in nquads.splitlines() if line.startswith(wanted))
    return line.split(b'"')[1].decode()


def _write_changes(target: Path, before: Path | None) -> str:
    new = _read(target / "data" / ASSERTED)
    old = _read(before / "data" / ASSERTED) if before else set()
    added, removed = sorted(map(str, new - old)), sorted(map(str, old - new))
    labels = _changed_labels(old, new) if before else []
    changes = target / "changes"
    changes.mkdir()
    for name, lines in (("added.nq", added), ("removed.nq", removed)):
        (changes / name).write_text("".join(f"{line} .\n" for line in lines), "utf-8")
    text = StringIO()
    csv.writer(text).writerows([("subject", "language", "before", "after"), *labels])
    (changes / "labels.csv").write_text(text.getvalue(), "utf-8", newline="")
    since = f"since {before.name}" if before else "in the first release"
    return f"{len(added)} statements added, {len(removed)} removed, {len(labels)} labels changed {since}"


def _read(path: Path) -> set[Quad]:
    return set(parse(path=path, format=RdfFormat.N_QUADS))


def _changed_labels(old: set[Quad], new: set[Quad]) -> list[tuple[str, str, str, str]]:
    before, after = _labels(old), _labels(new)
    both = sorted(before.keys() & after.keys())
    return [(*key, before[key], after[key]) for key in both if before[key] != after[key]]


def _labels(quads: set[Quad]) -> dict[tuple[str, str], str]:
    found = (quad for quad in quads if quad.predicate.value == LABEL and isinstance(quad.object, Literal))
    return {
        (str(quad.subject), quad.object.language or ""): quad.object.value
        for quad in found
        if isinstance(quad.object, Literal)
    }


def export(
    snapshot: Path, directory: Path, index: Callable[[Manifest], str], force: bool, progress: Callable[[int], None]
) -> Manifest:
    """Copy the files of the live snapshot to DIRECTORY, with an index page and their checksums.

    index: makes the page; force: whether DIRECTORY may have files of other names; progress: called with the number of
    bytes written. The files are written aside and renamed once all are complete. Raises SnapshotError without a
    snapshot, ExportError if DIRECTORY has other files or the disk fails; then no file was renamed.
    """
    with closing(hold_current(snapshot)) as held:
        return _export_held(held, directory, index, force, progress)


def _export_held(
    held: HeldSnapshot, directory: Path, index: Callable[[Manifest], str], force: bool, progress: Callable[[int], None]
) -> Manifest:
    manifest, _ = read_files(held.path)
    names = {*manifest.data, CHECKSUMS, "index.html"}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        strange = sorted(path.name for path in directory.iterdir() if path.name not in names)
        if strange and not force:
            problem = f"{directory} has other files, such as {strange[0]}."
            raise ExportError(f"{problem} Name an empty directory, or use --force to write beside them.")
        _write_files(held.path / DATA, directory, manifest, index(manifest), progress)
    except OSError as error:
        problem = f"The export to {directory} failed: {error.strerror}. No file was written."
        raise ExportError(f"{problem} Free some space or name another directory.") from error
    return manifest


def _write_files(
    source: Path, directory: Path, manifest: Manifest, index: str, progress: Callable[[int], None]
) -> None:
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
