"""Jobs answered in this very process: changes when an answer is made otherwise."""

import json
import tempfile
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

from policing_goals.engine.compression import MIN_BYTES, encode
from policing_goals.engine.dataset import Dataset, kind_of
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.sandbox import sandbox_lifted
from policing_goals.engine.spool import SpoolingWriter
from policing_goals.rdf.formats import BY_NAME, Kind


@dataclass(frozen=True)
class QueryLimits:
    """What one query may take.

    memory: bytes beyond the dataset; result: bytes of the answer; spool: the directory for large answers.
    """

    memory: int
    result: int
    spool: str = field(default_factory=tempfile.gettempdir)

    def dumps(self) -> str:
        """The limits as JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Evaluator:
    """Answers jobs in this process, without limits of time or memory. confined: whether it may open no files."""

    dataset: Dataset
    limits: QueryLimits
    confined: bool = False

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self.dataset.manifest.sha256()

    def answer(self, job: QueryJob) -> QueryResult:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        result = self.dataset.ask(job.text, None, job.default, job.named)
        kind = kind_of(result)
        name = job.form(kind)
        if name is None:
            return QueryResult(kind, b"")
        with self._sink() as plain:
            self.dataset.write_to(plain, result, BY_NAME[name])
            if job.coding and plain.size >= MIN_BYTES:
                return self._encoded(kind, plain, job.coding)
            return _answer(kind, plain)

    def _encoded(self, kind: Kind, plain: SpoolingWriter, coding: str) -> QueryResult:
        with self._sink() as packed:
            encode(plain, coding, packed)
            return _answer(kind, packed, coding)

    def _sink(self) -> SpoolingWriter:
        return SpoolingWriter(self.limits.result, self.limits.spool, sandbox_lifted if self.confined else nullcontext)


def _answer(kind: Kind, sink: SpoolingWriter, coding: str = "") -> QueryResult:
    content = sink.finish()
    return (
        QueryResult(kind, content, None, coding)
        if isinstance(content, bytes)
        else QueryResult(kind, b"", content, coding)
    )
