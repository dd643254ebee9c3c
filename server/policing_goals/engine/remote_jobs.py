"""Jobs that a back end takes part in, and their wire format.

A worker does such a job in two steps. First it says what the back end is to be asked; the job with the reply is then
sent to a worker as another job, which does it. So no worker waits for the network, and none needs it.
"""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from policing_goals.engine.backend_messages import BackendReply, BackendRequest
from policing_goals.engine.evaluator import Evaluator
from policing_goals.engine.ipc import Frame
from policing_goals.engine.query_job import WorkerTask
from policing_goals.engine.remote_dataset import RemoteDataset, result_of
from policing_goals.engine.sandbox import sandbox_lifted
from policing_goals.engine.spool import Spool
from policing_goals.engine.worker import JobHandler
from policing_goals.errors import QueryError
from policing_goals.rdf.serialization import Result

# How the heads of the frames of an answered job and of a request begin, and no other.
ANSWERED, ASKED = b'{"reply": ', b'{"ask": '
T = TypeVar("T")


@dataclass(frozen=True)
class FirstStep(Generic[T]):
    """A job whose outcome may be a request to the back end."""

    job: WorkerTask[T]

    @property
    def frame(self) -> Frame:
        """The job as it is sent to a worker."""
        return self.job.frame

    def load(self, frame: Frame, files: list[int]) -> "BackendRequest | T | QueryError":
        """The request to the back end, or the outcome of a job without one. files: see WorkerTask."""
        if frame.head.startswith(ASKED):
            asked = json.loads(frame.head)["ask"]
            return BackendRequest(asked["text"], tuple(asked["default"]), tuple(asked["named"]))
        return self.job.load(frame, files)


@dataclass(frozen=True)
class SecondStep(Generic[T]):
    """A job with the reply of the back end. The reply is kept until the outcome is there."""

    job: WorkerTask[T]
    reply: BackendReply

    @cached_property
    def frame(self) -> Frame:
        """The job and the reply as they are sent to a worker; a large reply is a path."""
        (head, body), content = self.job.frame, self.reply.body
        path = "" if isinstance(content, bytes) else str(content.path())
        fields = {"reply": self.reply.media_type, "path": path, "head": head.decode(), "length": len(body)}
        return Frame(json.dumps(fields).encode(), body if path else body + b"".join(self.reply.pieces()))

    def load(self, frame: Frame, files: list[int]) -> "T | QueryError":
        """The outcome. files: see WorkerTask."""
        return self.job.load(frame, files)


def two_step_handler(evaluator: Evaluator, make: Callable[[Evaluator], JobHandler]) -> JobHandler:
    """The handler of both steps. make: makes the handler of whole jobs."""
    steps = _Steps(evaluator.sandboxed)
    handle = make(replace(evaluator, dataset=RemoteDataset.of(evaluator.dataset, steps.result)))

    def handle_step(frame: Frame) -> tuple[Frame, Spool | None]:
        try:
            return handle(steps.begin(frame))
        except _Asked as asked:
            return Frame(json.dumps({"ask": asdict(asked.request)}).encode()), None

    return handle_step


class _Asked(Exception):
    def __init__(self, request: BackendRequest) -> None:
        super().__init__(request)
        self.request = request


class _Steps:
    """What the back end has replied to the job under way, if anything."""

    def __init__(self, sandboxed: bool) -> None:
        self._sandboxed = sandboxed
        self._media_type, self._path, self._content = "", "", b""

    def begin(self, frame: Frame) -> Frame:
        """Take the reply from the frame of a step; gives the frame of the job."""
        if not frame.head.startswith(ANSWERED):
            self._media_type = ""
            return frame
        fields = json.loads(frame.head)
        length = fields["length"]
        self._media_type, self._path, self._content = fields["reply"], fields["path"], frame.body[length:]
        return Frame(fields["head"].encode(), frame.body[:length])

    def result(self, request: BackendRequest) -> Result:
        """The result of the request; raises _Asked if the back end has not been asked."""
        if not self._media_type:
            raise _Asked(request)
        if not self._path:
            return result_of(self._media_type, self._content)
        with sandbox_lifted() if self._sandboxed else nullcontext():
            return result_of(self._media_type, Path(self._path))
