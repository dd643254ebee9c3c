"""Large imports are kept in a store on disk: the same results as in memory, and nothing lost when a load is cut off."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from policing_goals import create_app
from policing_goals.__main__ import main
from policing_goals.builder.imports.store_on_disk import load_piece
from policing_goals.builder.pipeline import build
from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.dataset_on_disk import DatasetOnDisk
from policing_goals.engine.publishing import quads_of, size_of
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import ForbiddenQuery, SnapshotError
from policing_goals.model.snapshot_format import CURRENT, IMPORTS, STORE
from policing_goals.model.snapshot_locks import hold_current, sole_writer
from policing_goals.settings import Settings
from policing_goals.vocabulary import GPG, GRAPH_ALL
from tests.bench.observations import GRAPH, SITE, TRIPLES, write_observations
from tests.conftest import ROOT
from tests.support.rows import comparable, rows
from tests.support.snapshots import write_another

STATEMENTS = 200 * TRIPLES
CORE = f"{GPG}graph-core"
VALUE, COUNTRY = (
    f"<http://purl.org/linked-data/sdmx/2009/{name}>" for name in ("measure#obsValue", "dimension#refArea")
)
QUERIES = (
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH_ALL}> {{ ?s ?p ?o }}",
    f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH_ALL}> FROM <{GRAPH}> {{ ?s ?p ?o }}",
    f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> FROM <{CORE}> {{ ?s ?p ?o }}",
    f"SELECT (COUNT(*) AS ?n) FROM <{CORE}> FROM NAMED <{GRAPH}> {{ ?s ?p ?o GRAPH ?g {{ ?x {COUNTRY} ?s }} }}",
    f"SELECT ?o ?v FROM <{GRAPH}> {{ ?o {VALUE} ?v }} ORDER BY DESC(?v) ?o LIMIT 10",
    f"SELECT ?b (AVG(?v) AS ?mean) {{ ?b a <{GPG}ontology#Objective> "
    f"GRAPH <{GRAPH}> {{ ?o <{SITE}objective> ?b ; {VALUE} ?v }} }} GROUP BY ?b",
    f"CONSTRUCT {{ ?o ?p ?v }} FROM <{GRAPH}> {{ ?o {COUNTRY} <{SITE}country/3> ; ?p ?v }}",
    f"ASK FROM NAMED <{GRAPH}> {{ GRAPH ?g {{ ?s ?p 'nothing' }} }}",
)  # fmt: skip


def run(directory: Path, *arguments: str | Path) -> str:
    """The output of the command, which must go well."""
    result = CliRunner().invoke(main, ["import", "--snapshot", str(directory), *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def observations(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("observations") / "observations.nt"
    write_observations(path, dataset, STATEMENTS)
    return path


@pytest.fixture(scope="module")
def both(snapshot: Path, observations: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two directories of snapshots with the same import, in memory and on disk."""
    made = []
    for above in (STATEMENTS, STATEMENTS - 1):
        directory = tmp_path_factory.mktemp("both") / "snapshot"
        shutil.copytree(snapshot, directory, symlinks=True)
        run(directory, observations, "--graph", GRAPH, "--on-disk-above", str(above))
        made.append(directory)
    return made[0], made[1]


@pytest.fixture
def on_disk(both: tuple[Path, Path], tmp_path: Path) -> Path:
    """A snapshot with a store on disk, which a test may change."""
    return Path(shutil.copytree(both[1], tmp_path / "snapshot", symlinks=True))


def test_above_the_threshold_there_is_a_store_on_disk(both: tuple[Path, Path]) -> None:
    assert [isinstance(open_snapshot(each), DatasetOnDisk) for each in both] == [False, True]
    assert [(each / CURRENT / STORE).exists() for each in both] == [False, True]


def test_every_saved_query_has_the_same_result(both: tuple[Path, Path]) -> None:
    memory, disk = map(open_snapshot, both)
    compared = [saved for saved in memory.queries if not saved.federates]
    assert len(compared) > 50
    for saved in compared:
        text = saved_queries.text(memory, saved, {})
        assert comparable(disk, text) == comparable(memory, text), saved.name


@pytest.mark.parametrize("query", QUERIES)
def test_graphs_are_those_of_a_dataset_in_memory(query: str, both: tuple[Path, Path]) -> None:
    memory, disk = map(open_snapshot, both)

    assert comparable(disk, query) == comparable(memory, query)
    assert comparable(disk, query) not in ([], None)


def test_workers_query_it_and_pages_are_as_before(both: tuple[Path, Path], snapshot: Path) -> None:
    apps = [create_app(Settings(each, workers=1)) for each in (snapshot, both[1])]
    try:
        before, after = (app.test_client() for app in apps)
        found = after.get("/sparql", query_string={"query": QUERIES[6]}, headers={"Accept": "text/csv"})
        graph = after.get("/graph", query_string={"graph": GRAPH}, headers={"Accept": "application/n-triples"})
        refused = after.get("/sparql", query_string={"query": f"SELECT * {{ GRAPH <{GRAPH_ALL}> {{ ?s ?p ?o }} }}"})
        pages = [[client.get(f"/goal-1.{each}").data for each in ("ttl", "jsonld")] for client in (before, after)]
    finally:
        for app in apps:
            app.extensions["stop"]()

    assert len(found.text.splitlines()) == 11
    assert len(graph.data.splitlines()) == STATEMENTS
    assert refused.status_code == 403
    assert "Name it with FROM" in refused.text
    assert pages[0] == pages[1]


def test_a_blank_node_is_one_however_the_statements_are_loaded(tmp_path: Path) -> None:
    store, graph = Store(str(tmp_path / "store")), NamedNode(GRAPH)
    for piece in (
        b"_:a <http://example.org/p> _:b .\n",
        b'_:a <http://example.org/p> "1" .\n_:b <http://example.org/p> "_:c" .\n',
        b'<http://example.org/c> <http://example.org/p> "2" .\n',
    ):
        load_piece(store, graph, piece)

    found = sorted(str(quad.triple) for quad in store.quads_for_pattern(None, None, None, graph))
    assert found == [
        '<http://example.org/c> <http://example.org/p> "2"',
        '_:a <http://example.org/p> "1"',
        "_:a <http://example.org/p> _:b",
        '_:b <http://example.org/p> "_:c"',
    ]


def test_graphs_that_overlap_are_not_counted_twice(on_disk: Path, tmp_path: Path, dataset: Dataset) -> None:
    [(name,)] = rows(
        dataset, f"SELECT ?l FROM <{CORE}> {{ <{GPG}goal-1> <http://www.w3.org/2004/02/skos/core#notation> ?l }}"
    )
    datatype = dataset.query(f"SELECT ?l {{ <{GPG}goal-1> <http://www.w3.org/2004/02/skos/core#notation> ?l }}")
    [[notation]] = datatype  # type: ignore[misc]  # one row of one column
    path = tmp_path / "same.nt"
    path.write_text(f"<{GPG}goal-1> <http://www.w3.org/2004/02/skos/core#notation> {notation} .\n", "utf-8")
    run(on_disk, path, "--graph", "http://example.org/same")
    opened = open_snapshot(on_disk)
    question = f"{{ <{GPG}goal-1> <http://www.w3.org/2004/02/skos/core#notation> ?l }}"

    assert name
    assert opened.manifest.merged == sum(opened.manifest.graphs.values()) - 1
    # Small graphs are merged in memory; large ones would take too much.
    assert rows(opened, f"SELECT ?l FROM <{CORE}> FROM <http://example.org/same> {question}") == [(name,)]
    for graphs in (f"FROM <{GRAPH_ALL}>", f"FROM <{GRAPH}> FROM <http://example.org/same>"):
        with pytest.raises(ForbiddenQuery, match="have statements in common"):
            opened.query(f"SELECT ?l {graphs} {question}")
    assert rows(opened, f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?s ?p ?o }}") == [(str(STATEMENTS),)]


def test_a_rebuild_takes_over_the_tables_and_replaces_our_graph(on_disk: Path) -> None:
    before = tables(on_disk)
    build(ROOT, on_disk)
    opened = open_snapshot(on_disk)
    [path] = (on_disk / CURRENT / IMPORTS).iterdir()

    assert path.stat().st_nlink == 2
    assert isinstance(opened, DatasetOnDisk)
    assert before & tables(on_disk)
    for graph, count in opened.manifest.graphs.items():
        assert rows(opened, f"SELECT (COUNT(*) AS ?n) FROM <{graph}> {{ ?s ?p ?o }}") == [(str(count),)], graph
    [(default,)] = rows(
        opened, f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER NOT EXISTS {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }} }}"
    )
    assert default == str(opened.manifest.triples)


def tables(directory: Path) -> set[int]:
    """The numbers (inodes) of the tables of a store."""
    return {path.stat().st_ino for path in (directory / CURRENT / STORE).glob("*.sst")}


def test_another_import_joins_it_and_without_imports_there_is_no_store(on_disk: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.nt"
    path.write_text("".join(f'<{SITE}{number}> <{SITE}p> "{number}" .\n' for number in range(50)), "utf-8")
    run(on_disk, path, "--graph", "http://example.org/more")
    opened = open_snapshot(on_disk)

    assert rows(opened, "SELECT (COUNT(*) AS ?n) FROM <http://example.org/more> { ?s ?p ?o }") == [("50",)]
    assert rows(opened, f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?s ?p ?o }}") == [(str(STATEMENTS),)]
    run(on_disk, "--remove", GRAPH)
    opened = open_snapshot(on_disk)
    assert not isinstance(opened, DatasetOnDisk)
    assert rows(opened, f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH_ALL}> {{ <{SITE}7> ?p ?o }}") == [("1",)]
    assert not (on_disk / CURRENT / STORE).exists()


def test_what_is_published_elsewhere_has_the_imports_in_their_graphs(both: tuple[Path, Path]) -> None:
    with closing(hold_current(both[1])) as held:
        content = b"".join(quads_of(held))
        size = size_of(held)

    assert len(content) == size
    found = [quad for quad in parse(content, format=RdfFormat.N_QUADS) if str(quad.graph_name) == f"<{GRAPH}>"]
    assert len(found) == STATEMENTS


def test_too_little_room_is_told_before_and_changes_nothing(
    on_disk: Path, observations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (on_disk / CURRENT).readlink()
    size = observations.stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=int(2.5 * size)))
    arguments = ["import", "--snapshot", str(on_disk), str(observations), "--graph", "http://example.org/other"]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert "could not be written" in result.output
    assert "are free" in result.output
    assert (on_disk / CURRENT).readlink() == before
    assert not [path for path in on_disk.iterdir() if path.name.startswith(".")]


def test_where_files_cannot_be_linked_they_are_copied(on_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with sole_writer(on_disk) as writer:
        write_another(writer, "copied")
    opened = open_snapshot(on_disk)

    assert opened.manifest.warnings == ["copied"]
    assert rows(opened, f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?s ?p ?o }}") == [(str(STATEMENTS),)]


def test_a_store_that_is_gone_is_told(on_disk: Path) -> None:
    (on_disk / CURRENT / STORE / "CURRENT").unlink()

    with pytest.raises(SnapshotError, match=r"cannot be read.*Build it again"):
        open_snapshot(on_disk)


def test_an_import_that_is_killed_at_any_moment_changes_nothing(
    on_disk: Path, dataset: Dataset, tmp_path: Path
) -> None:
    before = (on_disk / CURRENT).readlink()
    path = tmp_path / "large.nt"
    write_observations(path, dataset, 100_000)
    command = [sys.executable, "-m", "policing_goals", "import", "--snapshot", str(on_disk), str(path)]
    stages = set()
    for wait in (0.6, 1.0, 1.4, 1.8, 2.4):
        process = subprocess.Popen([*command, "--graph", "http://example.org/cut"], stderr=subprocess.DEVNULL)
        time.sleep(wait)
        stages |= {each.name[:4] for each in on_disk.iterdir() if each.name.startswith(".")}
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if (on_disk / CURRENT).readlink() != before:
            break
        assert rows(open_snapshot(on_disk), f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?s ?p ?o }}") == [
            (str(STATEMENTS),)
        ]
    assert stages
    path.write_text(f"<{SITE}a> <{SITE}b> <{SITE}c> .\n", "utf-8")
    run(on_disk, path, "--graph", "http://example.org/cut")
    assert not [each for each in on_disk.iterdir() if each.name.startswith(".")]
    assert open_snapshot(on_disk).manifest.graphs["http://example.org/cut"] == 1
