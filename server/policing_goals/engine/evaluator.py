"""Evaluate a query job in this process."""

import json
import tempfile
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

from policing_goals.engine.compression import MIN_BYTES, encode
from policing_goals.engine.dataset import Dataset, kind_of
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.read_only import service_endpoints
from policing_goals.engine.sandbox import sandbox_lifted
from policing_goals.engine.spool import SpoolingWriter
from policing_goals.errors import ServiceFailed
from policing_goals.rdf.formats import BY_NAME, Kind
from policing_goals.rdf.sparql_text import SparqlText


@dataclass(frozen=True)
class QueryLimits:
    """The limits of one query.

    memory: bytes beyond the dataset; result: bytes of the result; spool: the directory for large results.
    """

    memory: int
    result: int
    spool: str = field(default_factory=tempfile.gettempdir)

    def dumps(self) -> str:
        """The limits as JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Evaluator:
    """Runs jobs in this process, without limits of time or memory. sandboxed: whether it may open no files."""

    dataset: Dataset
    limits: QueryLimits
    sandboxed: bool = False

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the results come from."""
        return self.dataset.manifest.sha256()

    def run(self, job: QueryJob) -> QueryResult:
        """The complete result of a job; raises QueryError for a query that fails."""
        try:
            return self._run(job)
        except ServiceFailed as error:
            asked = ", ".join(f"<{iri}>" for iri in service_endpoints(SparqlText(job.text)))
            raise ServiceFailed(f"{asked} gave no result: {error}") from error

    def _run(self, job: QueryJob) -> QueryResult:
        result = self.dataset.query(job.text, None, job.default, job.named, job.base)
        kind = kind_of(result)
        name = job.form(kind)
        if name is None:
            return QueryResult(kind, b"")
        with self._writer() as plain:
            self.dataset.write_to(plain, result, BY_NAME[name])
            if not job.coding or plain.size < MIN_BYTES:
                return _finish(job, kind, plain)
            with self._writer() as compressed:
                encode(plain, job.coding, compressed)
                return _finish(job, kind, compressed, job.coding)

    def _writer(self) -> SpoolingWriter:
        lifted = sandbox_lifted if self.sandboxed else nullcontext
        return SpoolingWriter(self.limits.result, self.limits.spool, lifted)


def _finish(job: QueryJob, kind: Kind, writer: SpoolingWriter, coding: str = "") -> QueryResult:
    content, volatile = writer.finish(), SparqlText(job.text).volatile
    if isinstance(content, bytes):
        return QueryResult(kind, content, None, coding, volatile)
    return QueryResult(kind, b"", content, coding, volatile)
