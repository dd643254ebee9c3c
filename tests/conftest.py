"""The graph, built once for all tests, and a client on it; what was not tried, in the last lines of a run."""

import fcntl
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from policing_goals import create_app
from policing_goals.builder.pipeline import Draft, assemble, build
from policing_goals.builder.revalidation import ShapeRuns, run_each_shape
from policing_goals.builder.shapes import read_shapes
from policing_goals.cli.build import check_site
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.settings import Settings, sources_directory
from tests.support.programs import need, not_tried

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server/policing_goals"

# The same examples each time, and none kept beside the tree; time is not what these tests are about.
settings.register_profile("project", database=None, deadline=None, derandomize=True)
settings.load_profile("project")


def pytest_configure() -> None:
    """Look for garbage less often: the session's graphs are a million objects, and each look goes through them."""
    gc.set_threshold(100_000, 20, 100)


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
def snapshot(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory of a snapshot built from the checkout. Do not change it."""
    base = tmp_path_factory.getbasetemp()
    # The processes of pytest-xdist share one: the first builds it, and the others wait.
    shared = base if worker_id == "master" else base.parent
    directory = shared / "built"
    with (shared / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            build(sources_directory(), directory, check_site)
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
def shape_runs(draft: Draft) -> ShapeRuns:
    """The run of each shape on that draft."""
    return run_each_shape(read_shapes(draft.sources), draft.store, draft.graph, draft.sources.prefixes)


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
