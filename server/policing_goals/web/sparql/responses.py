"""From a request of the SPARQL protocols to a query job, and from its result to a response.

The protocols differ in how a request is read; the rest is the same for both, in Flask and in the gateway.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from werkzeug.http import parse_etags

from policing_goals.engine.query_job import QueryJob, QueryResult, QueryRunner
from policing_goals.errors import PreconditionFailed
from policing_goals.rdf.formats import BY_NAME
from policing_goals.web.http.caching import not_modified, success
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import choose

VARY = "Accept, Accept-Encoding"


class PlannedQuery(NamedTuple):
    """A query job with what its response needs; it depends on the request alone, so it can be cached.

    accept and form: the Accept header and the format given by name; digest: of the job, for the entity tag.
    """

    job: QueryJob
    accept: str
    form: str | None
    digest: str

    def etag(self, version: str) -> str:
        """The entity tag on a snapshot: the same query on the same snapshot in the same format is the same bytes."""
        return f"{version[:16]}-{self.digest}"


class Preconditions(NamedTuple):
    """The conditions of a request (RFC 9110, section 13): its method, If-Match and If-None-Match."""

    method: str
    match: str
    none_match: str


RequestParser = Callable[[Request], PlannedQuery]


def respond(runner: QueryRunner, parser: RequestParser, request: Request) -> Reply:
    """The reply to a request with its result; raises QueryError."""
    conditions = Preconditions(request.method, request.header("if-match"), request.header("if-none-match"))
    planned = parser(request)
    known = early_not_modified(planned, runner.version, conditions)
    return known or build_response(planned, runner.run(planned.job), runner.version, conditions)


def plan_query(job: QueryJob, accept: str, form: str | None) -> PlannedQuery:
    """The planned query of a job, with its digest."""
    digest = hashlib.sha256(b"".join(job.frame)).hexdigest()[:32]
    return PlannedQuery(job, accept, form, digest)


def early_not_modified(planned: PlannedQuery, version: str, conditions: Preconditions) -> Reply | None:
    """The reply, without evaluation, to a client that has the result already; None for any other.

    version: of the live snapshot. A client has the exact tag only from an earlier result, which was not volatile.
    """
    given, etag = conditions.none_match, planned.etag(version)
    if not given or given.strip() == "*" or conditions.match or conditions.method not in ("GET", "HEAD"):
        return None
    return not_modified(etag, VARY) if parse_etags(given).contains_weak(etag) else None


def build_response(planned: PlannedQuery, result: QueryResult, version: str, conditions: Preconditions) -> Reply:
    """The reply that carries a result, or says that the client has it.

    Raises NotAcceptable if the client accepts no format of its kind, and PreconditionFailed.
    """
    name = planned.job.form(result.kind)
    # The client accepts no format if the job has none: choose() says which there are.
    form = BY_NAME[name] if name else choose(planned.accept, result.kind, planned.form)
    etag = "" if result.volatile else planned.etag(version)
    if _client_has(etag, conditions):
        return not_modified(etag, VARY)
    coding = (("Content-Encoding", result.coding),) if result.coding else ()
    return success(result.body, form.media_type, etag, VARY, coding, result.file)


def _client_has(etag: str, conditions: Preconditions) -> bool:
    match, none_match = conditions.match, conditions.none_match
    if match and not (match.strip() == "*" or parse_etags(match).contains(etag)):
        raise PreconditionFailed(f'If-Match does not hold: the entity tag of the result is "{etag}".')
    if not none_match or not (none_match.strip() == "*" or (etag and parse_etags(none_match).contains_weak(etag))):
        return False
    if conditions.method not in ("GET", "HEAD"):
        raise PreconditionFailed("If-None-Match does not hold: you have this result already.")
    return True
