"""From the files to a snapshot, in order: changes when the build gets a new step."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, Store

from policing_goals.builder.checklist import CheckContext, run_checklist
from policing_goals.builder.checks import CHECKS
from policing_goals.builder.crosswalks import read_crosswalks
from policing_goals.builder.dumps import DumpFile, make_dumps, plan_dumps
from policing_goals.builder.external_profile import validate_against
from policing_goals.builder.facets import read_facets
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
from policing_goals.builder.sources import SourceGraph, read_context, read_prefixes, read_source, read_turtle
from policing_goals.builder.terminology import check_terminology
from policing_goals.errors import ShapeViolations
from policing_goals.model.prefixes import Prefixes
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
    """A finished build: the snapshot's SHA-256, its manifest, and the report of its validation."""

    sha256: str
    manifest: Manifest
    report: Report


@dataclass(frozen=True)
class Draft:
    """The dataset with its entailments, not yet validated: the store, where things stand, and the prefix table."""

    store: Store
    assembly: SourceGraph
    prefixes: Prefixes


def assemble(root: Path) -> Draft:
    """Read every source under ROOT and run the rules; raises SourceError for the first that cannot be used."""
    prefixes = read_context(root, read_prefixes(root))
    assembly = SourceGraph()
    read_turtle(root, prefixes, assembly)
    read_links(root, prefixes, assembly)
    read_facets(root, prefixes, assembly)
    read_crosswalks(root, prefixes, assembly)
    describe_queries(read_saved_queries(root), prefixes, assembly)
    store = Store()
    store.extend(assembly.quads)
    store.extend(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in assembly.quads)
    entail(root, store)
    return Draft(store, assembly, prefixes)


@dataclass(frozen=True)
class Validated:
    """What came of validating and describing a draft: the report, and the graph as files."""

    report: Report
    dumps: tuple[DumpFile, ...]


def validate(
    root: Path, draft: Draft, queries: tuple[SavedQuery, ...], kept: CarriedImports, forgiving: bool = False
) -> Validated:
    """Validate a draft, describe it, write it as files, and run the checklist. kept: what is imported beside it.

    Raises ShapeViolations if there is a Violation, unless it is forgiving, and then they are in the report; SourceError
    for a quotation that is not exact, and for a shape, a check or a description that cannot be used.
    """
    shapes = read_shapes(root)
    found = run_shacl(shapes, draft.store, draft.assembly, draft.prefixes)
    findings = (*check_terminology(root, draft.assembly, draft.prefixes), *found.findings)
    violations = [finding for finding in findings if finding.severity == "Violation"]
    if violations and not forgiving:
        raise ShapeViolations(violations)
    if not violations:
        check_quotations(root, draft.store)
    nquads = _describe_without_files(root, draft)
    dumps = make_dumps(root, draft.store, draft.prefixes)
    fill_in_files(draft.store, dumps, draft.prefixes)
    described = describe_shapes(root, draft.store)
    evidence = CheckContext(
        root=root,
        store=draft.store,
        prefixes=draft.prefixes,
        findings=findings,
        focus={shape.name: shape.focus_nodes for shape in described},
        constrained=constrained(shapes),
        queries=queries,
        nquads=nquads,
        again=lambda: _describe_without_files(root, assemble(root)),
    )
    checks = run_checklist(evidence, CHECKS)
    report = Report(version(draft.store, draft.prefixes), findings, described, checks, found.ntriples)
    return Validated(report.run_checks("import", import_checks(draft.store, kept)), dumps)


def _describe_without_files(root: Path, draft: Draft) -> str:
    # The graph as far as it does not depend on the files made from it.
    add_file_placeholders(draft.store, plan_dumps(root, draft.store), draft.prefixes)
    describe(draft.store, draft.prefixes)
    return sorted_nquads(draft.store)


def validate_sources(root: Path, directory: Path, profile: Path | None = None) -> tuple[Draft, Report]:
    """The draft of the sources under ROOT, described, and its report.

    directory: of the snapshot, whose imports the checks look at; profile: a file of other
    shapes to hold it against. Raises SourceError if a source or the profile cannot be used.
    """
    draft = assemble(root)
    queries = with_options(read_saved_queries(root), draft.store, draft.prefixes)
    report = validate(root, draft, queries, carried_imports(directory), forgiving=True).report
    if profile is not None:
        report = report.run_checks(
            "profile", {"vocpub": lambda: validate_against(profile, draft.store, draft.assembly, draft.prefixes)}
        )
    return draft, report


def refuse_violations(report: Report) -> None:
    """Raise ShapeViolations if there are any."""
    violations = [finding for finding in report.findings if finding.severity == "Violation"]
    if violations:
        raise ShapeViolations(violations)


def build(root: Path, directory: Path) -> Built:
    """Build the snapshot of the sources under ROOT into DIRECTORY.

    Two builds of the same sources give the same bytes. What was imported into the snapshot in
    service is taken over. Raises SourceError, leaving the snapshot in
    service as it was, if a source cannot be used; SnapshotError if it cannot be written.
    """
    sources = manifest_sources(root)
    draft = assemble(root)
    queries = with_options(read_saved_queries(root), draft.store, draft.prefixes)
    check_saved_queries(queries, draft.store, draft.prefixes)
    kept = carried_imports(directory)
    examined = validate(root, draft, queries, kept)
    report = examined.report
    draft.store.extend(kept.quads)
    files = {
        DATASET: sorted_nquads(draft.store),
        QUERIES: dump_queries(queries),
        REPORT: report.dumps(),
        INDEX: dump_index(read_corpus(draft.store, draft.prefixes)),
        CONTEXT: read_source(root, CONTEXT_FILE),
        SHAPES: shapes_as_ntriples(root),
        PREFIXES: json.dumps(asdict(draft.prefixes), indent=1) + "\n",
    }
    manifest = Manifest(
        format=FORMAT,
        version=version(draft.store, draft.prefixes),
        sources=sources,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        graphs=graph_counts(draft.store),
        triples=sum(1 for _ in draft.store.quads_for_pattern(None, None, None, DefaultGraph())),
        warnings=[*kept.warnings, *(str(finding) for finding in report.findings if finding.severity == "Warning")],
        imports=kept.imports,
        data={dump.name: dump.fields() for dump in examined.dumps},
    )
    dumps = {dump.name: dump.content for dump in examined.dumps}
    return Built(write_snapshot(directory, files, manifest, dumps), manifest, report)
