"""The command snapshots: what is in the directory of the snapshots, and what may go."""

from datetime import UTC, datetime
from pathlib import Path

import click

from policing_goals.builder.snapshots import list_snapshots, prune_snapshots
from policing_goals.cli.common import NO_WAIT, SNAPSHOT, refuse_busy, say_busy
from policing_goals.model.snapshot_locks import sole_writer


@click.command()
@SNAPSHOT
@click.option("--prune", is_flag=True, help="Remove those that are neither live nor read by a process.")
@click.option(
    "--keep",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="With --prune, leave the newest so many others.",
)
@NO_WAIT
def snapshots(snapshot: Path, prune: bool, keep: int, no_wait: bool) -> None:
    """List the snapshots, the newest first, with their date and size.

    `policing-goals serve --pin SHA256` serves one of them; the beginning of its name is enough.
    """
    if prune:
        with sole_writer(snapshot, refuse_busy if no_wait else say_busy) as writer:
            for name in prune_snapshots(writer, keep):
                click.echo(f"Removed {name}", err=True)
    for each in list_snapshots(snapshot):
        written = datetime.fromtimestamp(each.written, UTC).strftime("%Y-%m-%d %H:%M")
        marks = [word for word, holds in (("live", each.is_live), ("being read", each.is_read)) if holds]
        click.echo(f"{each.sha256}  {written}  {each.size / 1e6:6.1f} MB  {', '.join(marks)}".rstrip())
