"""The validation report: the same on the command line and at /validation, in every format."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from policing_goals.builder.external_profile import validate_against
from policing_goals.builder.pipeline import Draft
from policing_goals.engine.dataset import Dataset
from policing_goals.model.validation_report import NOT_RUN, PASS, PENDING, CheckResult, load_report
from policing_goals.vocabulary import GPG
from policing_goals.web.pages.validation import http_checks
from tests.conftest import ROOT

OWL = "http://www.w3.org/2002/07/owl#"
EARL, SH = "http://www.w3.org/ns/earl#", "http://www.w3.org/ns/shacl#"
TYPES = {
    "text/html": "text/html; charset=utf-8",
    "application/json": "application/json",
    "text/plain": "text/plain; charset=utf-8",
    "text/turtle": "text/turtle; charset=utf-8",
    "application/ld+json": "application/ld+json",
}
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
OUTCOMES = {"pass": "passed", "fail": "failed", "not run": "untested", "pending registration": "cantTell"}
EXPECTED = {
    "6": NOT_RUN,
    "30": NOT_RUN,
    "32": NOT_RUN,
    "33": NOT_RUN,
    "36": NOT_RUN,
    "42": NOT_RUN,
    "45": PENDING,
    "46": PENDING,
}
# Shapes of somebody else's profile: each concept has a note on its history. None of ours has.
PROFILE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://example.org/history> a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [
  sh:path skos:historyNote ; sh:minCount %d ; sh:message "Say where it comes from." ] .
"""


def validated(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "policing_goals", "validate", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def count(store: Store, property_: str, value: str) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, NamedNode(property_), NamedNode(value)))


def test_every_check_that_can_be_run_passes(dataset: Dataset) -> None:
    rest = {check.number: check.status for check in dataset.report.checks if check.status != PASS}

    assert rest == EXPECTED


def test_the_http_checks_request_the_site(dataset: Dataset) -> None:
    told = {name: check() for name, check in http_checks(dataset).items()}

    assert told["version"] == CheckResult(1)
    assert told["negotiation"].faults == ()
    assert told["negotiation"].looked_at > 5000


def test_a_version_that_is_not_answered_fails_its_check(dataset: Dataset) -> None:
    store = Store()
    store.add(Quad(NamedNode(GPG + "ontology"), NamedNode(OWL + "versionIRI"), NamedNode(GPG + "ontology-9.9.9")))

    assert http_checks(replace(dataset, store=store))["version"]().faults == (GPG + "ontology-9.9.9",)


def test_the_report_survives_being_written_and_read(dataset: Dataset) -> None:
    assert load_report(dataset.report.dumps()) == dataset.report


def test_the_page_shows_every_check_every_finding_and_every_shape_with_its_spoiler(
    client: FlaskClient, dataset: Dataset
) -> None:
    page = client.get("/validation", headers={"Accept": "text/html"}).get_data(as_text=True)

    assert len(dataset.report.shapes) > 100
    assert all(f'id="check-{check.number}"' in page for check in dataset.report.checks)
    assert all(f'id="{shape.name}"' in page for shape in dataset.report.shapes)
    assert page.count("<summary>Failing example</summary>") == len(dataset.report.shapes)
    assert page.count("<td>Info</td>") == dataset.report.count("Info") > 0
    assert "<style" not in page


@pytest.mark.parametrize("accept", TYPES)
def test_the_report_comes_in_the_requested_format(accept: str, client: FlaskClient) -> None:
    response = client.get("/validation", headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == TYPES[accept]
    assert "Accept" in response.headers["Vary"]


def test_the_report_in_rdf_has_each_finding_and_each_check(client: FlaskClient, dataset: Dataset) -> None:
    store = Store()
    store.load(client.get("/validation?format=ttl").data, format=RdfFormat.TURTLE)
    told = dataset.report.run_checks("http", http_checks(dataset))
    outcomes = {status: count(store, EARL + "outcome", EARL + name) for status, name in OUTCOMES.items()}

    assert count(store, TYPE, SH + "ValidationResult") == len(dataset.report.findings)
    assert count(store, TYPE, EARL + "Assertion") == len(dataset.report.checks)
    assert outcomes == told.tally()
    assert [quad.object for quad in store.quads_for_pattern(None, NamedNode(SH + "conforms"), None)] == [Literal(False)]


@pytest.mark.parametrize(("query", "accept", "status"), [("?format=pdf", "", 400), ("", "image/png", 406)])
def test_another_format_is_refused_with_what_there_is(
    query: str, accept: str, status: int, client: FlaskClient
) -> None:
    response = client.get("/validation" + query, headers={"Accept": accept} if accept else {})

    assert response.status_code == status
    assert "turtle" in response.get_data(as_text=True) or "ttl" in response.get_data(as_text=True)


def test_the_command_prints_the_checklist_with_its_figures(dataset: Dataset) -> None:
    lines = validated().splitlines()

    for check in dataset.report.checks:
        [line] = [line for line in lines if line.startswith(f"{check.number:>2}  ")]
        assert check.says in line
    assert lines[-1].endswith("pending registration")
    assert not any(": Info: " in line for line in lines)


def test_the_command_writes_a_standalone_page() -> None:
    page = validated("--format", "html")

    assert page.startswith("<!doctype html>")
    assert "<style>" in page
    assert "stylesheet" not in page


def test_the_command_writes_json_and_tries_a_profile_of_somebody_else(tmp_path: Path) -> None:
    shapes = tmp_path / "profile.ttl"
    shapes.write_text(PROFILE % 1, "utf-8")
    fields = json.loads(validated("--format", "json", "--profile", shapes))
    (tried,) = (check for check in fields["checks"] if check["number"] == "36")

    assert len(fields["checks"]) == sum(fields["checklist"].values()) == 46
    assert tried["status"] == "fail"
    assert tried["looked_at"] == 9


def test_a_profile_that_the_data_follow_has_no_violation(draft: Draft, tmp_path: Path) -> None:
    shapes = tmp_path / "profile.ttl"
    shapes.write_text(PROFILE % 0, "utf-8")

    assert validate_against(shapes, draft.store, draft.sources) == CheckResult(9, ())
