"""Show how a build or an export proceeds, on standard error: a bar on a terminal, else lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from policing_goals.builder.progress import STEPS, Progress

LINE_SECONDS = 2.0


class _Bar(Progress):
    def __init__(self, advance: Callable[[int, str], None]) -> None:
        self._advance = advance

    def step(self, name: str) -> None:
        self._advance(1, name)

    def fault(self, text: str) -> None:
        click.echo(f"\n{text}", err=True)


class _Lines(Progress):
    def step(self, name: str) -> None:
        click.echo(f"{name} …", err=True)

    def fault(self, text: str) -> None:
        click.echo(text, err=True)


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A progress that shows each step as it begins, and each fault at once."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    length = len(STEPS)
    with click.progressbar(length=length, file=sys.stderr, show_eta=False, item_show_func=_shown) as bar:
        yield _Bar(bar.update)


@contextmanager
def shown_count(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function to call with the number of things done and of all: it moves a bar, else prints a line now and then."""
    if sys.stderr.isatty():
        with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

            def move(done: int, length: int) -> None:
                bar.length = length
                bar.update(done - bar.pos)

            yield move
        return
    last = float("-inf")

    def tell(done: int, length: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            click.echo(f"{label}: {done} of about {length}", err=True)

    yield tell


def _shown(step: str | None) -> str:
    return step or ""
