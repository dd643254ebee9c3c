"""A query as a job, and its answer: the contract between whoever asks and whoever evaluates.

Changes when a query gets a new choice. Jobs and answers cross a pipe, so both are plain values.
"""

import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol

from policing_goals.engine.ipc import Frame
from policing_goals.engine.spool import Spool
from policing_goals.errors import (
    BadRequest,
    ForbiddenQuery,
    NotAcceptable,
    Position,
    QueryError,
    QueryFailed,
    QuerySyntaxError,
    ResultTooLarge,
    SpoolFull,
)
from policing_goals.rdf.formats import Kind

# What may answer otherwise the next time, other endpoints and the labels of blank nodes among it.
# Read generously, as comments may stand anywhere: a false alarm only costs time.
VOLATILE = re.compile(r"(?<![?$:\w])(?:RAND|NOW|UUID|STRUUID|BNODE)(?!\w)|SERVICE|CONSTRUCT.*(?:_:|\[)", re.DOTALL)
REMEMBERED, REMEMBERED_SIZE = 256, 1024
VOLATILE_WORDS = ("RAND", "NOW", "UUID", "BNODE", "SERVICE", "CONSTRUCT")


@dataclass(frozen=True)
class QueryJob:
    """One query to evaluate.

    default and named: IRIs of the graphs of the dataset (see Dataset.ask). solutions
    and graph: the name of the format to write each kind of answer in, None if the
    client takes no format of that kind. coding: the content coding to put the answer in
    if that makes it smaller (RFC 9110, 8.4.1), empty for none.
    """

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    solutions: str | None = None
    graph: str | None = None
    coding: str = ""

    def form(self, kind: Kind) -> str | None:
        """The name of the format for an answer of that kind."""
        return self.solutions if kind is Kind.SOLUTIONS else self.graph

    @cached_property
    def frame(self) -> Frame:
        """The job as it goes to a worker: its choices as JSON, and its text."""
        if self.default or self.named:
            head = json.dumps([self.default, self.named, self.solutions, self.graph, self.coding]).encode()
        else:
            head = _dump_usual(self.solutions, self.graph, self.coding)
        return Frame(head, self.text.encode("utf-8", "surrogatepass"))

    @cached_property
    def volatile(self) -> bool:
        """Whether the query may have another answer when it is asked again of the same dataset."""
        text = self.text.upper()
        # The words alone are looked for first, which is much faster.
        return any(word in text for word in VOLATILE_WORDS) and VOLATILE.search(text) is not None

    @classmethod
    def of(cls, frame: Frame) -> "QueryJob":
        """The job of a frame."""
        default, named, solutions, graph, coding = _load(frame.head)
        text = frame.body.decode("utf-8", "surrogatepass")
        return cls(text, tuple(default), tuple(named), solutions, graph, coding)


# Few heads are different, and each takes longer to write or to read than what it stands for takes to carry;
# but a client can make one as long and as often another as it likes, by the graphs that it names.
@lru_cache(REMEMBERED)
def _dump_usual(solutions: str | None, graph: str | None, coding: str) -> bytes:
    return json.dumps([(), (), solutions, graph, coding]).encode()


def _load(head: bytes) -> Any:  # noqa: ANN401  # as json has it
    return _load_short(head) if len(head) <= REMEMBERED_SIZE else json.loads(head)


@lru_cache(REMEMBERED)
def _load_short(head: bytes) -> Any:  # noqa: ANN401  # as json has it
    return json.loads(head)


class QueryResult(NamedTuple):
    """The answer to a job.

    kind: of the answer; body: its bytes, none if the job takes no format of that kind;
    file: holds the bytes instead if they are many; coding: the content coding they are in, empty for none.
    """

    kind: Kind
    body: bytes
    file: Spool | None = None
    coding: str = ""

    def size(self) -> int:
        """The number of bytes."""
        return len(self.body) if self.file is None else len(self.file)


class QueryRunner(Protocol):
    """Whoever answers jobs and waits for each."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""

    def answer(self, job: QueryJob) -> QueryResult:
        """The whole answer to a job; raises QueryError for a query that gets none."""


class AsyncQueryRunner(Protocol):
    """Whoever answers jobs while others are under way."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""

    async def answer(self, job: QueryJob) -> QueryResult:
        """The whole answer to a job; raises QueryError for a query that gets none."""


# Refusals that cross the pipe by name; every other one is made on this side of it.
CROSSING = {
    each.__name__: each for each in (BadRequest, ForbiddenQuery, NotAcceptable, QueryFailed, ResultTooLarge, SpoolFull)
}


def dump_head(answer: QueryResult) -> bytes:
    """What an answer is besides its bytes, as JSON."""
    return _dump_head(answer.kind, answer.coding, answer.file is not None)


@lru_cache(REMEMBERED)
def _dump_head(kind: Kind, coding: str, spooled: bool) -> bytes:
    return json.dumps({"kind": kind.name, "coding": coding, "spooled": spooled}).encode()


def load_result(head: bytes, body: bytes, files: list[int]) -> "QueryResult | QueryError":
    """The answer or the refusal of a head and a body. files: descriptors that came with them, which it takes from."""
    fields = _load(head)
    if "error" in fields:
        return load_error(fields)
    file = Spool(files.pop(0)) if fields["spooled"] else None
    return QueryResult(Kind[fields["kind"]], body, file, fields["coding"])


def dump_error(error: QueryError) -> dict[str, object]:
    """A refusal as JSON values."""
    position = asdict(error.position) if isinstance(error, QuerySyntaxError) and error.position else None
    return {"error": type(error).__name__, "detail": str(error), "position": position}


def load_error(fields: dict[str, object]) -> QueryError:
    """The refusal that dump_error wrote."""
    detail, position = str(fields["detail"]), fields["position"]
    if fields["error"] == QuerySyntaxError.__name__:
        return QuerySyntaxError(detail, Position(**position) if isinstance(position, dict) else None)
    return CROSSING[str(fields["error"])](detail)
