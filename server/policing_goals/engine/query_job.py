"""A query job, its result, and their wire format. Both cross a socket between processes, so both are plain values."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

from policing_goals.engine.ipc import Frame
from policing_goals.engine.spool import Spool
from policing_goals.errors import (
    BackendFailed,
    BadRequest,
    ForbiddenQuery,
    Message,
    NotAcceptable,
    Position,
    QueryError,
    QueryFailed,
    QuerySyntaxError,
    ResultTooLarge,
    ServiceFailed,
    SpoolFull,
)
from policing_goals.rdf.formats import Kind

CACHED_HEADS, MAX_CACHED_HEAD = 256, 1024
Outcome_co = TypeVar("Outcome_co", covariant=True)


class WorkerTask(Protocol[Outcome_co]):
    """What a worker does at a time."""

    @property
    def frame(self) -> Frame:
        """The job as it is sent to a worker."""

    def load(self, frame: Frame, files: list[int]) -> "Outcome_co | QueryError":
        """The outcome that a worker sent back. files: the descriptors received with it; the first is removed."""


@dataclass(frozen=True)
class QueryJob:
    """A query to evaluate.

    default and named: IRIs of the graphs of the dataset (see Dataset.query). solutions and graph: the name of the
    format for each kind of result, None if the client accepts no format of that kind. coding: the content coding of
    the result if it is large enough (RFC 9110, 8.4.1), empty for none. base: the IRI for relative ones, that of the
    endpoint.
    """

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    solutions: str | None = None
    graph: str | None = None
    coding: str = ""
    base: str = ""

    def form(self, kind: Kind) -> str | None:
        """The name of the format for a result of a kind."""
        return self.solutions if kind is Kind.SOLUTIONS else self.graph

    @cached_property
    def frame(self) -> Frame:
        """The job as it is sent to a worker: its options as JSON, and its text."""
        if self.default or self.named:
            head = json.dumps([self.default, self.named, self.solutions, self.graph, self.coding, self.base]).encode()
        else:
            head = _dump_options(self.solutions, self.graph, self.coding, self.base)
        return Frame(head, self.text.encode("utf-8", "surrogatepass"))

    def load(self, frame: Frame, files: list[int]) -> "QueryResult | QueryError":
        """The result that a worker sent back, or its error. files: the descriptors received; the first is removed."""
        return load_result(frame, files)

    @classmethod
    def of(cls, frame: Frame) -> "QueryJob":
        """The job of a frame."""
        default, named, solutions, graph, coding, base = _load(frame.head)
        text = frame.body.decode("utf-8", "surrogatepass")
        return cls(text, tuple(default), tuple(named), solutions, graph, coding, base)


# There are few different heads without graphs, and encoding takes longer than sending. A client can make up any number
# of heads with graphs, so those are not cached.
@lru_cache(CACHED_HEADS)
def _dump_options(solutions: str | None, graph: str | None, coding: str, base: str) -> bytes:
    return json.dumps([(), (), solutions, graph, coding, base]).encode()


def _load(head: bytes) -> Any:  # noqa: ANN401  # as json has it
    return _load_short(head) if len(head) <= MAX_CACHED_HEAD else json.loads(head)


@lru_cache(CACHED_HEADS)
def _load_short(head: bytes) -> Any:  # noqa: ANN401  # as json has it
    return json.loads(head)


class QueryResult(NamedTuple):
    """The result of a job.

    body: its bytes, none if the job has no format for its kind; file: has the bytes instead if they are many; coding:
    their content coding, empty for none; volatile: whether the job may have another result the next time.
    """

    kind: Kind
    body: bytes
    file: Spool | None = None
    coding: str = ""
    volatile: bool = False

    def size(self) -> int:
        """The number of bytes."""
        return len(self.body) if self.file is None else len(self.file)


class QueryRunner(Protocol):
    """Runs jobs, one at a time."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the results come from."""

    def run(self, job: QueryJob) -> QueryResult:
        """The complete result of a job; raises QueryError for a query that fails."""


class AsyncQueryRunner(Protocol):
    """Runs jobs concurrently in an event loop."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the results come from."""

    async def run(self, job: QueryJob, client: str = "") -> QueryResult:
        """The complete result of a job of a client; raises QueryError for a query that fails."""


# The errors that a worker sends by name; all others are raised in the server's process.
SENT_ERRORS = {
    each.__name__: each
    for each in (
        BackendFailed,
        BadRequest,
        ForbiddenQuery,
        NotAcceptable,
        QueryFailed,
        ResultTooLarge,
        ServiceFailed,
        SpoolFull,
    )
}


def dump_head(result: QueryResult) -> bytes:
    """The fields of a result besides its bytes, as JSON."""
    return _dump_head(result.kind, result.coding, result.file is not None, result.volatile)


@lru_cache(CACHED_HEADS)
def _dump_head(kind: Kind, coding: str, spooled: bool, volatile: bool) -> bytes:
    return json.dumps({"kind": kind.name, "coding": coding, "spooled": spooled, "volatile": volatile}).encode()


def load_result(frame: Frame, files: list[int]) -> "QueryResult | QueryError":
    """The result or the error of a frame. files: the descriptors received with it; the first is removed."""
    fields = _load(frame.head)
    if "error" in fields:
        return load_error(fields)
    file = Spool(files.pop(0)) if fields["spooled"] else None
    return QueryResult(Kind[fields["kind"]], frame.body, file, fields["coding"], fields["volatile"])


def dump_error(error: QueryError) -> dict[str, object]:
    """An error as JSON values."""
    position = asdict(error.position) if isinstance(error, QuerySyntaxError) and error.position else None
    return {"error": type(error).__name__, "detail": _dump_said(error.args[0]), "position": position}


def load_error(fields: dict[str, object]) -> QueryError:
    """The error that dump_error wrote."""
    detail, position = _load_said(fields["detail"]), fields["position"]
    if fields["error"] == QuerySyntaxError.__name__:
        return QuerySyntaxError(detail, Position(**position) if isinstance(position, dict) else None)
    return SENT_ERRORS[str(fields["error"])](detail)


def _dump_said(said: object) -> object:
    # The values of a message are given as texts, but for those that are messages too.
    if not isinstance(said, Message):
        return str(said)
    return {"template": said.template, "values": {name: _dump_said(value) for name, value in said.values.items()}}


def _load_said(said: object) -> Message | str:
    if not isinstance(said, dict):
        return str(said)
    return Message(said["template"], {name: _load_said(value) for name, value in said["values"].items()})
