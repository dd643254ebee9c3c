"""The command line: changes when a command does. Alone brings graph and web together."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from server.engine.plain import as_table
from server.engine.store import Dataset, kind_of, open_snapshot
from server.errors import PolicingGoalsError, SnapshotError
from server.graph.snapshot import is_current
from server.rdf.formats import FORMATS, Kind, formats_of
from server.settings import Settings, snapshot_directory, sources_directory
from server.snapshot_format import FORMAT, Manifest

SNAPSHOT = click.option(
    "--snapshot",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="POLICING_GOALS_SNAPSHOT",
    default=snapshot_directory,
    show_default="./.snapshot in a checkout, else the user's cache",
    help="The directory of the snapshot.",
)


def _web_address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).netloc):
        raise click.BadParameter(f"{value!r} is no address such as https://example.org/goals/.")
    return value


class Commands(click.Group):
    """A group whose commands report refusals in one line or so, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit with 1 and the refusal's own words if it is refused."""
        try:
            return super().invoke(ctx)
        except PolicingGoalsError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"auto_envvar_prefix": "POLICING_GOALS"})
@click.version_option(package_name="policing-goals")
def main() -> None:
    """INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint."""


@main.command()
@SNAPSHOT
def build(snapshot: Path) -> None:
    """Read, entail, validate and describe the sources; write the snapshot."""
    # Imported here: rdflib and pySHACL are large, and only this needs them.
    from server.graph.build import build as build_snapshot

    built = build_snapshot(sources_directory(), snapshot)
    for line in built.manifest.warnings:
        click.echo(line, err=True)
    click.echo(f"{built.manifest.triples} statements, {len(built.manifest.warnings)} warnings")
    click.echo(f"SHA-256 {built.sha256}")


@main.command()
@SNAPSHOT
@click.option("--format", "form", type=click.Choice(["text", "html", "ttl", "json"]), default="text", show_default=True)
@click.option("--hints", is_flag=True, help="Print the findings of severity Info in the text too.")
@click.option("--summary", is_flag=True, help="Print concepts, labels and definitions by scheme and language first.")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Shapes of somebody else's, such as VocPub's, to validate against too.",
)
def validate(snapshot: Path, form: str, hints: bool, summary: bool, profile: Path | None) -> None:
    """Validate the sources with SHACL and run the checklist; exit with 1 if there is a Violation.

    The checks of other people's data look at what is imported into the snapshot.
    """
    # Imported here: rdflib, pySHACL and Flask are large, and only this needs them all.
    from server.graph.build import examine_sources, refuse_violations
    from server.graph.summary import summarize
    from server.web.selfcheck import http_checks
    from server.web.validation import write_report

    draft, report = examine_sources(sources_directory(), snapshot, profile)
    manifest = Manifest(FORMAT, report.version, {}, {}, {}, 0, [])
    report = report.tell("http", http_checks(Dataset(draft.store, manifest, (), draft.prefixes, frozenset(), report)))
    if summary:
        click.echo(as_table(summarize(draft.store), draft.prefixes))
    click.echo("\n".join(report.lines(hints)) if form == "text" else write_report(report, form, draft.prefixes))
    refuse_violations(report)


@main.command()
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
    callback=_web_address,
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
    from server.serving import serve as serve_settings

    _ensure_snapshot(snapshot)
    given = {name: value for name, value in choices.items() if value is not None}
    serve_settings(Settings(snapshot, frozenset(allow_service), **given), host, port)  # type: ignore[arg-type]  # checked by click


@main.command()
@SNAPSHOT
@click.argument("name", required=False)
@click.option("--param", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter; CURIEs and IRIs are both taken.")
@click.option(
    "--format", "form", type=click.Choice(["table", *(form.name for form in FORMATS)]), help="The format of the answer."
)
def query(snapshot: Path, name: str | None, param: tuple[str, ...], form: str | None) -> None:
    """Run the saved query NAME, or list them all."""
    _ensure_snapshot(snapshot)
    dataset = open_snapshot(snapshot)
    if name is None:
        _list_queries(dataset)
        return
    saved = dataset.saved_query(name)
    result = dataset.ask(saved.text, saved.bindings(_assignments(param), dataset.prefixes))
    kind = kind_of(result)
    chosen = form or ("table" if kind is Kind.SOLUTIONS else "ttl")
    offered = {each.name: each for each in formats_of(kind)}
    if chosen == "table" and kind is Kind.SOLUTIONS:
        click.echo(as_table(result, dataset.prefixes))
    elif chosen in offered:
        click.echo(dataset.write(result, offered[chosen]), nl=False)
    else:
        raise click.BadParameter(f"{name} answers with a {kind.value}; choose from {', '.join(offered)}.")


@main.command()
def bundle() -> None:
    """Get the JavaScript that some pages use from npm: the query editor, and Oxigraph for the browser."""
    from server.web.bundle import bundle as get_bundle

    click.echo(f"Beside the style sheet: {', '.join(get_bundle())}")


@main.command()
@SNAPSHOT
def mcp(snapshot: Path) -> None:
    """Offer the graph to a language model on standard input and output (Model Context Protocol).

    The tools are the saved queries, a search, and a description of one thing. Needs the extra:
    pip install 'policing-goals[mcp]'.
    """
    try:
        from server.model_context import serve as serve_model
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing. Run: pip install 'policing-goals[mcp]'") from error

    _ensure_snapshot(snapshot)
    serve_model(open_snapshot(snapshot))


@main.command("import")
@SNAPSHOT
@click.argument("what", nargs=-1, metavar="un-sdg FILE|URL  or  FILE|URL --graph IRI")
@click.option("--graph", metavar="IRI", help="The named graph to import into.")
@click.option("--list", "listing", is_flag=True, help="List what is imported.")
@click.option("--remove", metavar="IRI", help="Take the import of that graph out again.")
def import_(snapshot: Path, what: tuple[str, ...], graph: str | None, listing: bool, remove: str | None) -> None:
    """Put other people's RDF beside ours, untouched, in a named graph of its own.

    A second import into a graph replaces the first. Imports last until they are removed, also
    across builds. Known errors and SKOS faults are reported by node; nothing is repaired.
    """
    from server.graph.faults import faults
    from server.graph.importing import add_import, remove_import
    from server.graph.imports import read_import

    _ensure_snapshot(snapshot)
    if listing or remove:
        if remove:
            remove_import(snapshot, remove)
        _list_imports(snapshot)
        return
    source, home = _named_import(what, graph)
    with click.progressbar(length=1, label=f"Reading {source}", file=sys.stderr) as bar:

        def progress(read: int, length: int) -> None:
            bar.length = length
            bar.update(read)

        added = read_import(source, home, progress)
    for line in faults(sources_directory(), added):
        click.echo(line)
    manifest = add_import(snapshot, added)
    click.echo(f"{len(added.triples)} statements in <{home}>, {manifest.triples} in all")
    click.echo("A running server takes them into service on SIGHUP.")


@main.command()
@SNAPSHOT
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write beside files of other names.")
@click.option("--site", is_flag=True, help="Write the whole site as plain files instead, for any web host.")
def export(snapshot: Path, directory: Path, force: bool, site: bool) -> None:
    """Write the graph to DIRECTORY as files: RDF, tables, mapping sets, with checksums and an index page."""
    from server.graph.export import export as export_files
    from server.web.files import index_page

    _ensure_snapshot(snapshot)
    if site:
        from server.web.static_edition import write_static

        click.echo(f"{write_static(snapshot, directory)} files in {directory}")
        return
    size = sum(int(fields["bytes"]) for fields in open_snapshot(snapshot).manifest.data.values())
    with click.progressbar(length=size, label="Writing", file=sys.stderr) as bar:
        manifest = export_files(snapshot, directory, index_page, force, bar.update)
    click.echo(f"{len(manifest.data)} files, {size:,} bytes in {directory}")


@main.command()
@SNAPSHOT
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def release(snapshot: Path, directory: Path) -> None:
    """Make a dated release in DIRECTORY: files, changelog, and what changed since the release before."""
    from server.graph.release import release as make_release
    from server.web.files import index_page

    _ensure_snapshot(snapshot)
    with click.progressbar(length=1, label="Writing", file=sys.stderr) as bar:
        bar.length = sum(int(fields["bytes"]) for fields in open_snapshot(snapshot).manifest.data.values())
        target, told = make_release(snapshot, directory, sources_directory(), index_page, bar.update)
    click.echo(f"{target}: {told}")


@main.command()
@click.argument("url", callback=_web_address)
def htaccess(url: str) -> None:
    """Print the redirects for w3id.org that lead to the service at URL."""
    from server.web.redirects import htaccess as redirects

    click.echo(redirects(url), nl=False)


def _named_import(what: tuple[str, ...], graph: str | None) -> tuple[str, str]:
    from server.graph.imports import KNOWN

    if len(what) == 2 and what[0] in KNOWN and graph is None:
        return what[1], KNOWN[what[0]]
    if len(what) == 1 and graph is not None:
        return what[0], graph
    known = " or ".join(KNOWN)
    raise click.UsageError(f"Name what to import: {known} and a file or URL, or a file or URL with --graph IRI.")


def _list_imports(snapshot: Path) -> None:
    manifest = open_snapshot(snapshot).manifest
    for graph, fields in sorted(manifest.imports.items()):
        click.echo(f"<{graph}>  {manifest.graphs[graph]} statements  {fields['source']}  SHA-256 {fields['sha256']}")
    if not manifest.imports:
        click.echo("nothing is imported")


def _list_queries(dataset: Dataset) -> None:
    width = max(len(saved.name) for saved in dataset.queries)
    for saved in dataset.queries:
        parameters = " ".join(f"[{parameter.name}={parameter.default}]" for parameter in saved.parameters)
        click.echo(f"{saved.name:<{width}}  {saved.summary['en']} {parameters}".rstrip())


def _assignments(texts: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or name in values:
            fault = f"{name} is given twice" if sign else f"{text!r} is not NAME=VALUE"
            raise click.BadParameter(f"{fault}.", param_hint="--param")
        values[name] = value
    return values


def _ensure_snapshot(snapshot: Path) -> None:
    if is_current(sources_directory(), snapshot):
        return
    # A process of its own gives the memory of rdflib and pySHACL back.
    command = [sys.executable, "-m", "server", "build", "--snapshot", str(snapshot)]
    built = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if built.returncode == 0:
        return
    click.echo(built.stderr, err=True, nl=False)
    try:
        open_snapshot(snapshot)
    except SnapshotError as error:
        raise SnapshotError("The build failed and there is no earlier snapshot.") from error
    click.echo("The build failed: the last good snapshot stays in service.", err=True)


if __name__ == "__main__":
    main(prog_name="policing-goals")
