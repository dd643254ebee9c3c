"""A browser, and a server for it: of one module, since no other test may run while a browser has its event loop."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.programs import need
from tests.support.server import Served, need_bundle, serving


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for pages in a browser, with the bundle and frames."""
    need_bundle("yasqe")
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path_factory.mktemp("browser"), "--allow-frames")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        # A page whose reply a test gives counts as one of a public host, which may not frame one of this machine.
        options = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
        browser = playwright.chromium.launch(executable_path=need("chromium"), args=options)
        yield browser
        browser.close()
