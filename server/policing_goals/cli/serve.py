"""The commands serve, mcp, bundle and htaccess. The options of serve are made from the fields of Settings."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import click

from policing_goals.cli.common import SNAPSHOT, contact_address, ensure_snapshot, snapshot_pin, web_address
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import BundleError
from policing_goals.model.snapshot_format import Manifest
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.settings import Settings

Command = Callable[..., None]
# By what is to be written.
CHECKS = {"URL": web_address, "ADDRESS": contact_address, "SHA256": snapshot_pin}


def settings_options(command: Command) -> Command:
    """Give a command an option for each field of Settings that has a help text, with its default."""
    for field in reversed(fields(Settings)):
        if "help" in field.metadata:
            command = _option(field)(command)
    return command


def _option(field: "Field[Any]") -> Callable[[Command], Command]:
    metadata = field.metadata
    kinds: dict[object, dict[str, Any]] = {
        bool: {"is_flag": True},
        int: {"type": click.IntRange(metadata.get("least"))},
        float: {"type": click.FloatRange(metadata.get("least"))},
        str: {"metavar": metadata.get("metavar"), "callback": CHECKS.get(metadata.get("metavar", ""))},
    }
    # A directory to write to, or a file to read.
    is_file = "file" in metadata
    path = click.Path(exists=True, file_okay=is_file, dir_okay=not is_file, writable=not is_file, path_type=Path)
    kind = kinds.get(field.type, {"type": path})
    shown = metadata.get("shown", field.type is not bool)
    name = f"--{field.name.replace('_', '-')}"
    return click.option(name, default=field.default, show_default=shown, help=metadata["help"], **kind)


@click.command(
    epilog="""\b
Examples:
  policing-goals serve --port 8080
  policing-goals serve --trust-proxy --base-url https://example.org/goals/ --contact data@example.org"""
)
@SNAPSHOT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--allow-service", multiple=True, metavar="IRI", help="An endpoint that SERVICE may query; repeatable.")
@settings_options
def serve(
    snapshot: Path,
    host: str,
    port: int,
    allow_service: tuple[str, ...],
    **settings: Any,  # noqa: ANN401  # as click gives them
) -> None:
    """Serve the SPARQL endpoint and the site; build the snapshot first if it is missing or stale.

    SIGHUP loads a snapshot that was built in the meantime; no request is lost.
    """
    # Imported here: only this command needs the server.
    from policing_goals.host_limits import check_host, check_memory
    from policing_goals.http_server import serve as serve_settings

    wanted = Settings(snapshot, frozenset(allow_service), **settings)
    for line in check_host(wanted):
        click.echo(line, err=True)
    # A pinned snapshot is served as it is, whatever has changed since.
    if not wanted.pin:
        ensure_snapshot(snapshot)
    # One that cannot be read is refused below, with the reason.
    with closing(hold_current(snapshot, wanted.pin)) as held, suppress(OSError, ValueError, TypeError, KeyError):
        for line in check_memory(Manifest.load(held.path)):
            click.echo(line, err=True)
    serve_settings(wanted, host, port, _say_ready)


def _say_ready(address: str) -> None:
    click.echo(f"Ready: {address} (Ctrl+C stops it)", err=True)


@click.command()
@SNAPSHOT
def mcp(snapshot: Path) -> None:
    """Offer the graph to a language model on standard input and output (Model Context Protocol).

    The tools are the saved queries, a search, and the description of an entity. It needs the package mcp: run
    `pip install mcp`.
    """
    try:
        from policing_goals.mcp_server import serve as serve_model
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing. Run: pip install mcp") from error

    ensure_snapshot(snapshot)
    serve_model(open_snapshot(snapshot))


@click.command()
def bundle() -> None:
    """Download from npm the JavaScript that some pages use and a typeface, and render preview images with it.

    Rendering needs Pillow: run `pip install pillow`.
    """
    from policing_goals.npm_assets import bundle as download
    from policing_goals.web.pages.social_cards import render_cards

    click.echo(f"Downloaded: {', '.join(download())}")
    try:
        click.echo(f"Rendered: {', '.join(path.name for path in render_cards())}")
    except BundleError as error:
        click.echo(f"No preview images: {error}", err=True)


@click.command()
@click.argument("url", callback=web_address)
def htaccess(url: str) -> None:
    """Print the redirects for w3id.org that lead to the service at URL."""
    from policing_goals.cli.w3id import htaccess as redirects

    click.echo(redirects(url), nl=False)
