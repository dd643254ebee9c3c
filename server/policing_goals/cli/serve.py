"""The commands that serve the snapshot, and what serving needs: serve, mcp, bundle, htaccess."""

from pathlib import Path

import click

from policing_goals.cli.common import SNAPSHOT, ensure_snapshot, web_address
from policing_goals.engine.dataset import open_snapshot
from policing_goals.settings import Settings


@click.command()
@SNAPSHOT
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--allow-service", multiple=True, metavar="IRI", help="An endpoint that SERVICE may ask; repeatable.")
@click.option("--workers", type=click.IntRange(1), help="Processes that run queries.  [default: two a core]")
@click.option("--timeout", default=30.0, show_default=True, type=click.FloatRange(0.1), help="Seconds for one query.")
@click.option("--query-memory", default=256, show_default=True, type=click.IntRange(16), help="MiB for one query.")
@click.option("--max-result", default=256, show_default=True, type=click.IntRange(1), help="MiB for one answer.")
@click.option("--cache", default=64, show_default=True, type=click.IntRange(0), help="MiB of answers to keep.")
@click.option(
    "--spool",
    type=click.Path(file_okay=False, exists=True, writable=True, path_type=Path),
    help="The directory for large answers.  [default: the system's for temporary files]",
)
@click.option(
    "--body-timeout",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.1),
    help="Seconds for the body of a request to arrive.",
)
@click.option(
    "--per-client",
    default=16,
    show_default=True,
    type=click.IntRange(0),
    help="Queries of one client at once; 0 for no limit.",
)
@click.option(
    "--base-url",
    metavar="URL",
    callback=web_address,
    help="The address of the site as clients see it, a path included.",
)
@click.option("--trust-proxy", is_flag=True, help="Believe the X-Forwarded headers of a proxy in front.")
@click.option("--log-queries", is_flag=True, help="Let the access log tell query strings.")
def serve(
    snapshot: Path, host: str, port: int, allow_service: tuple[str, ...], **choices: float | bool | str | Path | None
) -> None:
    """Serve the SPARQL endpoint; build the snapshot first if it is missing or stale.

    SIGHUP puts a snapshot into service that was built meanwhile; no request is lost.
    """
    # Imported here: only this needs the server.
    from policing_goals.granian_server import serve as serve_settings

    ensure_snapshot(snapshot)
    given = {name: value for name, value in choices.items() if value is not None}
    serve_settings(Settings(snapshot, frozenset(allow_service), **given), host, port)  # type: ignore[arg-type]  # checked by click


@click.command()
@SNAPSHOT
def mcp(snapshot: Path) -> None:
    """Offer the graph to a language model on standard input and output (Model Context Protocol).

    The tools are the saved queries, a search, and a description of one thing. Needs the extra:
    pip install 'policing-goals[mcp]'.
    """
    try:
        from policing_goals.mcp_server import serve as serve_model
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing. Run: pip install 'policing-goals[mcp]'") from error

    ensure_snapshot(snapshot)
    serve_model(open_snapshot(snapshot))


@click.command()
def bundle() -> None:
    """Get from npm what some pages use: the query editor, Oxigraph for the browser, the typeface of cards."""
    from policing_goals.web.npm_assets import bundle as get_bundle

    click.echo(f"Beside the style sheet: {', '.join(get_bundle())}")


@click.command()
@click.argument("url", callback=web_address)
def htaccess(url: str) -> None:
    """Print the redirects for w3id.org that lead to the service at URL."""
    from policing_goals.cli.w3id import htaccess as redirects

    click.echo(redirects(url), nl=False)
