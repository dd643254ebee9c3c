"""Places are shared: nobody has more than a share of them, and those who wait take turns."""

import asyncio

import pytest

from policing_goals.engine.turns import Turns
from policing_goals.errors import TooManyRequests


class Clients:
    """Requests of clients, each of which has its place until it may leave."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.inside: list[str] = []
        self._leave: dict[str, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, *clients: str) -> None:
        self.tasks += [asyncio.ensure_future(self._enter(client)) for client in clients]
        await self.settle()

    async def leave(self, client: str) -> None:
        self._leave.setdefault(client, asyncio.Event()).set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def _enter(self, client: str) -> None:
        async with self._turns.enter(client):
            self.inside.append(client)
            await self._leave.setdefault(client, asyncio.Event()).wait()
            self.inside.remove(client)


def test_one_client_has_no_more_than_its_share() -> None:
    async def run() -> None:
        clients = Clients(Turns(4, 10, 2))
        await clients.come("a", "a", "a", "a")
        assert clients.inside == ["a", "a"]
        await clients.come("b", "c", "c")
        assert clients.inside == ["a", "a", "b", "c"]
        # The place of b is for c, who has waited less than a, but has one place only.
        await clients.leave("b")
        assert clients.inside == ["a", "a", "c", "c"]
        await clients.leave("a")
        await clients.leave("c")
        await asyncio.gather(*clients.tasks)
        assert clients.inside == []

    asyncio.run(run())


def test_without_a_limit_one_client_may_have_all() -> None:
    async def run() -> None:
        clients = Clients(Turns(3, 0, 1))
        await clients.come("a", "a", "a", "a")
        assert clients.inside == ["a", "a", "a"]
        await clients.leave("a")
        await asyncio.gather(*clients.tasks)

    asyncio.run(run())


def test_the_place_of_one_who_leaves_while_waiting_is_not_lost() -> None:
    async def run() -> None:
        clients = Clients(Turns(2, 1, 1))
        await clients.come("a", "a")
        with pytest.raises(TooManyRequests):
            async with clients._turns.enter("a"):
                pass
        clients.tasks[1].cancel()
        await clients.settle()
        await clients.leave("a")
        await clients.come("a", "b")
        await clients.leave("b")
        await asyncio.gather(*clients.tasks, return_exceptions=True)
        assert clients.inside == []
        assert [task.cancelled() for task in clients.tasks] == [False, True, False, False]

    asyncio.run(run())
