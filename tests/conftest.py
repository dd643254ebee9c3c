"""The graph, built once for all tests, and a client on it; what was not tried, in the last lines of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from policing_goals import create_app
from policing_goals.builder.pipeline import Draft, assemble, build
from policing_goals.engine.dataset import Dataset, open_snapshot
from policing_goals.settings import Settings, sources_directory
from tests.support.programs import need, not_tried

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server/policing_goals"

# The same examples each time, and none kept beside the tree; time is not what these tests are about.
settings.register_profile("project", database=None, deadline=None, derandomize=True)
settings.load_profile("project")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose program is missing."""
    for mark in item.iter_markers("needs"):
        need(*mark.args)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were not tried, and how to install what they need."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    for line in not_tried(report.longrepr[2] for report in skipped):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a snapshot built from the checkout."""
    directory = tmp_path_factory.mktemp("snapshot")
    build(sources_directory(), directory)
    return directory


@pytest.fixture(scope="session")
def dataset(snapshot: Path) -> Dataset:
    """The dataset of that snapshot."""
    return open_snapshot(snapshot)


@pytest.fixture(scope="session")
def draft() -> Draft:
    """The assembled sources with their entailments, before validation. Do not change its store."""
    return assemble(ROOT)


@pytest.fixture(scope="session")
def app(snapshot: Path) -> Iterator[Flask]:
    """The web application with one worker."""
    app = create_app(Settings(snapshot, workers=1))
    yield app
    app.extensions["stop"]()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the web application."""
    return app.test_client()
