"""A query as a job, and its answer: the contract between whoever asks and whoever evaluates.

Changes when a query gets a new choice. Jobs and answers cross a pipe, so both are plain values.
"""

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from server.engine.formats import Kind
from server.errors import (
    BadRequest,
    ForbiddenQuery,
    Position,
    QueryError,
    QuerySyntaxError,
    ResultTooLarge,
)


@dataclass(frozen=True)
class Job:
    """One query to evaluate.

    default and named: IRIs of the graphs of the dataset (see Dataset.ask). solutions
    and graph: the name of the format to write each kind of answer in, None if the
    client takes no format of that kind.
    """

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    solutions: str | None = None
    graph: str | None = None

    def form(self, kind: Kind) -> str | None:
        """The name of the format for an answer of that kind."""
        return self.solutions if kind is Kind.SOLUTIONS else self.graph

    def dumps(self) -> bytes:
        """The job as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def loads(cls, content: bytes) -> "Job":
        """The job that dumps wrote."""
        fields = json.loads(content)
        return cls(**{**fields, "default": tuple(fields["default"]), "named": tuple(fields["named"])})


@dataclass(frozen=True)
class Answer:
    """The answer to a job: its kind and its bytes; no bytes if the job takes no format of that kind."""

    kind: Kind
    body: bytes


class Answerer(Protocol):
    """Whoever answers jobs, in this process or in another."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""

    def answer(self, job: Job) -> Answer:
        """The whole answer to a job; raises QueryError for a query that gets none."""


# Refusals that cross the pipe by name; every other one is made on this side of it.
CROSSING = {each.__name__: each for each in (BadRequest, ForbiddenQuery, ResultTooLarge)}


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
