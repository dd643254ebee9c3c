"""Write snapshots atomically, and detect stale ones.

Imports neither rdflib nor pySHACL, so that a serving process can check for staleness cheaply.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, serialize

from policing_goals.builder.child_process import Told
from policing_goals.builder.imports.imported_graphs import ImportedGraphs
from policing_goals.builder.imports.store_on_disk import link_or_copy, write_store
from policing_goals.builder.sources import source_hashes
from policing_goals.errors import SnapshotError
from policing_goals.model.snapshot_format import (
    CURRENT,
    DATA,
    DATASET,
    IMPORTS,
    MANIFEST,
    STORE,
    WORKSPACE,
    Manifest,
    import_file,
)
from policing_goals.model.snapshot_locks import SoleWriter, snapshot_names, unused

# The code that a build imports: what it writes may change with any of these modules.
BUILD_CODE = ("errors.py", "languages.py", "process_limits.py", "vocabulary.py", "model", "rdf", "search", "builder")
PACKAGE = Path(__file__).resolve().parents[1]
ASIDE = ".aside-"


def manifest_sources(root: Path, package: Path = PACKAGE) -> dict[str, str]:
    """SHA-256 by name of everything that a snapshot is made from: the source files of ROOT and the build's modules.

    package: the directory of the package whose code builds.
    """
    found = (package / part for part in BUILD_CODE)
    modules = sorted(path for part in found for path in (part.rglob("*.py") if part.is_dir() else (part,)))
    hashes = {
        f"server/policing_goals/{path.relative_to(package).as_posix()}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in modules
    }
    return {**source_hashes(root), **hashes}


def is_current(root: Path, directory: Path, package: Path = PACKAGE) -> bool:
    """Whether DIRECTORY holds a whole snapshot made from exactly the sources under ROOT, by the code of a package."""
    try:
        manifest = Manifest.load(directory / CURRENT)
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return manifest.sources == manifest_sources(root, package) and _is_whole(directory / CURRENT, manifest)


@dataclass(frozen=True)
class Contents:
    """What a snapshot is written from.

    files: text by name; dumps: the content of the files in data/ by name; imports: the imported graphs; told: of a
    store on disk, called with the bytes loaded since the last call, and with those of all.
    """

    files: dict[str, str]
    dumps: dict[str, bytes]
    imports: ImportedGraphs
    told: Told = lambda *_: None


def sorted_nquads(quads: Iterable[Quad]) -> str:
    """Quads as N-Quads, the same text for the same statements."""
    lines = (serialize(quads, format=RdfFormat.N_QUADS) or b"").decode().splitlines(keepends=True)
    return "".join(sorted(lines))


def write_snapshot(writer: SoleWriter, contents: Contents, manifest: Manifest) -> str:
    """Put a new snapshot into service, all or nothing, and return its SHA-256 (that of its manifest).

    All is written aside and flushed to disk; then one rename of a symbolic link makes it current. The snapshot before
    it stays, and every other that a process holds. Raises SnapshotError if the disk refuses.
    """
    name, directory = manifest.sha256(), writer.directory
    try:
        _remove_leftovers(directory)
        before = _current_name(directory)
        if not _is_whole(directory / name, manifest):
            # Remove a damaged snapshot of the same name.
            shutil.rmtree(directory / name, ignore_errors=True)
            _write_aside(directory, name, contents, manifest)
        _switch_current(directory, name)
        _prune(directory, {name, before})
    except OSError as error:
        problem = f"The snapshot could not be written to {directory}: {error.strerror or error}."
        raise SnapshotError(f"{problem} Free some space or name another directory with --snapshot.") from error
    return name


def _is_whole(snapshot: Path, manifest: Manifest) -> bool:
    dumps = {f"{DATA}/{name}": fields["sha256"] for name, fields in manifest.data.items()}
    files = {**manifest.files, MANIFEST: manifest.sha256(), **dumps}
    try:
        if any(hashlib.sha256((snapshot / name).read_bytes()).hexdigest() != files[name] for name in files):
            return False
    except OSError:
        return False
    # These may be large, and are linked from one snapshot to the next: that they are there is enough.
    large = [import_file(fields) for fields in manifest.imports.values()] + [STORE] * manifest.on_disk
    return all((snapshot / name).exists() for name in large)


def _current_name(directory: Path) -> str:
    link = directory / CURRENT
    return link.readlink().name if link.is_symlink() else ""


def _write_aside(directory: Path, name: str, contents: Contents, manifest: Manifest) -> None:
    files = {file: text.encode() for file, text in {**contents.files, MANIFEST: manifest.dumps()}.items()}
    files |= {f"{DATA}/{file}": content for file, content in contents.dumps.items()}
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=directory))
    try:
        for folder in (DATA, IMPORTS):
            (aside / folder).mkdir()
        for file, content in files.items():
            (aside / file).write_bytes(content)
        for graph, path in contents.imports.files.items():
            # Two graphs with the same statements share a file.
            if not (aside / import_file(manifest.imports[graph])).exists():
                link_or_copy(path, aside / import_file(manifest.imports[graph]))
        if manifest.on_disk:
            write_store(aside / STORE, files[DATASET], contents.imports, contents.told)
        for path in aside.rglob("*"):
            _fsync(path)
        aside.chmod(0o755)
        _fsync(aside)
        aside.rename(directory / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _switch_current(directory: Path, name: str) -> None:
    link = directory / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(directory / CURRENT)
    _fsync(directory)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class StoredSnapshot:
    """A snapshot in a directory: its SHA-256, when it was written (seconds since 1970), its bytes, whether it is the
    live one, and whether a process reads it."""

    sha256: str
    written: float
    size: int
    is_live: bool
    is_read: bool


def list_snapshots(directory: Path) -> list[StoredSnapshot]:
    """The snapshots in a directory, the newest first."""
    live = _current_name(directory)
    found = []
    for name in snapshot_names(directory):
        path = directory / name
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        with unused(path) as is_unused:
            found.append(StoredSnapshot(name, path.stat().st_mtime, size, name == live, not is_unused))
    return sorted(found, key=lambda each: -each.written)


def prune_snapshots(writer: SoleWriter, keep: int) -> list[str]:
    """Remove all snapshots but the live one, the newest `keep` others, and those that a process reads; their names."""
    found = list_snapshots(writer.directory)
    others = [each.sha256 for each in found if not each.is_live]
    wanted = {each.sha256 for each in found if each.is_live} | set(others[:keep])
    return _prune(writer.directory, wanted)


def _prune(directory: Path, wanted: set[str]) -> list[str]:
    removed = []
    for name in snapshot_names(directory):
        if name not in wanted and _remove_unused(directory / name):
            removed.append(name)
    return removed


def _remove_unused(path: Path) -> bool:
    with unused(path) as is_unused:
        if is_unused:
            shutil.rmtree(path)
        return is_unused


def _remove_leftovers(directory: Path) -> None:
    # Of a process that was killed: no other writes here now.
    for path in directory.iterdir():
        if path.name.startswith(ASIDE):
            shutil.rmtree(path)
        elif path.name.startswith(WORKSPACE):
            _remove_unused(path)
        elif path.name.startswith(f".{CURRENT}-"):
            path.unlink()
