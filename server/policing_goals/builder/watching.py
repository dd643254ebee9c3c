"""Watch the source files, and after each change validate the part of the graph that it touches."""

import gc
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from policing_goals.builder.pipeline import Draft, assemble, collector_paused, early_faults
from policing_goals.builder.revalidation import ShapeRuns, run_each_shape
from policing_goals.builder.saved_queries import check_saved_queries
from policing_goals.builder.shapes import read_shapes
from policing_goals.builder.sources import SOURCES
from policing_goals.errors import Finding, SourceError

POLL_SECONDS = 0.2
Stamps = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Glance:
    """What a look at changed sources gives.

    changed: the names of the files; faults: what stops a build, with file and line; findings: of all shapes;
    shapes_run: how many shapes ran; shapes: how many there are; seconds: how long it took.
    """

    changed: tuple[str, ...]
    faults: tuple[str, ...]
    findings: tuple[Finding, ...]
    shapes_run: int
    shapes: int
    seconds: float

    def lines(self) -> Iterator[str]:
        """The faults, the findings but for those of severity Info, and one line that says what was looked at."""
        yield from self.faults
        told = [str(finding) for finding in self.findings if finding.severity != "Info"]
        yield from told
        number = len(told) + len(self.faults)
        what = ", ".join(self.changed) or "All sources"
        count = f"{number} fault{'s' * (number != 1)}" if number else "no fault"
        part = "" if self.shapes_run == self.shapes else ", a part: `policing-goals validate` checks everything"
        yield f"{what}: {count}; {self.shapes_run} of {self.shapes} shapes ran in {self.seconds:.1f} s{part}."


class Watch:
    """The sources under a directory, with the runs of the shapes on their last graph that could be read."""

    def __init__(self, root: Path, runs: ShapeRuns | None = None) -> None:
        """runs: of the shapes on the graph of these sources as it was, if they are known."""
        self._root = root
        self._runs = runs

    def glances(self) -> Iterator[Glance]:
        """A glance at once, which runs every shape, and one after each change, which runs those that it can touch."""
        stamps: Stamps = {}
        while True:
            now = stamps_of(self._root)
            changed = {name for name, _ in now.items() ^ stamps.items()}
            if changed:
                yield self.look(tuple(sorted(changed)) if stamps else ())
                # What is saved while it looks is seen in the next round.
                stamps = now
                gc.collect()
            time.sleep(POLL_SECONDS)

    def look(self, changed: tuple[str, ...]) -> Glance:
        """Read the sources, run the shapes that can find something else than before, and the saved queries changed."""
        began = time.monotonic()
        faults: list[str] = []
        before = self._runs
        try:
            with collector_paused():
                self._run(changed, faults)
        except SourceError as error:
            faults.append(str(error))
        return self._glance(changed, faults, before, time.monotonic() - began)

    def _run(self, changed: tuple[str, ...], faults: list[str]) -> None:
        draft = assemble(self._root)
        faults += early_faults(draft)
        if self._runs is None or any(name.startswith("shapes/") for name in changed):
            shapes = read_shapes(draft.sources)
            self._runs = run_each_shape(shapes, draft.store, draft.graph, draft.sources.prefixes)
        else:
            self._runs = self._runs.after(draft.store, draft.graph, draft.sources.prefixes)
        _check_queries(draft, changed)

    def _glance(self, changed: tuple[str, ...], faults: list[str], before: ShapeRuns | None, seconds: float) -> Glance:
        runs = self._runs
        if runs is None or runs is before:
            # The sources could not be read: no shape ran.
            return Glance(changed, tuple(faults), (), 0, len(runs.runs) if runs else 0, seconds)
        return Glance(changed, tuple(faults), runs.findings, len(runs.latest), len(runs.runs), seconds)


def stamps_of(root: Path) -> Stamps:
    """The time of the last change (nanoseconds) and the size of every source file, by its name below a directory."""
    found: Stamps = {}
    for pattern in SOURCES:
        for path in root.glob(pattern):
            # An editor may replace a file at this moment.
            with suppress(FileNotFoundError):
                status = path.stat()
                if S_ISREG(status.st_mode):
                    found[path.relative_to(root).as_posix()] = (status.st_mtime_ns, status.st_size)
    return found


def _check_queries(draft: Draft, changed: tuple[str, ...]) -> None:
    queries = tuple(query for query in draft.queries if f"queries/{query.name}.rq" in changed)
    check_saved_queries(queries, draft.store, draft.sources)
