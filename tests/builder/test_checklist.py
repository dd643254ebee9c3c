"""The checklist: every item is reported, and every item that can be run here can fail."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Store

from policing_goals.builder.checklist import TABLE, CheckContext, run_checklist
from policing_goals.builder.checks import CHECKS
from policing_goals.builder.code_checks import code_checks
from policing_goals.builder.dumps import plan_dumps
from policing_goals.builder.metadata import add_file_placeholders, describe
from policing_goals.builder.pipeline import assemble
from policing_goals.builder.saved_queries import check_saved_queries
from policing_goals.builder.shapes import constrained, describe_shapes, read_shapes
from policing_goals.builder.sources import open_sources
from policing_goals.builder.tables import read_plain_table
from policing_goals.errors import Finding, SourceError
from policing_goals.model.validation_report import FAIL, PASS, Check, CheckResult
from tests.conftest import ROOT
from tests.support.sources import copy_sources

PREFIXES = """
PREFIX adms: <http://www.w3.org/ns/adms#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sssom: <https://w3id.org/sssom/>
PREFIX void: <http://rdfs.org/ns/void#>
"""
# A change to the good graph, and the check that must see it.
UPDATES = {
    "no-blank-nodes": "INSERT DATA { [] rdfs:label 'nobody'@en }",
    "own-iris": "INSERT DATA { <https://w3id.org/global-policing-goals/a%20b> rdfs:label 'a b'@en }",
    "ontology-iri": "INSERT DATA { <http://example.org/terms#x> rdfs:isDefinedBy gpg:ontology }",
    "version-iri": "DELETE WHERE { gpg:ontology owl:versionIRI ?iri }",
    "citation": "DELETE WHERE { gpg:dataset adms:status ?status }",
    "language-tags": "INSERT DATA { gpg:goal-1 skos:scopeNote 'kein Deutsch'@de }",
    "notations": "INSERT DATA { gpg:goal-1 skos:notation 'G2'^^gpgo:Code }",
    "distributions": "DELETE WHERE { ?service <http://www.w3.org/ns/dcat#servesDataset> gpg:dataset }",
    "graphs-described": "DELETE WHERE { gpg:graph-core dcterms:license ?licence }",
    "partitions": "INSERT DATA { gpg:goal-8 a gpgo:Goal }",
    "one_version": "INSERT DATA { gpg:ontology owl:versionInfo '0.9' }",
    "ranges": "INSERT DATA { gpgo:aim a owl:ObjectProperty ; rdfs:range gpgo:Goal }",
    "exact_quotations": "INSERT DATA { gpg:goal-1 gpgo:officialText 'Autre chose'@fr }",
    "whole_source": "DELETE WHERE { gpg:objective-3.2 gpgo:officialText ?text }",
    "mappings_round_trip": "DELETE WHERE { gpg:link-objective-6\\.3-sdg-16\\.4 owl:annotatedTarget ?target }",
}


# A change to the files, and the check that must see it.
FILES: dict[str, Callable[[Path], None]] = {
    "mapping_columns": lambda root: _cut(
        root / "data/links/unbis.sssom.tsv", "semapv:BackgroundKnowledgeBasedMatching"
    ),
}


def _cut(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8").replace(text, "", 1), "utf-8")


@pytest.fixture(scope="module")
def evidence() -> CheckContext:
    """What the checks look at, with no finding of the shapes."""
    draft = assemble(ROOT)
    sources = draft.sources
    add_file_placeholders(draft.store, plan_dumps(ROOT, draft.store), sources.prefixes)
    describe(draft.store, sources.prefixes)
    return CheckContext(
        sources=sources,
        store=draft.store,
        findings=(),
        shapes=describe_shapes(sources, draft.store),
        constrained=constrained(read_shapes(sources)),
        answers=check_saved_queries(draft.queries, draft.store, sources),
    )


def outcome(evidence: CheckContext, of: str) -> Check:
    """What comes of the one check that is told by this query, program or list of shapes."""
    return next(check for check in run_checklist(evidence, CHECKS) if of in check.of.split(" "))


def test_the_checklist_has_every_item_in_its_order() -> None:
    rows = read_plain_table(open_sources(ROOT), TABLE, ("number", "says", "how", "of"))

    assert [row.values["number"] for row in rows] == [str(number) for number in range(1, 47)]
    assert {path.stem for path in (ROOT / "shapes/checks").glob("*.rq")} == {
        row.values["of"] for row in rows if row.values["how"] == "query"
    }
    assert CHECKS.keys() == {row.values["of"] for row in rows if row.values["how"] == "program"}
    assert code_checks(ROOT, "", str).keys() == {row.values["of"] for row in rows if row.values["how"] == "code"}


@pytest.mark.parametrize("of", UPDATES)
def test_a_change_of_the_graph_fails_its_check(of: str, evidence: CheckContext) -> None:
    before = outcome(evidence, of)
    changed = Store()
    changed.extend(evidence.store)
    changed.update(PREFIXES + UPDATES[of])
    after = outcome(replace(evidence, store=changed), of)

    assert before.status == PASS, before
    assert after.status == FAIL
    assert after.faults


@pytest.mark.parametrize("of", FILES)
def test_a_change_of_the_files_fails_its_check(of: str, evidence: CheckContext, tmp_path: Path) -> None:
    copy_sources(tmp_path)
    FILES[of](tmp_path)

    assert outcome(evidence, of).status == PASS
    assert outcome(replace(evidence, sources=open_sources(tmp_path)), of).status == FAIL


def test_a_shape_without_a_failing_example_or_a_focus_node_fails_the_check_of_shapes(evidence: CheckContext) -> None:
    first, *rest = evidence.shapes

    assert outcome(evidence, "shapes_can_fail").status == PASS
    for changed in (replace(first, spoiler=""), replace(first, focus_nodes=0)):
        assert outcome(replace(evidence, shapes=(changed, *rest)), "shapes_can_fail").status == FAIL


def test_every_shape_stops_the_build_but_for_four(evidence: CheckContext) -> None:
    assert {shape.name: shape.severity for shape in evidence.shapes if shape.severity != "Violation"} == {
        "bullet-supports": "Info",
        "link-confidence-firm": "Info",
        "link-analysis-has-evidence": "Warning",
        "link-evidence-belongs": "Warning",
    }


def test_a_saved_query_without_a_result_fails_its_check(evidence: CheckContext) -> None:
    assert outcome(evidence, "queries_answer").status == PASS
    assert outcome(replace(evidence, answers={**evidence.answers, "goals": 0}), "queries_answer").faults == ("goals",)


def test_parsers_that_disagree_fail_their_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_checks(ROOT, "one\n", lambda: "one\n")["parsers"].faults == ()

    monkeypatch.setattr("policing_goals.builder.code_checks.count_with_rdflib", lambda path: 1)

    result = code_checks(ROOT, "one\n", lambda: "one\n")["parsers"]
    assert len(result.faults) == result.looked_at > 20


def test_a_finding_fails_the_check_of_its_shape_and_a_violation_the_whole(evidence: CheckContext) -> None:
    warning = Finding("Warning", "", "gpg:goal-1", "shape:label-unique", "Make them different.", "")
    hint, violation = replace(warning, severity="Info"), replace(warning, severity="Violation")

    assert outcome(evidence, "label-unique").status == PASS
    assert outcome(replace(evidence, findings=(hint,)), "label-unique").status == PASS
    assert outcome(replace(evidence, findings=(warning,)), "label-unique").status == FAIL
    assert outcome(replace(evidence, findings=(warning,)), "no_violation").status == PASS
    assert outcome(replace(evidence, findings=(violation,)), "no_violation").status == FAIL


def test_a_second_build_that_differs_fails_its_check() -> None:
    assert code_checks(ROOT, "one\n", lambda: "one\n")["reproducible"] == CheckResult(1)
    assert len(code_checks(ROOT, "one\n", lambda: "two\n")["reproducible"].faults) == 1


def test_a_check_that_looks_at_nothing_fails(evidence: CheckContext) -> None:
    assert outcome(replace(evidence, store=Store()), "own-iris").status == FAIL


@pytest.mark.parametrize(
    ("how", "of", "says"),
    [
        ("shapes", "no-such-shape", "there is no shape"),
        ("program", "magic", "there is no program"),
        ("query", "x", "cannot be read"),
    ],
)
def test_a_row_that_names_what_is_not_there_is_refused(
    how: str, of: str, says: str, evidence: CheckContext, tmp_path: Path
) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / TABLE).write_text(f"number\tasked_by\thow\tof\tsays\n1\tus\t{how}\t{of}\tNothing.\n", "utf-8")

    with pytest.raises(SourceError, match=says):
        run_checklist(replace(evidence, sources=replace(evidence.sources, root=tmp_path)), CHECKS)
