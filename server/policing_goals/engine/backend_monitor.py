"""Asks the back end now and then whether it is there and has the snapshot that is served."""

import asyncio
import logging
from contextlib import suppress

from policing_goals.engine.backend import Backend, BackendSilent
from policing_goals.engine.backend_messages import BackendSettings
from policing_goals.errors import Message, QueryError, message
from policing_goals.model.snapshot_format import Manifest

LOGGER = logging.getLogger(__name__)
SECONDS, PATIENCE = 1.0, 2.0
# A back end that is busy with queries may be late so many times, one after another.
LATE = 5


class BackendMonitor:
    """Knows whether the back end can be asked; belongs to one event loop."""

    def __init__(self, settings: BackendSettings, manifest: Manifest) -> None:
        """manifest: of the snapshot that the back end must have."""
        self._backend = Backend(settings, PATIENCE)
        self._version, self._triples = manifest.sha256(), manifest.triples
        self.problem: Message | str | None = message("The back end has not answered yet.")
        self._late = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then go on."""
        await self._look()
        self._task = asyncio.ensure_future(self._go_on())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._backend.aclose()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._look()

    async def _look(self) -> None:
        try:
            await self._backend.check_version(self._version)
            if self.problem is not None:
                # It takes longer, so once for each time that the snapshot is found there.
                await self._backend.check_default_graph(self._triples)
        except BackendSilent as error:
            self._late += 1
            if self._late >= LATE:
                self._note(error.args[0])
        except QueryError as error:
            self._note(error.args[0])
        else:
            self._late = 0
            self._note(None)

    def _note(self, problem: Message | str | None) -> None:
        if str(problem) != str(self.problem):
            LOGGER.warning("%s", problem or "The back end can be asked.")
        self.problem = problem
