"""The validation report: SHACL findings, the shapes, and the checklist with the outcome of each check.

In RDF it is an sh:ValidationReport (SHACL, section 3) with an earl:Assertion for each check (EARL 1.0 Schema).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pyoxigraph import BlankNode, Literal, RdfFormat, Triple, parse

from policing_goals.errors import Finding
from policing_goals.model.prefixes import Prefixes

PASS, FAIL, NOT_RUN, PENDING = "pass", "fail", "not run", "pending registration"
STATUSES = (PASS, FAIL, NOT_RUN, PENDING)
WIDTH = max(map(len, STATUSES))
# Faults of one check in the text report.
MAX_FAULTS = 5
OUTCOMES = {PASS: "passed", FAIL: "failed", NOT_RUN: "untested", PENDING: "cantTell"}


@dataclass(frozen=True)
class CheckResult:
    """How many items a check looked at, its faults, one sentence each, and what else there is to say about the run."""

    looked_at: int
    faults: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One item of the checklist (shapes/checklist.tsv) and its outcome.

    number: its place in the list; asked_by: the principle or standard that asks for it; how and of: what checks it
    (shapes by name, a query, a program …); says: what must hold; status: one of STATUSES; looked_at and faults: as in
    CheckResult; note: why it was not run, or how.
    """

    number: str
    asked_by: str
    how: str
    of: str
    says: str
    status: str
    looked_at: int = 0
    faults: tuple[str, ...] = ()
    note: str = ""

    def summary_lines(self) -> Iterator[str]:
        """The note, and the first faults, one line each."""
        if self.note:
            yield self.note
        yield from self.faults[:MAX_FAULTS]
        if len(self.faults) > MAX_FAULTS:
            yield f"and {len(self.faults) - MAX_FAULTS} more"

    def with_result(self, result: CheckResult) -> "Check":
        """The check after it was run. One that looked at nothing fails."""
        status = PASS if result.looked_at and not result.faults else FAIL
        return replace(self, status=status, looked_at=result.looked_at, faults=result.faults, note=result.note)


@dataclass(frozen=True)
class Shape:
    """A SHACL shape with a severity.

    name: the end of its IRI; file: where it is defined; title and says (its message, with {?…} for the values) by
    language; severity: Violation, Warning or Info; focus_nodes: how many it validates; spoiler: a SPARQL Update of the
    valid graph that must violate this shape and no other.
    """

    name: str
    file: str
    title: dict[str, str]
    says: dict[str, str]
    severity: str
    focus_nodes: int
    spoiler: str


@dataclass(frozen=True)
class Report:
    """The findings, the most severe first, the shapes by file and name, and the checklist in its order.

    ntriples: the findings as an sh:ValidationReport.
    """

    version: str
    findings: tuple[Finding, ...]
    shapes: tuple[Shape, ...]
    checks: tuple[Check, ...]
    ntriples: str

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def tally(self) -> dict[str, int]:
        """The number of checks by status."""
        return {status: sum(check.status == status for check in self.checks) for status in STATUSES}

    def with_results(self, how: str, results: Mapping[str, CheckResult]) -> "Report":
        """The report with the results of checks of a kind, by the name in their column `of`."""
        checks = (
            check.with_result(results[check.of]) if check.how == how and check.of in results else check
            for check in self.checks
        )
        return replace(self, checks=tuple(checks))

    def reset_checks(self, how: str, note: str) -> "Report":
        """The report with the checks of a kind marked as not run; note: why."""
        checks = (
            replace(check, status=NOT_RUN, looked_at=0, faults=(), note=note) if check.how == how else check
            for check in self.checks
        )
        return replace(self, checks=tuple(checks))

    def lines(self, hints: bool = False) -> Iterator[str]:
        """The report as text: the warnings (and the findings of severity Info, if hints), the counts, the checklist."""
        for finding in self.findings:
            if finding.severity == "Warning" or (hints and finding.severity == "Info"):
                yield str(finding)
        yield f"{self.count('Violation')} violations, {self.count('Warning')} warnings, {self.count('Info')} hints"
        yield ""
        for check in self.checks:
            figure = f" ({check.looked_at})" if check.looked_at else ""
            yield f"{check.number:>2}  {check.status:<{WIDTH}}  {check.says}{figure} [{check.asked_by}]"
            yield from (f"{'':{WIDTH + 6}}{line}" for line in check.summary_lines())
        yield ", ".join(f"{number} {status}" for status, number in self.tally().items())

    def triples(self, prefixes: Prefixes) -> Iterator[Triple]:
        """The report in RDF: the SHACL results, and each check with its outcome."""
        for quad in parse(self.ntriples, format=RdfFormat.N_TRIPLES):
            yield quad.triple
        for check in self.checks:
            yield from _assertion(check, prefixes)

    def dumps(self) -> str:
        """The report as JSON, the same bytes for the same report."""
        fields = asdict(self)
        return json.dumps({**fields, "checklist": self.tally()}, indent=1, ensure_ascii=False) + "\n"


def load_report(text: str) -> Report:
    """The report from the JSON of dumps(); raises ValueError, TypeError or KeyError for any other."""
    fields: dict[str, Any] = json.loads(text)
    return Report(
        version=fields["version"],
        findings=tuple(Finding(**finding) for finding in fields["findings"]),
        shapes=tuple(Shape(**shape) for shape in fields["shapes"]),
        checks=tuple(Check(**{**check, "faults": tuple(check["faults"])}) for check in fields["checks"]),
        ntriples=fields["ntriples"],
    )


def _assertion(check: Check, prefixes: Prefixes) -> Iterator[Triple]:
    expand = prefixes.expand
    assertion, test, result = (BlankNode(f"{kind}{check.number}") for kind in ("assertion", "check", "outcome"))
    summary = f"{check.status}; {check.looked_at} items" if check.looked_at else check.note or check.status
    yield Triple(assertion, expand("rdf:type"), expand("earl:Assertion"))
    yield Triple(assertion, expand("earl:subject"), expand("gpg:dataset"))
    yield Triple(assertion, expand("earl:test"), test)
    yield Triple(test, expand("rdf:type"), expand("earl:TestCriterion"))
    yield Triple(test, expand("dcterms:identifier"), Literal(check.number))
    yield Triple(test, expand("dcterms:title"), Literal(check.says, language="en"))
    yield Triple(assertion, expand("earl:mode"), expand("earl:automatic"))
    yield Triple(assertion, expand("earl:result"), result)
    yield Triple(result, expand("rdf:type"), expand("earl:TestResult"))
    yield Triple(result, expand("earl:outcome"), expand(f"earl:{OUTCOMES[check.status]}"))
    for text in (summary, *check.faults):
        yield Triple(result, expand("earl:info"), Literal(text, language="en"))
