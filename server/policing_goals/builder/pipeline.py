"""The build, step by step: from the source files to a snapshot."""

import gc
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Store

from policing_goals.builder.checklist import CheckContext, run_checklist
from policing_goals.builder.checks import CHECKS
from policing_goals.builder.child_process import forked
from policing_goals.builder.crosswalks import read_crosswalks
from policing_goals.builder.dumps import DumpFile, make_dumps, plan_dumps
from policing_goals.builder.facet_assignments import read_facets
from policing_goals.builder.imports.checks import import_checks
from policing_goals.builder.imports.imported_graphs import ImportedGraphs, carried_imports
from policing_goals.builder.inference import entail
from policing_goals.builder.markdown import rendered_documents
from policing_goals.builder.metadata import (
    add_file_placeholders,
    describe,
    fill_in_files,
    graph_counts,
    ordered_properties,
    value_kinds,
    version,
)
from policing_goals.builder.model_diagram import draw_model
from policing_goals.builder.progress import Progress
from policing_goals.builder.queries_as_rdf import describe_queries
from policing_goals.builder.quotations import check_quotations
from policing_goals.builder.reuse import Reuse, open_reuse
from policing_goals.builder.saved_queries import check_saved_queries, read_saved_queries, with_options
from policing_goals.builder.sdg_links import read_links
from policing_goals.builder.snapshots import Contents, manifest_sources, sorted_nquads, write_snapshot
from policing_goals.builder.sources import CONTEXT as CONTEXT_FILE
from policing_goals.builder.sources import SourceGraph, Sources, in_graph, open_sources, read_turtle
from policing_goals.builder.terminology import check_terminology
from policing_goals.errors import Finding, ShapeViolations, SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import SavedQuery, dump_queries
from policing_goals.model.snapshot_format import (
    CONTEXT,
    DATASET,
    DOCUMENTS,
    FORMAT,
    INDEX,
    PREFIXES,
    QUERIES,
    REPORT,
    SHAPES,
    Manifest,
)
from policing_goals.model.snapshot_locks import OnBusy, sole_writer, wait_silently
from policing_goals.model.validation_report import CheckResult, Report
from policing_goals.search.corpus import dump_corpus, dump_index, read_corpus

if TYPE_CHECKING:
    from policing_goals.builder.shacl import ShapesRun

# Calls the site's own routes on the described dataset; the results of these checks, by name.
SiteChecks = Callable[[Store, Prefixes], Mapping[str, CheckResult]]


@dataclass(frozen=True)
class Built:
    """A finished build: the snapshot's SHA-256, its manifest, and the validation report."""

    sha256: str
    manifest: Manifest
    report: Report


@dataclass(frozen=True)
class Draft:
    """The dataset with its inferred statements, before validation, with its sources and where its statements are."""

    store: Store
    graph: SourceGraph
    sources: Sources
    queries: tuple[SavedQuery, ...]


@dataclass(frozen=True)
class Validated:
    """The report on a draft, and the graph and its shapes as files."""

    report: Report
    dumps: tuple[DumpFile, ...]
    shapes: str


def no_site_checks(_store: Store, _prefixes: Prefixes) -> Mapping[str, CheckResult]:
    """No result: the checks that call the site are not run."""
    return {}


def build(
    root: Path,
    directory: Path,
    site_checks: SiteChecks = no_site_checks,
    progress: Progress | None = None,
    on_busy: OnBusy = wait_silently,
) -> Built:
    """Build the snapshot of the sources under ROOT into DIRECTORY.

    Two builds of the same sources give the same bytes. Imports in the live snapshot are carried over.
    Raises SourceError if a source cannot be used and ShapeViolations if the graph violates a shape; the live snapshot
    then stays as it was. Raises SnapshotError if the new one cannot be written. on_busy: see sole_writer.
    """
    progress = progress or Progress()
    with sole_writer(directory, on_busy) as writer, collector_paused():
        progress.step("Reading the sources")
        hashes = manifest_sources(root)
        draft = assemble(root)
        imports = carried_imports(directory)
        reuse = open_reuse(directory, hashes, draft.sources.prefixes)
        validated = validate(draft, imports, reuse, site_checks, progress)
        progress.step("Writing the snapshot")
        files = _files(draft, validated, reuse)
        manifest = _manifest(draft, validated, imports, reuse, hashes, files)
        dumps = {dump.name: dump.content for dump in validated.dumps}
        contents = Contents(files, dumps, imports)
        return Built(write_snapshot(writer, contents, manifest), manifest, validated.report)


def assemble(root: Path) -> Draft:
    """Read every source under ROOT and run the rules; raises SourceError for the first that cannot be used."""
    sources = open_sources(root)
    graph = SourceGraph()
    read_turtle(sources, graph)
    read_links(sources, graph)
    read_facets(sources, graph)
    read_crosswalks(sources, graph)
    queries = read_saved_queries(sources)
    describe_queries(queries, sources, graph)
    store = Store()
    store.extend(graph.quads)
    store.extend(in_graph(quad.triple, DefaultGraph()) for quad in graph.quads)
    entail(sources, store)
    return Draft(store, graph, sources, with_options(queries, store, sources))


def validate(
    draft: Draft,
    imports: ImportedGraphs,
    reuse: Reuse,
    site_checks: SiteChecks,
    progress: Progress,
    raise_on_violation: bool = True,
) -> Validated:
    """Validate a draft, describe it, write it as files, and run the checklist.

    The shapes run in a process of their own beside the rest. imports: the imported graphs; reuse: takes over
    files that did not change. Raises ShapeViolations if there is a Violation and raise_on_violation is set (if not, the
    report has them); SourceError for a quotation that is not exact, and for a saved query, shape, check or description
    that cannot be used.
    """
    sources, store = draft.sources, draft.store
    with forked(partial(_run_shapes, draft)) as shapes:
        progress.step("Comparing quotations and terms")
        early = early_faults(draft)
        for fault in early:
            progress.fault(fault)
        progress.step("Running the saved queries")
        answers = check_saved_queries(draft.queries, store, sources)
        try:
            progress.step("Describing the dataset")
            describe_dataset(draft)
            with forked(partial(site_checks, store, sources.prefixes)) as site:
                progress.step("Writing its files")
                dumps = make_files(draft, reuse)
                site_results = site.result()
        finally:
            # A graph that violates a shape may be one that cannot be described: the violation is the cause.
            progress.step("Checking the shapes")
            run = shapes.result()
            early.raise_with(run.validation.findings, raise_on_violation)
    findings = (*early.terms, *run.validation.findings)
    context = CheckContext(
        sources=sources,
        store=store,
        findings=findings,
        shapes=run.shapes,
        constrained=run.constrained,
        answers=answers,
    )
    checks = run_checklist(context, CHECKS)
    report = Report(version(store, sources.prefixes), findings, run.shapes, checks, run.validation.ntriples)
    report = report.with_results("http", site_results).with_results("import", import_checks(store, imports))
    return Validated(report, dumps, run.as_ntriples)


@dataclass(frozen=True)
class EarlyFaults:
    """The faults that are found in a tenth of a second, before the shapes have run.

    terms: translations that differ from the glossary; misquoted: the first quotation that is not exact.
    """

    terms: tuple[Finding, ...]
    misquoted: SourceError | None

    def __iter__(self) -> Iterator[str]:
        """Each as a text."""
        yield from map(str, self.terms)
        if self.misquoted:
            yield str(self.misquoted)

    def raise_with(self, findings: tuple[Finding, ...], raise_on_violation: bool = True) -> None:
        """Raise what validate raises for these faults and the findings of the shapes."""
        violations = [finding for finding in (*self.terms, *findings) if finding.severity == "Violation"]
        if violations and raise_on_violation:
            raise ShapeViolations(violations)
        # Where a shape finds a fault in a quotation too, its advice is better.
        if self.misquoted and not violations:
            raise self.misquoted


def early_faults(draft: Draft) -> EarlyFaults:
    """Compare a draft with the glossary and the quoted source; raises SourceError for a broken row of the glossary."""
    terms = tuple(check_terminology(draft.sources, draft.graph))
    try:
        check_quotations(draft.sources, draft.store)
    except SourceError as error:
        return EarlyFaults(terms, error)
    return EarlyFaults(terms, None)


def validate_sources(
    root: Path,
    directory: Path,
    site_checks: SiteChecks = no_site_checks,
    profile: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Draft, Report]:
    """The draft of the sources under ROOT, described, and its report, with the checks that prove the code.

    directory: of the snapshot whose imports the checks look at; profile: a file of other shapes to validate against.
    Raises SourceError if a source or the profile cannot be used.
    """
    # Imported here: both need rdflib.
    from policing_goals.builder.code_checks import code_checks
    from policing_goals.builder.external_profile import validate_against

    progress = progress or Progress()
    with collector_paused():
        progress.step("Reading the sources")
        draft = assemble(root)
        imports = carried_imports(directory)
        report = validate(draft, imports, Reuse(), site_checks, progress, raise_on_violation=False).report
        progress.step("Checking the code")
        proofs = code_checks(root, sorted_nquads(draft.store), partial(_second_build, root))
        report = report.with_results("code", proofs)
        if profile is not None:
            result = validate_against(profile, draft.store, draft.sources)
            report = report.with_results("profile", {"vocpub": result})
        return draft, report


@contextmanager
def collector_paused() -> Iterator[None]:
    """Do not look for garbage in the block: a build makes many objects, and looking took a tenth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def raise_violations(report: Report) -> None:
    """Raise ShapeViolations if a report has any."""
    violations = [finding for finding in report.findings if finding.severity == "Violation"]
    if violations:
        raise ShapeViolations(violations)


def _run_shapes(draft: Draft) -> "ShapesRun":
    # Imported here: only the process that runs the shapes needs rdflib and pySHACL.
    from policing_goals.builder.shacl import run_all_shapes

    return run_all_shapes(draft.sources, draft.store, draft.graph)


def _files(draft: Draft, validated: Validated, reuse: Reuse) -> dict[str, str]:
    # The text files of the snapshot, by name.
    corpus = read_corpus(draft.store, draft.sources.prefixes)
    index = reuse.file(INDEX, [dump_corpus(corpus)], lambda: dump_index(corpus).encode())
    return {
        DATASET: sorted_nquads(draft.store),
        QUERIES: dump_queries(draft.queries),
        REPORT: validated.report.dumps(),
        INDEX: index.decode(),
        CONTEXT: draft.sources.read(CONTEXT_FILE),
        SHAPES: validated.shapes,
        DOCUMENTS: rendered_documents(draft.sources, draw_model(draft.store, draft.sources.prefixes)),
        PREFIXES: json.dumps(asdict(draft.sources.prefixes), indent=1) + "\n",
    }


def _manifest(
    draft: Draft,
    validated: Validated,
    imports: ImportedGraphs,
    reuse: Reuse,
    hashes: dict[str, str],
    files: dict[str, str],
) -> Manifest:
    warnings = (str(finding) for finding in validated.report.findings if finding.severity == "Warning")
    kinds = value_kinds(draft.store)
    return Manifest(
        format=FORMAT,
        version=validated.report.version,
        sources=hashes,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        graphs={**graph_counts(draft.store), **imports.counts},
        triples=sum(1 for _ in draft.store.quads_for_pattern(None, None, None, DefaultGraph())),
        merged=imports.merged_count(draft.store),
        warnings=[*imports.warnings, *warnings],
        imports=imports.fields,
        on_disk=imports.on_disk,
        on_disk_above=imports.on_disk_above,
        data={dump.name: dump.fields() for dump in validated.dumps},
        made_from=reuse.made_from,
        ordered_properties=ordered_properties([kinds]),
        ordered_with_imports=ordered_properties([kinds, *imports.kinds.values()]),
        import_kinds=imports.kinds,
    )


def describe_dataset(draft: Draft) -> None:
    """Add the description of the dataset and placeholders for its files to a draft."""
    prefixes = draft.sources.prefixes
    add_file_placeholders(draft.store, plan_dumps(draft.sources.root, draft.store), prefixes)
    describe(draft.store, prefixes)


def make_files(draft: Draft, reuse: Reuse) -> tuple[DumpFile, ...]:
    """The files of a described draft; their sizes and checksums are filled in."""
    dumps = make_dumps(draft.sources, draft.store, reuse)
    fill_in_files(draft.store, dumps, draft.sources.prefixes)
    return dumps


def _second_build(root: Path) -> str:
    draft = assemble(root)
    describe_dataset(draft)
    make_files(draft, Reuse())
    return sorted_nquads(draft.store)
