"""Query runners for tests."""

from policing_goals.engine.query_job import QueryJob, QueryResult


class NoQueries:
    """A runner for a site whose SPARQL endpoint is not asked."""

    version = ""

    def run(self, job: QueryJob) -> QueryResult:
        """Fail the test."""
        raise AssertionError(job.text)
