"""Run shapes/checklist.tsv.

An item is checked by shapes (they report no Violation or Warning), by a query of shapes/checks/ (?node and ?holds for
each item looked at) or by a program. A check that looks at nothing fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pyoxigraph import Literal, QuerySolutions, Store

from policing_goals.builder.sources import Sources
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.errors import Finding
from policing_goals.model.validation_report import NOT_RUN, PENDING, Check, CheckResult, Shape

TABLE = "shapes/checklist.tsv"
COLUMNS = ("number", "asked_by", "how", "of", "says")
# Why a check of each kind has not run yet.
RUN_ELSEWHERE = {
    "http": "Checked on the site by `policing-goals build` and `policing-goals validate`.",
    "import": "There is no import: run `policing-goals import un-sdg`.",
    "profile": "Give its shapes with --profile.",
    "code": "It proves the code and not the data: run `policing-goals validate`.",
}


@dataclass(frozen=True)
class CheckContext:
    """What the checks look at.

    store: the described dataset, without imports; findings: of the shapes; shapes: those that report; constrained: the
    IRIs of the properties that a shape has a path to; answers: the number of results of each saved query, by name.
    """

    sources: Sources
    store: Store
    findings: tuple[Finding, ...]
    shapes: tuple[Shape, ...]
    constrained: frozenset[str]
    answers: Mapping[str, int]


CheckFunction = Callable[[CheckContext], CheckResult]


def run_checklist(context: CheckContext, programs: Mapping[str, CheckFunction]) -> tuple[Check, ...]:
    """Every check, in the order of the table; those that need a server, an import or a profile are not run yet.

    programs: by the name in the column `of`. Raises SourceError for a row that names something unknown.
    """
    return tuple(_check(row, context, programs) for row in read_plain_table(context.sources, TABLE, COLUMNS))


def _check(row: Row, context: CheckContext, programs: Mapping[str, CheckFunction]) -> Check:
    number, asked_by, how, of, says = (row.required(column) for column in COLUMNS)
    check = Check(number, asked_by, how, of, says, NOT_RUN, note=RUN_ELSEWHERE.get(how, ""))
    if how == "registration":
        return replace(check, status=PENDING)
    if how in RUN_ELSEWHERE:
        return check
    if how == "shapes":
        return check.with_result(_by_shapes(row, of.split(" "), context))
    if how == "query":
        return check.with_result(_by_query(row, of, context))
    if how != "program" or of not in programs:
        raise row.fault(f"there is no {how} {of!r}.", f"Write shapes, query, program or {', '.join(RUN_ELSEWHERE)}.")
    return check.with_result(programs[of](context))


def _by_shapes(row: Row, names: list[str], context: CheckContext) -> CheckResult:
    focus_nodes = {shape.name: shape.focus_nodes for shape in context.shapes}
    unknown = sorted(set(names) - focus_nodes.keys())
    if unknown:
        raise row.fault(f"there is no shape {unknown[0]!r}.", "Name shapes of shapes/ that have a severity.")
    shapes = {f"shape:{name}" for name in names}
    faults = [finding for finding in context.findings if finding.shape in shapes and finding.severity != "Info"]
    # The shapes of one check look at the same nodes, or at some of them.
    items = max(focus_nodes[name] for name in names)
    return CheckResult(items, tuple(f"{each.node}: {each.message}" for each in faults))


def _by_query(row: Row, name: str, context: CheckContext) -> CheckResult:
    file = f"shapes/checks/{name}.rq"
    try:
        found = context.store.query(context.sources.read(file))
    except SyntaxError as error:
        raise row.fault(f"{file} does not parse: {error}.", "Fix the query.") from error
    if not isinstance(found, QuerySolutions):
        raise row.fault(f"{file} is not a SELECT.", "Let it give ?node and ?holds.")
    rows = [(row["node"], row["holds"]) for row in found]
    faults = (node for node, holds in rows if not (isinstance(holds, Literal) and holds.value == "true"))
    shorten = context.sources.shorten
    return CheckResult(len(rows), tuple(shorten(str(getattr(node, "value", node))) for node in faults))
