"""A page whose client leaves ends early, and keeps its place until it has ended."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from policing_goals.web.gateway.flask_bridge import FlaskBridge
from policing_goals.web.http.departure import HAS_LEFT
from policing_goals.web.http.messages import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

REQUEST = Request("GET", "", {"host": "x"}, b"", "/", "client")


def test_a_page_whose_client_leaves_learns_it_and_keeps_its_place_until_it_ends() -> None:
    begun, may_end, noticed = threading.Event(), threading.Event(), threading.Event()
    running = 0
    most = 0

    def app(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        has_left: Callable[[], bool] = environ[HAS_LEFT]
        begun.set()
        while not may_end.wait(0.005):
            if has_left():
                noticed.set()
        running -= 1
        start_response("200 OK", [])
        return [b""]

    async def leave_and_ask_again() -> None:
        bridge = FlaskBridge(1, 0)
        first = asyncio.create_task(bridge.call(app, REQUEST))
        await asyncio.to_thread(begun.wait)
        first.cancel()
        await asyncio.to_thread(noticed.wait)
        second = asyncio.create_task(bridge.call(app, REQUEST))
        await asyncio.sleep(0.05)
        assert not first.done()
        may_end.set()
        reply = await second
        bridge.close()

        assert first.cancelled()
        assert reply.status == 200

    asyncio.run(leave_and_ask_again())

    assert most == 1
