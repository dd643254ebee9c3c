"""What several commands share: the snapshot option, errors without a traceback, text tables."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import click
from pyoxigraph import Literal, NamedNode, QuerySolutions

from policing_goals.builder.snapshots import is_current
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import PolicingGoalsError, SnapshotError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.snapshot_format import CURRENT
from policing_goals.near_matches import did_you_mean
from policing_goals.settings import snapshot_directory, sources_directory

# Measured on two cores; see docs/benchmarks.md.
BUILD_SECONDS = 10
# 128 and the number of SIGINT, as shells have it.
INTERRUPTED = 130
SNAPSHOT = click.option(
    "--snapshot",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="POLICING_GOALS_SNAPSHOT",
    default=snapshot_directory,
    show_default="./.snapshot in a checkout, else the user's cache",
    help="The directory of the snapshot.",
)


NO_WAIT = click.option("--no-wait", is_flag=True, help="Refuse if another process changes the snapshot.")


def say_busy(directory: Path) -> None:
    """Say on standard error that this process waits for another that changes the snapshots of a directory."""
    click.echo(f"Another process is changing {directory}; waiting for it …", err=True)


def refuse_busy(directory: Path) -> None:
    """Raise SnapshotError, as another process changes the snapshots of a directory."""
    raise SnapshotError(f"Another process is changing {directory}. Try again later, or without --no-wait to wait.")


def web_address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check a URL given as an option or argument; raises click.BadParameter if it is not one."""
    if value and not _is_web_address(value):
        raise click.BadParameter(f"{value!r} is not a valid URL. Write one such as https://example.org/goals/.")
    return value


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        # A port that is no number, or too large, raises ValueError when it is asked for.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def contact_address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Check a mail address or URL given as an option; raises click.BadParameter if it is neither."""
    if not value or re.fullmatch(r"[^\s@<>:/]+@[\w.-]+", value):
        return value
    if "://" in value:
        return web_address(context, parameter, value)
    problem = f"{value!r} is neither a mail address nor a URL."
    raise click.BadParameter(f"{problem} Write one such as data@example.org or https://example.org/issues.")


def snapshot_pin(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check the beginning of a SHA-256 given as an option; raises click.BadParameter if it is not one."""
    if value and not re.fullmatch(r"[0-9a-fA-F]{8,64}", value):
        raise click.BadParameter(f"{value!r} is not the beginning of a SHA-256: give at least 8 hexadecimal digits.")
    return value


class Commands(click.Group):
    """A group whose commands report our errors in their own words, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit with 1 and the error's message if it fails, and with 130 if it is interrupted."""
        try:
            return super().invoke(ctx)
        except PolicingGoalsError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Interrupted; nothing was changed.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of a name; for an unknown one, name those most like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = did_you_mean(args[0], self.list_commands(ctx), f"There are: {', '.join(self.list_commands(ctx))}.")
            raise click.UsageError(f"{error.message} {near}", ctx) from error


def ensure_snapshot(snapshot: Path) -> None:
    """Build the snapshot if it is missing or out of date; if that fails, report why and use the last valid one.

    Shows on standard error that it builds, and how it proceeds. Raises SnapshotError if there is no valid one.
    """
    if is_current(sources_directory(), snapshot):
        return
    why = "The snapshot is out of date: building" if (snapshot / CURRENT).exists() else "Building"
    click.echo(f"{why} the graph (about {BUILD_SECONDS} s) …", err=True)
    # A process of its own gives the memory of the build back.
    command = [sys.executable, "-m", "policing_goals", "build", "--snapshot", str(snapshot)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0:  # noqa: S603
        return
    try:
        open_snapshot(snapshot)
    except SnapshotError as error:
        raise SnapshotError("The build failed and there is no earlier snapshot.") from error
    click.echo("The build failed: the last valid snapshot is used.", err=True)


def text_table(result: object, prefixes: Prefixes) -> str:
    """A result as aligned columns under the names of the variables; IRIs as CURIEs, ASK as true or false.

    Texts have their language where those of a column differ in it.
    """
    if not isinstance(result, QuerySolutions):
        return str(bool(result)).lower()
    names = [variable.value for variable in result.variables]
    found = [[row[name] for name in names] for row in result]
    tagged = [_has_languages(column) for column in zip(*found, strict=True)]
    rows = [[_cell(term, prefixes, tag) for term, tag in zip(row, tagged, strict=True)] for row in found]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _has_languages(column: Iterable[object]) -> bool:
    """Whether the texts of a column differ in language, so that each must show its own."""
    return len({term.language for term in column if isinstance(term, Literal)}) > 1


def _cell(term: object, prefixes: Prefixes, tagged: bool) -> str:
    if isinstance(term, NamedNode):
        return prefixes.shorten(term.value)
    if isinstance(term, Literal):
        return f"{term.value}@{term.language}" if term.language and tagged else term.value
    return "" if term is None else str(term)
