"""From the files to a snapshot, in order: changes when the build gets a new step."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, Store

from server.errors import Finding, ShapeViolations
from server.graph.crosswalks import read_crosswalks
from server.graph.description import describe, graph_counts, version
from server.graph.facets import read_facets
from server.graph.imports import kept_imports
from server.graph.links import read_links
from server.graph.prefixes import read_prefixes
from server.graph.quotation import check_quotations
from server.graph.rules import entail
from server.graph.saved_queries import check_saved_queries, read_saved_queries
from server.graph.snapshot import manifest_sources, sorted_nquads, write_snapshot
from server.graph.sources import Assembly, read_turtle
from server.graph.validation import read_shapes, validate
from server.prefixes import Prefixes
from server.saved_query import dump_queries
from server.snapshot_format import DATASET, FORMAT, PREFIXES, QUERIES, Manifest


@dataclass(frozen=True)
class Built:
    """A finished build: the snapshot's SHA-256, its manifest, and the findings below Violation."""

    sha256: str
    manifest: Manifest
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Draft:
    """The dataset with its entailments, not yet validated: the store, where things stand, and the prefix table."""

    store: Store
    assembly: Assembly
    prefixes: Prefixes


def assemble(root: Path) -> Draft:
    """Read every source under ROOT and run the rules; raises SourceError for the first that cannot be used."""
    prefixes = read_prefixes(root)
    assembly = Assembly()
    read_turtle(root, prefixes, assembly)
    read_links(root, prefixes, assembly)
    read_facets(root, prefixes, assembly)
    read_crosswalks(root, prefixes, assembly)
    store = Store()
    store.extend(assembly.quads)
    store.extend(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in assembly.quads)
    entail(root, store)
    return Draft(store, assembly, prefixes)


def check(root: Path, draft: Draft) -> list[Finding]:
    """Validate a draft; returns the findings below Violation.

    Raises ShapeViolations if there is a Violation, SourceError if a quotation is not exact.
    """
    findings = validate(read_shapes(root), draft.store, draft.assembly, draft.prefixes)
    violations = [finding for finding in findings if finding.severity == "Violation"]
    if violations:
        raise ShapeViolations(violations)
    check_quotations(root, draft.store)
    return findings


def build(root: Path, directory: Path) -> Built:
    """Build the snapshot of the sources under ROOT into DIRECTORY.

    Two builds of the same sources give the same bytes. What was imported into the snapshot in
    service is taken over. Raises SourceError, leaving the snapshot in
    service as it was, if a source cannot be used; SnapshotError if it cannot be written.
    """
    sources = manifest_sources(root)
    draft = assemble(root)
    findings = check(root, draft)
    describe(draft.store, draft.prefixes)
    queries = read_saved_queries(root)
    check_saved_queries(queries, draft.store, draft.prefixes)
    kept = kept_imports(directory)
    draft.store.extend(kept.quads)
    files = {
        DATASET: sorted_nquads(draft.store),
        QUERIES: dump_queries(queries),
        PREFIXES: json.dumps(draft.prefixes.table, indent=1, sort_keys=True) + "\n",
    }
    manifest = Manifest(
        format=FORMAT,
        version=version(draft.store, draft.prefixes),
        sources=sources,
        files={name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        graphs=graph_counts(draft.store),
        triples=sum(1 for _ in draft.store.quads_for_pattern(None, None, None, DefaultGraph())),
        warnings=[*kept.warnings, *(str(finding) for finding in findings if finding.severity == "Warning")],
        imports=kept.imports,
    )
    return Built(write_snapshot(directory, files, manifest), manifest, tuple(findings))
