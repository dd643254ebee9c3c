"""From threads into an event loop: changes when those who wait do.

Pages run in threads; the workers belong to one event loop.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from policing_goals.engine.jobs import Answer, AsyncAnswerer, Job

T = TypeVar("T")


class Bridge:
    """Answers jobs of any thread but the event loop's own, and waits for each."""

    def __init__(self, behind: AsyncAnswerer, loop: asyncio.AbstractEventLoop) -> None:
        self._behind = behind
        self._loop = loop

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self._behind.version

    def answer(self, job: Job) -> Answer:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        return asyncio.run_coroutine_threadsafe(self._behind.answer(job), self._loop).result()


class Background:
    """An event loop in a thread of its own, for programs that have none."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
