"""From a request to a job and from its answer to a reply: changes when answers travel otherwise.

The SPARQL protocols differ in how a request is read; what follows is the same for all, here or in an event loop.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from werkzeug.http import parse_etags

from policing_goals.engine.query_job import QueryJob, QueryResult, QueryRunner
from policing_goals.errors import PreconditionFailed, QueryError
from policing_goals.rdf.formats import BY_NAME
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import choose
from policing_goals.web.http.problems import problem
from policing_goals.web.http.responses import FRESHNESS

VARY = ("Vary", "Accept, Accept-Encoding")


class PlannedQuery(NamedTuple):
    """How a request is to be answered: a pure reading of it, so that it may be remembered.

    job: what to evaluate; accept and form: the Accept header and the format asked for by name;
    digest: of the job, for the entity tag, empty if the answer may differ the next time.
    """

    job: QueryJob
    accept: str
    form: str | None
    digest: str


class Preconditions(NamedTuple):
    """What a client makes its request depend on (RFC 9110, section 13): the method, If-Match and If-None-Match."""

    method: str
    match: str
    none_match: str


RequestParser = Callable[[Request], PlannedQuery]


def respond(answerer: QueryRunner, planner: RequestParser, request: Request) -> Reply:
    """The reply to a request of a protocol: an answer or, for whatever is refused, problem details."""
    conditions = Preconditions(request.method, request.header("if-match"), request.header("if-none-match"))
    try:
        planned = planner(request)
        known = not_modified(planned, answerer.version, conditions)
        return known or build_response(planned, answerer.answer(planned.job), answerer.version, conditions)
    except QueryError as error:
        return problem(error, request.header("accept"))


def plan_query(job: QueryJob, accept: str, form: str | None) -> PlannedQuery:
    """The plan for a job, with its digest."""
    digest = "" if job.volatile else hashlib.sha256(b"".join(job.frame)).hexdigest()[:32]
    return PlannedQuery(job, accept, form, digest)


def not_modified(planned: PlannedQuery, version: str, conditions: Preconditions) -> Reply | None:
    """The reply to a client that has the answer already, None for any other.

    version: of the snapshot that would be asked. A client can have the very tag only from such an answer.
    """
    given = conditions.none_match
    if not given or given.strip() == "*" or conditions.match or conditions.method not in ("GET", "HEAD"):
        return None
    if not planned.digest or not parse_etags(given).contains_weak(_etag(planned, version)):
        return None
    return Reply(304, "", b"", _validators(planned, version))


def build_response(planned: PlannedQuery, given: QueryResult, version: str, conditions: Preconditions) -> Reply:
    """The reply that carries an answer, or says that the client has it.

    Raises NotAcceptable if the client takes no format of its kind, and PreconditionFailed.
    """
    name = planned.job.form(given.kind)
    # There is none that the client takes if the job has none: choose() says which there are.
    form = BY_NAME[name] if name else choose(planned.accept, given.kind, planned.form)
    validators = _validators(planned, version)
    if (conditions.match or conditions.none_match) and _check_preconditions(planned, version, conditions):
        return Reply(304, "", b"", validators)
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    coding = (("Content-Encoding", given.coding),) if given.coding else ()
    return Reply(200, form.media_type + charset, given.body, (*validators, *coding), given.file)


def _check_preconditions(planned: PlannedQuery, version: str, conditions: Preconditions) -> bool:
    tag = _etag(planned, version) if planned.digest else ""
    if conditions.match and not (parse_etags(conditions.match).contains(tag) or conditions.match.strip() == "*"):
        raise PreconditionFailed(f'If-Match does not hold: the entity tag of the answer is "{tag}".')
    given = conditions.none_match
    if not given or not (given.strip() == "*" or (tag and parse_etags(given).contains_weak(tag))):
        return False
    if conditions.method not in ("GET", "HEAD"):
        raise PreconditionFailed("If-None-Match does not hold: the answer is the one that you have.")
    return True


def _validators(planned: PlannedQuery, version: str) -> tuple[tuple[str, str], ...]:
    if not planned.digest:
        return (VARY, ("Cache-Control", "no-store"))
    return (VARY, ("ETag", f'"{_etag(planned, version)}"'), ("Cache-Control", FRESHNESS))


def _etag(planned: PlannedQuery, version: str) -> str:
    # Strong: the same query on the same snapshot in the same format is the same bytes.
    return f"{version[:16]}-{planned.digest}"
