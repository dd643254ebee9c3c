"""Requests that the gateway does not read: a worker reads, answers and renders them, and can be killed meanwhile.

Decoding a megabyte takes a second, in which the gateway would serve nobody.
"""

import json
from typing import NamedTuple

from policing_goals.engine.evaluator import Evaluator
from policing_goals.engine.ipc import Frame
from policing_goals.engine.spool import Spool
from policing_goals.engine.worker import JobHandler, query_handler
from policing_goals.errors import QueryError
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.problems import problem
from policing_goals.web.sparql.request_parsers import request_parsers
from policing_goals.web.sparql.responses import respond

# The frame of a query job begins otherwise.
OPENING = b"{"


class LongRequest(NamedTuple):
    """The job to answer a request to a path that a query answers."""

    path: str
    request: Request

    @property
    def frame(self) -> Frame:
        """The job as it is sent to a worker: its short parts as JSON; query string and body as they came."""
        query = self.request.query.encode("utf-8", "surrogatepass")
        fields = {
            "path": self.path,
            "method": self.request.method,
            "headers": dict(self.request.headers),
            "query": len(query),
            "origin": self.request.origin,
        }
        return Frame(json.dumps(fields).encode(), query + self.request.body)

    def load(self, frame: Frame, files: list[int]) -> Reply | QueryError:
        """The reply that a worker sent back. files: the descriptors received with it; the first is removed."""
        fields = json.loads(frame.head)
        headers = tuple((name, value) for name, value in fields["headers"])
        file = Spool(files.pop(0)) if fields["spooled"] else None
        return Reply(fields["status"], fields["content_type"], frame.body, headers, file)

    @classmethod
    def of(cls, frame: Frame) -> "LongRequest":
        """The job of a frame."""
        fields = json.loads(frame.head)
        query, body = frame.body[: fields["query"]], frame.body[fields["query"] :]
        query_string = query.decode("utf-8", "surrogatepass")
        request = Request(fields["method"], query_string, fields["headers"], body, origin=fields["origin"])
        return cls(fields["path"], request)


def request_handler(evaluator: Evaluator) -> JobHandler:
    """The handler of query jobs and of long requests."""
    answer_query, parsers = query_handler(evaluator), request_parsers(evaluator.dataset)

    def handle(frame: Frame) -> tuple[Frame, Spool | None]:
        if not frame.head.startswith(OPENING):
            return answer_query(frame)
        path, request = LongRequest.of(frame)
        try:
            reply = respond(evaluator, parsers[path], request)
        except QueryError as error:
            reply = problem(error, request.header("accept"))
        return _dump(reply), reply.file

    return handle


def _dump(reply: Reply) -> Frame:
    fields = {
        "status": reply.status,
        "content_type": reply.content_type,
        "headers": reply.headers,
        "spooled": reply.file is not None,
    }
    return Frame(json.dumps(fields).encode(), reply.body)
