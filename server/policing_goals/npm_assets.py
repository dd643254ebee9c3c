"""Fetch third-party JavaScript and fonts with `npm ci`.

None of it is in the repository. Pages that use it say where it is missing, and do without.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from policing_goals.errors import BundleError
from policing_goals.settings import PACKAGE

PACKAGES = PACKAGE / "npm"
BUNDLE = PACKAGE / "static/bundle"
# The files of each package, and their names here.
FILES = {
    "plex": tuple(
        (f"@ibm/plex-sans-arabic/fonts/complete/woff2/IBMPlexSansArabic-{weight}.woff2", f"plex-{weight.lower()}.woff2")
        for weight in ("Regular", "Bold")
    ),
    "oxigraph": (("oxigraph/web.js", "oxigraph.js"), ("oxigraph/web_bg.wasm", "web_bg.wasm")),
    "yasqe": (("@zazuko/yasqe/build/yasqe.min.js", "yasqe.js"), ("@zazuko/yasqe/build/yasqe.min.css", "yasqe.css")),
}


def is_bundled(name: str) -> bool:
    """Whether the files of a package (a key of FILES) were fetched."""
    return all((BUNDLE / here).is_file() for _, here in FILES[name])


def bundle() -> list[str]:
    """Fetch the packages of npm/package-lock.json, copy what pages use to static/bundle/; returns the file names.

    Raises BundleError without npm, or if it fails; the files that were there before stay.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise BundleError(
            "npm is not installed. Install Node.js; the site works without the bundle, with a plain query form."
        )
    with tempfile.TemporaryDirectory() as name:
        aside = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(PACKAGES / file, aside / file)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=aside, capture_output=True, text=True)  # noqa: S603  # a fixed command
        if done.returncode:
            raise BundleError(f"npm ci failed: {done.stderr.strip()[-300:]} Check the network and run it again.")
        BUNDLE.mkdir(exist_ok=True)
        wanted = [each for files in FILES.values() for each in files]
        for there, here in wanted:
            # Renamed when complete, for a server that reads it in the meantime.
            copied = BUNDLE / f".{here}-{os.getpid()}"
            shutil.copyfile(aside / "node_modules" / there, copied)
            copied.replace(BUNDLE / here)
    return [here for _, here in wanted]
