"""Copies of the sources that a test may edit."""

import shutil
from pathlib import Path

from tests.conftest import ROOT

FOLDERS = ("ontology", "data", "docs", "shapes", "queries", "tests/bad")


def copy_sources(directory: Path) -> Path:
    """Copy every source file below a directory; returns the directory."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, directory / folder)
    shutil.copy(ROOT / "CHANGELOG.md", directory)
    return directory
