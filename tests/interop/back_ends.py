"""Fuseki as the back end: every saved query gives the same rows as our own engine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from policing_goals.engine import saved_queries
from policing_goals.engine.backend import Backend
from policing_goals.engine.backend_messages import BackendSettings
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.publishing import publish
from policing_goals.engine.remote_dataset import RemoteDataset
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import QueryError
from policing_goals.model.saved_query import SavedQuery
from policing_goals.model.snapshot_locks import hold_current
from tests.interop.cases import HERE, Outcome, fetch_java
from tests.support.back_ends import asking, check
from tests.support.processes import free_port, wait_for
from tests.support.rows import comparable

SERVICES = {"memory": "Fuseki", "tdb2": "Fuseki TDB2"}
SECONDS = 60.0


def fuseki(snapshot: Path, directory: Path) -> Iterator[Outcome]:
    """A case for each saved query and each kind of store."""
    [jar] = fetch_java(directory, "back_end").glob("jena-fuseki-server-*.jar")
    place, port = directory / "fuseki", free_port()
    place.mkdir()
    environment = {**os.environ, "FUSEKI_BASE": str(place / "base")}
    command = ["java", "-Xmx1g", "-jar", str(jar), "--config", str(HERE / "back_end/fuseki.ttl")]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--localhost"], cwd=place, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port, process)
        dataset = open_snapshot(snapshot)
        for name, tool in SERVICES.items():
            url = f"http://127.0.0.1:{port}/{name}"
            with closing(hold_current(snapshot)) as held:
                publish(held, f"{url}/data", None, lambda *_: None)
            make = partial(Backend, BackendSettings(f"{url}/query"), SECONDS)
            check(make, dataset.manifest.sha256(), dataset.manifest.triples)
            remote = asking(dataset, make)
            for saved in dataset.queries:
                if not saved.federates:
                    yield Outcome(tool, f"as a back end: {saved.name}", _fault(saved, dataset, remote))
    finally:
        process.terminate()
        process.wait()


def _fault(saved: SavedQuery, dataset: Dataset, remote: RemoteDataset) -> str:
    text = saved_queries.text(dataset, saved, {})
    try:
        return "" if comparable(remote, text) == comparable(dataset, text) else "other rows"
    except QueryError as error:
        return str(error)
