"""The checklist of shapes/checklist.tsv, run: changes when a check can be told in another way.

A check is told by shapes (no Violation or Warning of theirs), by a query of shapes/checks/
(?node and ?holds for each thing looked at) or by a program. A check that looks at nothing fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import Literal, QuerySolutions, Store

from policing_goals.builder.sources import read_source
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.errors import Finding
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import SavedQuery
from policing_goals.model.validation_report import NOT_RUN, PENDING, Check, CheckResult

TABLE = "shapes/checklist.tsv"
COLUMNS = ("number", "asked_by", "how", "of", "says")
ELSEWHERE = {
    "http": "Asked of the site: see /validation, or run `policing-goals validate`.",
    "import": "There is no import: run `policing-goals import un-sdg`.",
    "profile": "Give its shapes with --profile.",
}


@dataclass(frozen=True)
class CheckContext:
    """What the checks look at.

    root: the sources; store and prefixes: the described dataset, without imports; findings: of the
    shapes; focus: the focus nodes of each reporting shape, by the end of its IRI; constrained: the properties that
    a shape has a path to; queries: the saved ones; nquads: of
    the dataset, before its files were made; again: makes them a second time.
    """

    root: Path
    store: Store
    prefixes: Prefixes
    findings: tuple[Finding, ...]
    focus: dict[str, int]
    constrained: frozenset[str]
    queries: tuple[SavedQuery, ...]
    nquads: str
    again: Callable[[], str]


CheckFunction = Callable[[CheckContext], CheckResult]


def run_checklist(evidence: CheckContext, programs: Mapping[str, CheckFunction]) -> tuple[Check, ...]:
    """Every check, in the order of the table; those of a server, an import or a profile are not run yet.

    programs: by the name in the column `of`. Raises SourceError for a row that names what is not there.
    """
    rows = read_plain_table(evidence.root, TABLE, COLUMNS)
    return tuple(_check(row, evidence, programs) for row in rows)


def _check(row: Row, evidence: CheckContext, programs: Mapping[str, CheckFunction]) -> Check:
    number, asked_by, how, of, says = (row.required(column) for column in COLUMNS)
    check = Check(number, asked_by, how, of, says, NOT_RUN, note=ELSEWHERE.get(how, ""))
    if how == "registration":
        return replace(check, status=PENDING)
    if how in ELSEWHERE:
        return check
    if how == "shapes":
        return check.with_result(_told_by_shapes(row, of.split(" "), evidence))
    if how == "query":
        return check.with_result(_told_by_query(row, of, evidence))
    if how != "program" or of not in programs:
        raise row.fault(f"there is no {how} {of!r}.", f"Write shapes, query, program or {', '.join(ELSEWHERE)}.")
    return check.with_result(programs[of](evidence))


def _told_by_shapes(row: Row, names: list[str], evidence: CheckContext) -> CheckResult:
    unknown = sorted(set(names) - evidence.focus.keys())
    if unknown:
        raise row.fault(f"there is no shape {unknown[0]!r}.", "Name shapes of shapes/ that have a severity.")
    told = {f"shape:{name}" for name in names}
    faults = [finding for finding in evidence.findings if finding.shape in told and finding.severity != "Info"]
    # The shapes of one check look at the same things, or at parts of them.
    return CheckResult(
        max(evidence.focus[name] for name in names), tuple(f"{each.node}: {each.message}" for each in faults)
    )


def _told_by_query(row: Row, name: str, evidence: CheckContext) -> CheckResult:
    file = f"shapes/checks/{name}.rq"
    try:
        found = evidence.store.query(read_source(evidence.root, file))
    except SyntaxError as error:
        raise row.fault(f"{file} does not parse: {error}.", "Mend the query.") from error
    if not isinstance(found, QuerySolutions):
        raise row.fault(f"{file} is no SELECT.", "Let it give ?node and ?holds.")
    rows = [(row["node"], row["holds"]) for row in found]
    faults = (node for node, holds in rows if not (isinstance(holds, Literal) and holds.value == "true"))
    return CheckResult(
        len(rows), tuple(evidence.prefixes.shorten(str(getattr(node, "value", node))) for node in faults)
    )
