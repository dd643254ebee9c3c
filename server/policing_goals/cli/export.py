"""The commands query, export and release."""

import sys
from contextlib import closing
from pathlib import Path

import click

from policing_goals.cli.common import SNAPSHOT, ensure_snapshot, text_table, web_address
from policing_goals.cli.progress import shown_count
from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.publishing import publish as publish_snapshot
from policing_goals.engine.publishing import quads_of
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import UnknownSavedQuery
from policing_goals.model.saved_query import SavedQuery, load_queries
from policing_goals.model.snapshot_format import CURRENT, DATASET, QUERIES
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.near_matches import did_you_mean
from policing_goals.rdf.formats import FORMATS, Kind
from policing_goals.settings import snapshot_directory, sources_directory

NOT_IMPORTED = (
    "Some values are of the United Nations' vocabulary, which is not imported: see `policing-goals import --help`."
)


def _names(_context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The names of saved queries that begin so, for completion in a shell."""
    try:
        queries = (snapshot_directory() / CURRENT / QUERIES).read_text("utf-8")
    except OSError:
        return []
    return [saved.name for saved in load_queries(queries) if saved.name.startswith(begun)]


@click.command(
    epilog="""\b
Examples:
  policing-goals query goals --param lang=fr
  policing-goals query concept-everywhere -p concept=gpg:area-cybercrime --format csv"""
)
@SNAPSHOT
@click.argument("name", required=False, shell_complete=_names)
@click.option("--param", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter; an IRI may be a CURIE.")
@click.option(
    "--format", "form", type=click.Choice(["table", *(form.name for form in FORMATS)]), help="The format of the result."
)
def query(snapshot: Path, name: str | None, param: tuple[str, ...], form: str | None) -> None:
    """Run the saved query NAME, or list them all."""
    ensure_snapshot(snapshot)
    dataset = open_snapshot(snapshot)
    if name is None:
        _list_queries(dataset)
        return
    saved = _saved_query(dataset, name)
    given = _assignments(param)
    if saved_queries.IMPORT_TAG in saved.tags and not dataset.manifest.imports:
        click.echo(NOT_IMPORTED, err=True)
    is_table = saved_queries.kind_of(saved) is Kind.SOLUTIONS
    chosen = form or ("table" if is_table else "ttl")
    if chosen == "table" and is_table:
        click.echo(text_table(saved_queries.run(dataset, saved, given), dataset.prefixes))
    elif chosen in saved_queries.formats(saved):
        click.echo(saved_queries.representation(dataset, saved, given, chosen).body, nl=False)
    else:
        offered = ", ".join(each.name for each in FORMATS if each.name in saved_queries.formats(saved))
        kind = saved_queries.kind_of(saved).value
        raise click.BadParameter(f"the result of {name} is a {kind}; choose from {offered}.")


@click.command()
@SNAPSHOT
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Allow a non-empty directory.")
@click.option("--site", is_flag=True, help="Write the whole site as static files instead, for any web host.")
@click.option("--base-url", default="", metavar="URL", help="With --site: the address that the files will have.")
@click.option("--dataset", is_flag=True, help="Write one file of N-Quads instead, to load into a back end.")
def export(snapshot: Path, directory: Path, force: bool, site: bool, base_url: str, dataset: bool) -> None:
    """Write the graph to DIRECTORY as files: RDF, tables, mapping sets, with checksums and an index page."""
    from policing_goals.builder.releases import export as export_files
    from policing_goals.web.pages.downloads import index_page

    ensure_snapshot(snapshot)
    if dataset:
        directory.mkdir(parents=True, exist_ok=True)
        with closing(hold_current(snapshot)) as held, (directory / DATASET).open("wb") as file:
            file.writelines(quads_of(held))
        click.echo(directory / DATASET)
        return
    if site:
        from policing_goals.web.static_site import write_static

        with shown_count("Writing the site") as progress:
            number = write_static(snapshot, directory, base_url=base_url, progress=progress)
        click.echo(f"{number} files in {directory}")
        return
    size = sum(int(fields["bytes"]) for fields in open_snapshot(snapshot).manifest.data.values())
    with click.progressbar(length=size, label="Writing", file=sys.stderr) as bar:
        manifest = export_files(snapshot, directory, index_page, force, bar.update)
    click.echo(f"{len(manifest.data)} files, {size:,} bytes in {directory}")


@click.command()
@SNAPSHOT
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def release(snapshot: Path, directory: Path) -> None:
    """Make a dated release in DIRECTORY: files, changelog, and what changed since the previous release."""
    from policing_goals.builder.releases import release as make_release
    from policing_goals.web.pages.downloads import index_page

    ensure_snapshot(snapshot)
    with click.progressbar(length=1, label="Writing", file=sys.stderr) as bar:
        bar.length = sum(int(fields["bytes"]) for fields in open_snapshot(snapshot).manifest.data.values())
        target, summary = make_release(snapshot, directory, sources_directory(), index_page, bar.update)
    click.echo(f"{target}: {summary}")


def _saved_query(dataset: Dataset, name: str) -> SavedQuery:
    names = [saved.name for saved in dataset.queries]
    if name in names:
        return dataset.saved_query(name)
    near = did_you_mean(name, names, "`policing-goals query` lists them.")
    raise UnknownSavedQuery(f"There is no saved query {name!r}. {near}")


def _list_queries(dataset: Dataset) -> None:
    width = max(len(saved.name) for saved in dataset.queries)
    for saved in dataset.queries:
        parameters = " ".join(f"[{each.name}={each.default or 'any'}]" for each in saved.parameters)
        click.echo(f"{saved.name:<{width}}  {saved.summary['en']} {parameters}".rstrip())


def _assignments(texts: tuple[str, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or name in values:
            problem = f"{name} is given twice" if sign else f"{text!r} is not NAME=VALUE"
            raise click.BadParameter(f"{problem}.", param_hint="--param")
        values[name] = value
    return values


@click.command()
@SNAPSHOT
@click.argument("url", callback=web_address)
@click.option(
    "--authorization",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the value of the field Authorization.",
)
def publish(snapshot: Path, url: str, authorization: Path | None) -> None:
    """Replace everything in the store at URL by the live snapshot, for `policing-goals serve --backend`.

    URL is that of the whole dataset: http://HOST:3030/NAME/data for Fuseki, http://HOST:7878/store for Oxigraph.
    """
    ensure_snapshot(snapshot)
    with closing(hold_current(snapshot)) as held:
        with shown_count("Sending bytes") as progress:
            publish_snapshot(held, url, authorization, progress)
        click.echo(f"{url} has snapshot {held.path.name}")
