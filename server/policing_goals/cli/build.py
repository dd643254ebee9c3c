"""The commands build, validate and import."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pyoxigraph import QuerySolutions, Store

from policing_goals.builder.imports.limits import ON_DISK_ABOVE, ImportLimits
from policing_goals.cli.common import NO_WAIT, SNAPSHOT, ensure_snapshot, refuse_busy, say_busy, text_table
from policing_goals.cli.progress import shown_progress
from policing_goals.engine.dataset import Dataset, take_default_graph
from policing_goals.languages import LANGUAGES
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.snapshot_format import FORMAT, Manifest
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.model.validation_report import CheckResult, Report
from policing_goals.settings import sources_directory

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

Command = Callable[..., None]
TEXTS = {"label": "skos:prefLabel", "definition": "skos:definition"}


@click.command()
@SNAPSHOT
@NO_WAIT
def build(snapshot: Path, no_wait: bool) -> None:
    """Read the sources, infer, validate, describe; write the snapshot."""
    # Imported here: few commands need it.
    from policing_goals.builder.pipeline import build as build_snapshot

    on_busy = refuse_busy if no_wait else say_busy
    with shown_progress() as progress:
        built = build_snapshot(sources_directory(), snapshot, check_site, progress, on_busy)
    for line in built.manifest.warnings:
        click.echo(line, err=True)
    click.echo(f"{built.manifest.triples} statements, {len(built.manifest.warnings)} warnings")
    click.echo(f"SHA-256 {built.sha256}")


@click.command()
@SNAPSHOT
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "ttl", "json"]),
    default="text",
    show_default=True,
    help="The format of the report.",
)
@click.option("--hints", is_flag=True, help="Also print Info findings, in the text format.")
@click.option("--summary", is_flag=True, help="First count concepts, labels and definitions by scheme and language.")
@click.option(
    "--profile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also validate against the SHACL shapes of a file, such as VocPub's.",
)
@click.option("--watch", is_flag=True, help="Go on, and validate what each change of a source touches.")
def validate(snapshot: Path, form: str, hints: bool, summary: bool, profile: Path | None, watch: bool) -> None:
    """Validate the sources with SHACL and run the checklist; exit with 1 if there is a Violation.

    Checks of imported graphs look at the imports of the snapshot.
    """
    if watch:
        _watch()
        return
    # Imported here: few commands need them.
    from policing_goals.builder.pipeline import raise_violations, validate_sources
    from policing_goals.web.pages.validation import write_report

    with shown_progress() as progress:
        draft, report = validate_sources(sources_directory(), snapshot, check_site, profile, progress)
    prefixes = draft.sources.prefixes
    if summary:
        click.echo(text_table(_count_texts(draft.store), prefixes))
    click.echo("\n".join(report.lines(hints)) if form == "text" else write_report(report, form, prefixes))
    raise_violations(report)


def _watch() -> None:
    # Imported here: few commands need it.
    from policing_goals.builder.watching import Watch

    click.echo("Watching the sources; Ctrl+C stops it.", err=True)
    for glance in Watch(sources_directory()).glances():
        click.echo("\n".join(glance.lines()))


def check_site(store: Store, prefixes: Prefixes) -> Mapping[str, CheckResult]:
    """The results of the checks that call the site's own routes, on a dataset that is being built; by name."""
    # Imported here: Flask is large, and few commands need it.
    from policing_goals.builder.metadata import version
    from policing_goals.web.pages.site_checks import site_checks

    report = Report("", (), (), (), "")
    manifest = Manifest(FORMAT, version(store, prefixes), {}, {}, {}, 0, [])
    dataset = Dataset(store, take_default_graph(store), manifest, (), prefixes, frozenset(), report)
    return site_checks(dataset)


def _limit_option(name: str, unit: str, what: str) -> Callable[[Command], Command]:
    most = {field.name: field.default for field in fields(ImportLimits)}[name]
    return click.option(
        f"--max-{name}", metavar=unit, default=most, show_default=True, type=click.IntRange(1), help=f"Maximum {what}."
    )


@click.command(
    "import",
    epilog="""\b
Examples:
  policing-goals import un-sdg sdg-kos-goals-targets-indicators.ttl
  policing-goals import statistics.nt --graph http://example.org/statistics
  policing-goals import --remove http://example.org/statistics""",
)
@SNAPSHOT
@click.argument("what", nargs=-1, metavar="un-sdg FILE|URL  or  FILE|URL --graph IRI")
@click.option("--graph", metavar="IRI", help="The named graph to import into.")
@click.option("--list", "listing", is_flag=True, help="List the imports.")
@click.option("--remove", metavar="IRI", help="Remove the import of that graph.")
@click.option("--allow-private", is_flag=True, help="Allow a URL on a private network or on this machine.")
@_limit_option("size", "MiB", "size of the document")
@_limit_option("memory", "MiB", "memory to read it")
@_limit_option("seconds", "SECONDS", "CPU time to read it")
@_limit_option("depth", "LEVELS", "depth of nesting")
@_limit_option("statements", "NUMBER", "number of statements")
@click.option(
    "--on-disk-above",
    metavar="NUMBER",
    type=click.IntRange(0),
    help=f"With more imported statements, keep them on disk, not in memory.  [default: {ON_DISK_ABOVE}, or as before]",
)
@NO_WAIT
def import_(
    snapshot: Path,
    what: tuple[str, ...],
    graph: str | None,
    listing: bool,
    remove: str | None,
    allow_private: bool,
    on_disk_above: int | None,
    no_wait: bool,
    **limits: int,
) -> None:
    """Add other RDF to the dataset, unchanged, in a named graph of its own.

    The default graph stays ours alone: a query that wants imported statements names their graph, or gpg:graph-all,
    which has ours and all imported ones. A second import into a graph replaces the first. Imports stay until they are
    removed, also across builds. Known errors and SKOS faults are reported, with the node for each; nothing is repaired.
    """
    from policing_goals.builder.imports.checks import joining_query, lint_vocabulary, statements_about_ours
    from policing_goals.builder.imports.into_snapshot import add_import, remove_import
    from policing_goals.builder.imports.reading import read_import, workspace
    from policing_goals.builder.sources import open_sources

    on_busy = refuse_busy if no_wait else say_busy
    ensure_snapshot(snapshot)
    if listing or remove:
        if remove:
            with _bar("Loading the store") as told:
                remove_import(snapshot, remove, on_busy, told)
        _list_imports(snapshot)
        return
    source, target = _source_and_graph(what, graph)
    most = ImportLimits(**{name.removeprefix("max_"): value for name, value in limits.items()})
    with workspace(snapshot) as work:
        with _bar(f"Reading {source}") as told:
            added = read_import(source, target, work, told, most, allow_private)
        for line in (*lint_vocabulary(open_sources(sources_directory()), added), *statements_about_ours(added)):
            click.echo(line)
        with _bar("Loading the store") as told:
            manifest = add_import(snapshot, added, on_busy, told, on_disk_above)
    click.echo(f"{added.statements} statements in <{target}>, {manifest.merged} with ours")
    click.echo("A running server loads them on SIGHUP.")
    click.echo(f"To query them beside ours, name their graph:\n\n{joining_query(added)}")


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """What tells a bar, drawn at the first call, how much is done since the last one, and how much there is."""
    with ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def told(done: int, whole: int) -> None:
            if not bars:
                bars.append(stack.enter_context(click.progressbar(length=whole, label=label, file=sys.stderr)))
            bars[0].length = whole
            bars[0].update(done)

        yield told


def _source_and_graph(what: tuple[str, ...], graph: str | None) -> tuple[str, str]:
    from policing_goals.builder.imports.reading import KNOWN

    if len(what) == 2 and what[0] in KNOWN and graph is None:
        return what[1], KNOWN[what[0]]
    if len(what) == 1 and graph is not None:
        return what[0], graph
    known = " or ".join(KNOWN)
    raise click.UsageError(f"Name what to import: {known} and a file or URL, or a file or URL with --graph IRI.")


def _list_imports(snapshot: Path) -> None:
    with closing(hold_current(snapshot)) as held:
        manifest = Manifest.read(held.path)
    for graph, added in sorted(manifest.imports.items()):
        click.echo(f"<{graph}>  {manifest.graphs[graph]} statements  {added['source']}  SHA-256 {added['sha256']}")
    if not manifest.imports:
        click.echo("no imports")


def _count_texts(store: Store) -> QuerySolutions:
    # For each concept scheme: its concepts, and how many have a label and a definition in each language.
    names = [(f"{name}s_{language}", term, language) for name, term in TEXTS.items() for language in LANGUAGES]
    counts = " ".join(f"(COUNT(?one_{name}) AS ?{name})" for name, _, _ in names)
    texts = " ".join(
        f'OPTIONAL {{ ?concept {term} ?one_{name} FILTER (LANG(?one_{name}) = "{language}") }}'
        for name, term, language in names
    )
    found = store.query(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        f"SELECT ?scheme (COUNT(?concept) AS ?concepts) {counts} "
        f"WHERE {{ ?concept a skos:Concept ; skos:inScheme ?scheme . {texts} }} GROUP BY ?scheme ORDER BY ?scheme"
    )
    if not isinstance(found, QuerySolutions):
        raise TypeError(found)
    return found
