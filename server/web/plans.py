"""From a request to a job and from its answer to a reply: changes when answers travel otherwise.

The SPARQL protocols differ in how a request is read; what follows is the same for all, here or in an event loop.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.http import parse_etags

from server.engine.formats import BY_NAME
from server.engine.jobs import Answer, Answerer, Job
from server.errors import QueryError
from server.web.messages import Reply, Request
from server.web.negotiation import choose
from server.web.problems import problem

VARY = ("Vary", "Accept, Accept-Encoding")
# Kept by whoever likes, but asked again each time: the data may change at any moment.
FRESHNESS = "public, no-cache"


@dataclass(frozen=True)
class Plan:
    """How a request is to be answered: a pure reading of it, so that it may be remembered.

    job: what to evaluate; accept and form: the Accept header and the format asked for by name;
    digest: of the job, for the entity tag, empty if the answer may differ the next time.
    """

    job: Job
    accept: str
    form: str | None
    digest: str


Planner = Callable[[Request], Plan]


def answer(answerer: Answerer, planner: Planner, request: Request) -> Reply:
    """The reply to a request of a protocol: an answer or, for whatever is refused, problem details."""
    try:
        planned = planner(request)
        known = unchanged(planned, answerer.version, request.header("if-none-match"))
        return known or settle(planned, answerer.answer(planned.job), answerer.version)
    except QueryError as error:
        return problem(error, request.header("accept"))


def plan_job(job: Job, accept: str, form: str | None) -> Plan:
    """The plan for a job, with its digest."""
    digest = "" if job.volatile else hashlib.sha256(job.packed).hexdigest()[:32]
    return Plan(job, accept, form, digest)


def unchanged(planned: Plan, version: str, none_match: str) -> Reply | None:
    """The reply to a client that has the answer already, None for any other.

    version: of the snapshot that would be asked; none_match: the If-None-Match header.
    """
    if not none_match or not planned.digest or not parse_etags(none_match).contains_weak(_etag(planned, version)):
        return None
    return Reply(304, "", b"", _validators(planned, version))


def settle(planned: Plan, given: Answer, version: str) -> Reply:
    """The reply that carries an answer; raises NotAcceptable if the client takes no format of its kind."""
    name = planned.job.form(given.kind)
    # There is none that the client takes if the job has none: choose() says which there are.
    form = BY_NAME[name] if name else choose(planned.accept, given.kind, planned.form)
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    coding = (("Content-Encoding", given.coding),) if given.coding else ()
    return Reply(200, form.media_type + charset, given.body, (*_validators(planned, version), *coding), given.file)


def _validators(planned: Plan, version: str) -> tuple[tuple[str, str], ...]:
    if not planned.digest:
        return (VARY, ("Cache-Control", "no-store"))
    return (VARY, ("ETag", f'"{_etag(planned, version)}"'), ("Cache-Control", FRESHNESS))


def _etag(planned: Plan, version: str) -> str:
    # Strong: the same query on the same snapshot in the same format is the same bytes.
    return f"{version[:16]}-{planned.digest}"
