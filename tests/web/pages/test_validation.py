"""The validation report: the same on the command line and at /validation, in every format."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from policing_goals.__main__ import main
from policing_goals.builder.external_profile import validate_against
from policing_goals.builder.pipeline import Draft
from policing_goals.engine.dataset import Dataset
from policing_goals.model.validation_report import NOT_RUN, PASS, PENDING, CheckResult, Report, load_report
from policing_goals.vocabulary import GPG
from policing_goals.web.pages.site_checks import SAMPLE, site_checks

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
    "1": NOT_RUN,
    "30": NOT_RUN,
    "32": NOT_RUN,
    "33": NOT_RUN,
    "36": NOT_RUN,
    "44": NOT_RUN,
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


def count(store: Store, property_: str, value: str) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, NamedNode(property_), NamedNode(value)))


def test_every_check_that_can_be_run_passes(dataset: Dataset) -> None:
    rest = {check.number: check.status for check in dataset.report.checks if check.status != PASS}

    assert rest == EXPECTED


def test_the_build_requests_an_entity_of_each_class_in_each_format_and_the_report_says_so(dataset: Dataset) -> None:
    version, negotiation = (check for check in dataset.report.checks if check.how == "http")

    assert (version.status, version.looked_at) == (PASS, 1)
    assert (negotiation.status, negotiation.note) == (PASS, SAMPLE)
    assert 100 < negotiation.looked_at < 330


@pytest.mark.full
def test_every_entity_is_there_in_every_format(dataset: Dataset) -> None:
    told = site_checks(dataset, every_entity=True)

    assert told["version"] == CheckResult(1)
    assert (told["negotiation"].faults, told["negotiation"].note) == ((), "")
    assert told["negotiation"].looked_at > 5000


def test_a_version_that_is_not_answered_fails_its_check(dataset: Dataset) -> None:
    store = Store()
    store.add(Quad(NamedNode(GPG + "ontology"), NamedNode(OWL + "versionIRI"), NamedNode(GPG + "ontology-9.9.9")))

    assert site_checks(replace(dataset, store=store))["version"].faults == (GPG + "ontology-9.9.9",)


def test_an_entity_that_does_not_redirect_fails_its_check(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policing_goals.web.pages.site_checks._redirects", lambda *_: False)
    result = site_checks(dataset)["negotiation"]

    assert len(result.faults) == result.looked_at > 100


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
    outcomes = {status: count(store, EARL + "outcome", EARL + name) for status, name in OUTCOMES.items()}

    assert count(store, TYPE, SH + "ValidationResult") == len(dataset.report.findings)
    assert count(store, TYPE, EARL + "Assertion") == len(dataset.report.checks)
    assert outcomes == dataset.report.tally()
    assert [quad.object for quad in store.quads_for_pattern(None, NamedNode(SH + "conforms"), None)] == [Literal(False)]


@pytest.mark.parametrize(("query", "accept", "status"), [("?format=pdf", "", 400), ("", "image/png", 406)])
def test_another_format_is_refused_with_what_there_is(
    query: str, accept: str, status: int, client: FlaskClient
) -> None:
    response = client.get("/validation" + query, headers={"Accept": accept} if accept else {})

    assert response.status_code == status
    assert "turtle" in response.get_data(as_text=True) or "ttl" in response.get_data(as_text=True)


def test_the_command_prints_the_checklist_with_its_figures(
    dataset: Dataset, validated_before: list[Path | None]
) -> None:
    lines = CliRunner().invoke(main, ["validate"]).stdout.splitlines()

    for check in dataset.report.checks:
        [line] = [line for line in lines if line.startswith(f"{check.number:>2}  ")]
        assert check.says in line
    assert lines[-1].endswith("pending registration")
    assert not any(": Info: " in line for line in lines)
    assert validated_before == [None]


@pytest.fixture
def validated_before(dataset: Dataset, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """Let the command find its report made; gives the profiles that it was asked for."""
    asked: list[Path | None] = []

    def made(root: Path, snapshot: Path, site: object, profile: Path | None, progress: object) -> tuple[Draft, Report]:
        asked.append(profile)
        return draft, dataset.report

    monkeypatch.setattr("policing_goals.builder.pipeline.validate_sources", made)
    return asked


def test_the_command_writes_a_standalone_page(validated_before: list[Path | None]) -> None:
    page = CliRunner().invoke(main, ["validate", "--format", "html"]).stdout

    assert page.startswith("<!doctype html>")
    assert "<style>" in page
    assert "stylesheet" not in page


def test_the_command_writes_json_and_takes_a_profile(validated_before: list[Path | None], tmp_path: Path) -> None:
    shapes = tmp_path / "profile.ttl"
    shapes.write_text(PROFILE % 1, "utf-8")
    written = CliRunner().invoke(main, ["validate", "--format", "json", "--profile", str(shapes)]).stdout
    fields = json.loads(written)

    assert len(fields["checks"]) == sum(fields["checklist"].values()) == 46
    assert validated_before == [shapes]


def test_a_profile_that_the_data_do_not_follow_has_a_violation_for_each_scheme(draft: Draft, tmp_path: Path) -> None:
    shapes = tmp_path / "profile.ttl"
    shapes.write_text(PROFILE % 1, "utf-8")
    result = validate_against(shapes, draft.store, draft.sources)

    assert result.looked_at == 10
    assert len({fault.partition(":")[0] for fault in result.faults}) > 0


def test_a_profile_that_the_data_follow_has_no_violation(draft: Draft, tmp_path: Path) -> None:
    shapes = tmp_path / "profile.ttl"
    shapes.write_text(PROFILE % 0, "utf-8")

    assert validate_against(shapes, draft.store, draft.sources) == CheckResult(10, ())
