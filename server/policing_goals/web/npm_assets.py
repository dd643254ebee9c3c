"""Other people's scripts and typeface, got from npm when the project is set up: changes when pages use another package.

None of it is in the repository. Pages that use it say so where it is missing, and do without.
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
# What is taken of each package, and what it is called here.
FILES = {
    "plex": tuple(
        (f"@ibm/plex-sans-arabic/fonts/complete/woff2/IBMPlexSansArabic-{weight}.woff2", f"plex-{weight.lower()}.woff2")
        for weight in ("Regular", "Bold")
    ),
    "oxigraph": (("oxigraph/web.js", "oxigraph.js"), ("oxigraph/web_bg.wasm", "web_bg.wasm")),
    "yasqe": (
        ("@zazuko/yasqe/build/yasqe.min.js", "yasqe.js"),
        ("@zazuko/yasqe/build/yasqe.min.css", "yasqe.css"),
    ),
}


def is_bundled(name: str) -> bool:
    """Whether the files of a package (a key of FILES) are there."""
    return all((BUNDLE / here).is_file() for _, here in FILES[name])


def bundle() -> list[str]:
    """Get the packages of npm/package-lock.json and put what the pages use beside the style sheet; the file names.

    Raises BundleError without npm, or if it fails; what was there before stays.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise BundleError("npm is not installed. Install Node.js; the site works without the bundle, more plainly.")
    with tempfile.TemporaryDirectory() as name:
        aside = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(PACKAGES / file, aside / file)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=aside, capture_output=True, text=True)  # noqa: S603  # our own words
        if done.returncode:
            raise BundleError(f"npm ci failed: {done.stderr.strip()[-300:]} Check the network and run it again.")
        BUNDLE.mkdir(exist_ok=True)
        taken = [each for files in FILES.values() for each in files]
        for there, here in taken:
            # Whole or not at all, for a server that looks meanwhile.
            copied = BUNDLE / f".{here}-{os.getpid()}"
            shutil.copyfile(aside / "node_modules" / there, copied)
            copied.replace(BUNDLE / here)
    return [here for _, here in taken]
