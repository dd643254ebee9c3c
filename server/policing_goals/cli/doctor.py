"""The command doctor: whether this machine and this installation have what a server needs."""

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from policing_goals.builder.snapshots import is_current
from policing_goals.cli.common import SNAPSHOT
from policing_goals.errors import HostError, SnapshotError
from policing_goals.host_limits import check_host, check_memory, free_memory, possible_connections
from policing_goals.model.snapshot_format import CURRENT, Manifest
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.npm_assets import FILES, is_bundled
from policing_goals.settings import Settings, sources_directory

OLDEST_PYTHON = (3, 11)
# A build, and two snapshots.
DISK_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """What was found of one subject.

    fix: what to do, empty if it is right; needed: whether a server cannot do without.
    """

    subject: str
    found: str
    fix: str = ""
    needed: bool = False

    def line(self) -> str:
        """The finding as a line of text."""
        mark = "ok" if not self.fix else "FAIL" if self.needed else "note"
        return f"{mark:<5} {self.subject:<12} {self.found}{' ' if self.fix else ''}{self.fix}"


@click.command()
@SNAPSHOT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address that the server will listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
def doctor(snapshot: Path, host: str, port: int) -> None:
    """Look at this machine and installation: what is right, what is not, and what to do.

    Exits with 1 if a server cannot run.
    """
    findings = list(_findings(snapshot, host, port))
    for finding in findings:
        click.echo(finding.line())
    if any(finding.fix and finding.needed for finding in findings):
        raise click.exceptions.Exit(1)


def _findings(snapshot: Path, host: str, port: int) -> Iterator[Finding]:
    yield _python()
    yield _memory(snapshot)
    yield from _descriptors(snapshot)
    yield _disk(snapshot)
    yield _snapshot(snapshot)
    yield _imports(snapshot)
    yield _port(host, port)
    yield _javascript()


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", f"{found}")
    return Finding("Python", f"{found} is too old.", "Install 3.11 or newer.", needed=True)


def _memory(snapshot: Path) -> Finding:
    free = free_memory()
    if free is None:
        return Finding("memory", "unknown on this system.", "Reckon with 250 MB, and 256 MB for each running query.")
    said = f"{free / 1e9:.1f} GB free"
    return next(
        (Finding("memory", said + ".", line) for line in _on_manifest(snapshot, check_memory)), Finding("memory", said)
    )


def _descriptors(snapshot: Path) -> Iterator[Finding]:
    settings = Settings(snapshot)
    try:
        notes = check_host(settings)
    except HostError as error:
        yield Finding("descriptors", "too few, or no place for large results.", str(error), needed=True)
        return
    found = f"enough for {possible_connections(settings)} connections"
    yield Finding("descriptors", found + ("." if notes else ""), " ".join(notes))


def _disk(snapshot: Path) -> Finding:
    place = next(each for each in (snapshot, *snapshot.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free >= DISK_BYTES:
        return Finding("disk", f"{free / 1e9:.1f} GB free for snapshots")
    return Finding("disk", f"{free / 1e6:.0f} MB free.", "Free some space, or name another directory with --snapshot.")


def _snapshot(snapshot: Path) -> Finding:
    if not (snapshot / CURRENT).exists():
        return Finding("snapshot", f"none in {snapshot}.", "`policing-goals serve` builds it, in about ten seconds.")
    try:
        with closing(hold_current(snapshot)) as held:
            manifest = Manifest.read(held.path)
    except SnapshotError as error:
        return Finding("snapshot", "unreadable.", str(error))
    found = f"{manifest.triples:,} statements, version {manifest.version}, SHA-256 {manifest.sha256()[:16]}…"
    if is_current(sources_directory(), snapshot):
        return Finding("snapshot", found)
    return Finding("snapshot", f"{found}, out of date or damaged.", "Run `policing-goals build`.")


def _imports(snapshot: Path) -> Finding:
    found = _on_manifest(snapshot, lambda manifest: [_imports_of(manifest)])
    return Finding("imports", found[0] if found else "none")


def _imports_of(manifest: Manifest) -> str:
    counts = [f"<{graph}> {manifest.graphs[graph]:,} statements" for graph in sorted(manifest.imports)]
    return (", ".join(counts) or "none") + (", on disk" if manifest.on_disk else "")


def _port(host: str, port: int) -> Finding:
    try:
        with socket.create_server((host, port)):
            return Finding("port", f"{port} is free on {host}")
    except OSError as error:
        fix = "Stop what uses it, or choose another with --port."
        return Finding("port", f"{port} cannot be used on {host}: {os.strerror(error.errno or 0)}.", fix)


def _javascript() -> Finding:
    missing = [name for name in FILES if not is_bundled(name)]
    if not missing:
        return Finding("JavaScript", "the query editor and its files are there")
    npm = (
        "Run `policing-goals bundle`." if shutil.which("npm") else "Install Node.js, then run `policing-goals bundle`."
    )
    return Finding("JavaScript", f"missing: {', '.join(missing)}. Pages work, with a plain query form.", npm)


def _on_manifest(snapshot: Path, look: Callable[[Manifest], list[str]]) -> list[str]:
    """What is found in the manifest of the live snapshot; nothing if there is none that can be read."""
    try:
        with closing(hold_current(snapshot)) as held:
            return look(Manifest.read(held.path))
    except SnapshotError:
        return []
