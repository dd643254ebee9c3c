"""A page in a browser, with what goes wrong on it."""

from playwright.sync_api import Page, ViewportSize

from tests.support.server import Served

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}


class Watched:
    """A page, with what it asked of other hosts and what went wrong on it."""

    def __init__(self, page: Page, server: Served) -> None:
        self.page, self.address = page, f"http://127.0.0.1:{server.port}"
        self.faults: list[str] = []
        page.on("console", lambda told: self.faults.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda asked: self._look(asked.url))

    def _look(self, url: str) -> None:
        if not url.startswith((self.address, "blob:")):
            self.faults.append(f"a request to {url}")

    def goto(self, path: str) -> None:
        """Open a page of the server."""
        response = self.page.goto(self.address + path, wait_until="load")
        assert response is not None
        assert response.ok, path
