"""Make the picture of the home page in the README again: `python -m tests.screenshot`. Needs Chromium.

The picture carries the SHA-256 of the page and style sheet that it shows, so that a test can tell when it is old.
"""

import hashlib
import io
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from flask.testing import FlaskClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.settings import snapshot_directory
from policing_goals.web.app import make_app
from tests.conftest import PACKAGE, ROOT
from tests.support.programs import PROGRAMS
from tests.support.runners import NoQueries
from tests.support.server import need_bundle, serving

PICTURE = ROOT / "docs/home.png"
ADDRESS, FIELD = "/en/", "shows"
WIDTH, HEIGHT, COLOURS = 1200, 800, 256


def shown(client: FlaskClient) -> str:
    """The SHA-256 of what the picture shows: the header and the beginning of the page, and the style sheet."""
    page = client.get(ADDRESS).text
    lasting = page[page.index("<header") : page.index("</h2>")]
    return hashlib.sha256(lasting.encode() + (PACKAGE / "static/site.css").read_bytes()).hexdigest()


def recorded() -> str:
    """What the picture in the repository shows."""
    with Image.open(PICTURE) as picture:
        return str(picture.info.get(FIELD))


def main() -> None:
    """Write the picture, from a server on the live snapshot."""
    need_bundle("plex")
    program = next(found for name in PROGRAMS["chromium"].names if (found := shutil.which(name)))
    with ExitStack() as stack:
        server = serving(stack, snapshot_directory(), Path(stack.enter_context(tempfile.TemporaryDirectory())))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"http://127.0.0.1:{server.port}{ADDRESS}", wait_until="networkidle")
        content = page.screenshot()
        browser.close()
    fields = PngInfo()
    fields.add_text(FIELD, shown(make_app(open_snapshot(snapshot_directory()), NoQueries()).test_client()))
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True, pnginfo=fields)


if __name__ == "__main__":
    main()
