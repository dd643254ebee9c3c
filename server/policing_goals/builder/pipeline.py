"""The build, step by step: from the source files to a snapshot."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pyoxigraph import DefaultGraph, Store

from policing_goals.builder.checklist import CheckContext, run_checklist
from policing_goals.builder.checks import CHECKS
from policing_goals.builder.crosswalks import read_crosswalks
from policing_goals.builder.dumps import DumpFile, make_dumps, plan_dumps
from policing_goals.builder.external_profile import validate_against
from policing_goals.builder.facet_assignments import read_facets
from policing_goals.builder.import_checks import import_checks
from policing_goals.builder.imported_graphs import CarriedImports, carried_imports
from policing_goals.builder.inference import entail
from policing_goals.builder.metadata import add_file_placeholders, describe, fill_in_files, graph_counts, version
from policing_goals.builder.queries_as_rdf import describe_queries
from policing_goals.builder.quotations import check_quotations
from policing_goals.builder.saved_queries import check_saved_queries, read_saved_queries, with_options
from policing_goals.builder.sdg_links import read_links
from policing_goals.builder.shacl import run_shacl
from policing_goals.builder.shapes import constrained, describe_shapes, read_shapes, shapes_as_ntriples
from policing_goals.builder.snapshots import manifest_sources, sorted_nquads, write_snapshot
from policing_goals.builder.sources import CONTEXT as CONTEXT_FILE
from policing_goals.builder.sources import SourceGraph, Sources, in_graph, open_sources, read_turtle
from policing_goals.builder.terminology import check_terminology
from policing_goals.errors import ShapeViolations
from policing_goals.model.saved_query import SavedQuery, dump_queries
from policing_goals.model.snapshot_format import (
    CONTEXT,
    DATASET,
    FORMAT,
    INDEX,
    PREFIXES,
    QUERIES,
    REPORT,
    SHAPES,
    Manifest,
)
from policing_goals.model.validation_report import Report
from policing_goals.search.corpus import dump_index, read_corpus


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
    """The report on a draft, and the graph as files."""

    report: Report
    dumps: tuple[DumpFile, ...]


def build(root: Path, directory: Path) -> Built:
    """Build the snapshot of the sources under ROOT into DIRECTORY.

    Two builds of the same sources give the same bytes. Imports in the live snapshot are carried over.
    Raises SourceError if a source cannot be used and ShapeViolations if the graph violates a shape; the live snapshot
    then stays as it was. Raises SnapshotError if the new one cannot be written.
    """
    hashes = manifest_sources(root)
    draft = assemble(root)
    check_saved_queries(draft.queries, draft.store, draft.sources)
    imports = carried_imports(directory)
    validated = validate(draft, imports)
    report = validated.report
    draft.store.extend(imports.quads)
    files = {
        DATASET: sorted_nquads(draft.store),
        QUERIES: dump_queries(draft.queries),
        REPORT: report.dumps(),
        INDEX: dump_index(read_corpus(draft.store, draft.sources.prefixes)),
        CONTEXT: draft.sources.read(CONTEXT_FILE),
        SHAPES: shapes_as_ntriples(root),
        PREFIXES: json.dumps(asdict(draft.sources.prefixes), indent=1) + "\n",
    }
    manifest = Manifest(
        format=FORMAT,
        version=report.version,
        sources=hashes,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        graphs=graph_counts(draft.store),
        triples=sum(1 for _ in draft.store.quads_for_pattern(None, None, None, DefaultGraph())),
        warnings=[*imports.warnings, *(str(finding) for finding in report.findings if finding.severity == "Warning")],
        imports=imports.imports,
        data={dump.name: dump.fields() for dump in validated.dumps},
    )
    dumps = {dump.name: dump.content for dump in validated.dumps}
    return Built(write_snapshot(directory, files, manifest, dumps), manifest, report)


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


def validate(draft: Draft, imports: CarriedImports, raise_on_violation: bool = True) -> Validated:
    """Validate a draft, describe it, write it as files, and run the checklist.

    imports: the imported graphs. Raises ShapeViolations if there is a Violation and raise_on_violation is set
    (if not, the report has them); SourceError for a quotation that is not exact, and for a shape, check or
    description that cannot be used.
    """
    sources, store = draft.sources, draft.store
    shapes = read_shapes(sources)
    found = run_shacl(shapes, store, draft.graph, sources.prefixes)
    findings = (*check_terminology(sources, draft.graph), *found.findings)
    violations = [finding for finding in findings if finding.severity == "Violation"]
    if violations and raise_on_violation:
        raise ShapeViolations(violations)
    if not violations:
        check_quotations(sources, store)
    nquads = _describe_without_files(draft)
    dumps = make_dumps(sources, store)
    fill_in_files(store, dumps, sources.prefixes)
    described = describe_shapes(sources, store)
    context = CheckContext(
        sources=sources,
        store=store,
        findings=findings,
        focus={shape.name: shape.focus_nodes for shape in described},
        constrained=constrained(shapes),
        queries=draft.queries,
        nquads=nquads,
        rebuild=lambda: _describe_without_files(assemble(sources.root)),
    )
    checks = run_checklist(context, CHECKS)
    report = Report(version(store, sources.prefixes), findings, described, checks, found.ntriples)
    return Validated(report.run_checks("import", import_checks(store, imports)), dumps)


def validate_sources(root: Path, directory: Path, profile: Path | None = None) -> tuple[Draft, Report]:
    """The draft of the sources under ROOT, described, and its report.

    directory: of the snapshot whose imports the checks look at; profile: a file of other shapes to validate against.
    Raises SourceError if a source or the profile cannot be used.
    """
    draft = assemble(root)
    report = validate(draft, carried_imports(directory), raise_on_violation=False).report
    if profile is not None:
        report = report.run_checks("profile", {"vocpub": lambda: validate_against(profile, draft.store, draft.sources)})
    return draft, report


def raise_violations(report: Report) -> None:
    """Raise ShapeViolations if a report has any."""
    violations = [finding for finding in report.findings if finding.severity == "Violation"]
    if violations:
        raise ShapeViolations(violations)


def _describe_without_files(draft: Draft) -> str:
    # The N-Quads of the part of the graph that does not depend on the files made from it.
    prefixes = draft.sources.prefixes
    add_file_placeholders(draft.store, plan_dumps(draft.sources.root, draft.store), prefixes)
    describe(draft.store, prefixes)
    return sorted_nquads(draft.store)
