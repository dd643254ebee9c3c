"""The first process: it says when the server is ready, at which address, and why it cannot listen."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from policing_goals.errors import AddressError, HostError, SnapshotError
from policing_goals.http_server import _listen, _url, serve
from policing_goals.settings import Settings
from tests.support.processes import free_port


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("::", "http://localhost:80"),
        ("::1", "http://[::1]:80"),
        ("example.org", "http://example.org:80"),
    ],
)
def test_the_address_that_is_told_can_be_opened(host: str, url: str) -> None:
    assert _url(host, 80) == url


def test_an_address_in_use_is_refused_with_advice() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(AddressError, match="--port"):
            _listen("127.0.0.1", other.getsockname()[1])


def test_a_host_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AddressError, match=r"Cannot listen on no\.such\.host\.invalid:80"):
        _listen("no.such.host.invalid", 80)


def test_a_server_without_a_snapshot_does_not_say_that_it_is_ready(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(SnapshotError):
        serve(Settings(tmp_path), "127.0.0.1", free_port(), said.append)

    assert said == []


@pytest.mark.parametrize(
    ("end", "says"),
    [(lambda: os.kill(os.getpid(), signal.SIGKILL), "lack of memory"), (lambda: os._exit(7), "ended with code 7")],
    ids=["killed", "failed"],
)
def test_a_serving_process_that_dies_before_it_is_ready_is_a_failure_with_its_cause(
    end: Callable[[], None], says: str, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policing_goals.http_server._serve_in_child", lambda *_: end())
    said: list[str] = []
    with pytest.raises(HostError, match=says):
        serve(Settings(snapshot), "127.0.0.1", free_port(), said.append)

    assert said == []
