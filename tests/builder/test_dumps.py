"""The files of the graph: complete, reproducible, described correctly, and written all or not at all."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib import Dataset as RdflibDataset
from rdflib import Graph

from policing_goals.__main__ import main
from policing_goals.engine.dataset import Dataset
from policing_goals.model.snapshot_format import CURRENT, DATA
from policing_goals.vocabulary import GPG
from tests.conftest import ROOT
from tests.support.rows import rows

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated"),
]
STEM = "global-policing-goals"
FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "rdf": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
}
TABLES = {
    "goals": 7,
    "objectives": 38,
    "themes": 5,
    "commitments": 35,
    "sdg-links": 125,
    "facets": 369,
    "crosswalks": 194,
}


@pytest.fixture(scope="module")
def data(snapshot: Path) -> Path:
    return snapshot / CURRENT / DATA


def run(snapshot: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", "--snapshot", str(snapshot), *map(str, arguments)])


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_whole_graph_is_in_each_format(suffix: str, data: Path, dataset: Dataset) -> None:
    outside = sum(1 for _ in dataset.graph(f"{GPG}graph-distributions"))
    read = set(parse(path=data / f"{STEM}.{suffix}", format=FORMATS[suffix]))
    quads = suffix in ("trig", "nq", "jsonld")
    expected = sum(dataset.manifest.graphs.values()) if quads else dataset.manifest.triples

    assert len(read) == expected - outside


def test_json_ld_has_the_statements_of_the_quads_in_their_graphs(data: Path) -> None:
    quads = set(parse(path=data / f"{STEM}.nq", format=RdfFormat.N_QUADS))
    tree, turtle = RdflibDataset(), Graph()
    tree.parse(data / f"{STEM}.jsonld", format="json-ld")
    turtle.parse(data / f"{STEM}.ttl", format="turtle")

    assert set(parse(path=data / f"{STEM}.jsonld", format=RdfFormat.JSON_LD)) == quads
    assert {quad[:3] for quad in tree.quads()} == set(turtle)


def test_what_rules_infer_is_left_out_of_what_is_asserted(data: Path, dataset: Dataset) -> None:
    graphs = {quad.graph_name for quad in parse(path=data / f"{STEM}-asserted.nq", format=RdfFormat.N_QUADS)}
    every = {quad.graph_name for quad in parse(path=data / f"{STEM}.nq", format=RdfFormat.N_QUADS)}

    assert every - graphs == {NamedNode(f"{GPG}graph-inferred")}
    assert {str(getattr(graph, "value", "")) for graph in every} == set(dataset.manifest.graphs) - {
        f"{GPG}graph-distributions"
    }


def test_every_named_graph_has_its_files(data: Path, dataset: Dataset) -> None:
    for graph in dataset.manifest.graphs:
        name = graph.removeprefix(GPG)
        if name != "graph-distributions":
            counts = {suffix: len(set(parse(path=data / f"{name}.{suffix}"))) for suffix in FORMATS}
            assert set(counts.values()) == {dataset.manifest.graphs[graph]}, name
            assert (data / f"{name}.jsonld").is_file()


def test_rdflib_reads_the_trig(data: Path, dataset: Dataset) -> None:
    loaded = RdflibDataset()
    loaded.parse(data / "graph-links.trig", format="trig")

    assert len(loaded.graph(f"{GPG}graph-links")) == dataset.manifest.graphs[f"{GPG}graph-links"]


def test_the_links_come_as_annotations_of_rdf_1_2(data: Path) -> None:
    triples = [quad.triple for quad in parse(path=data / "links-rdf12.ttl", format=RdfFormat.TURTLE)]
    reified = [triple for triple in triples if triple.predicate.value.endswith("#reifies")]

    assert len(reified) == 125
    assert {triple.object for triple in reified} <= set(triples)


def test_the_distributions_match_the_files(data: Path, dataset: Dataset) -> None:
    query = """
        PREFIX dcat: <http://www.w3.org/ns/dcat#>
        PREFIX gpg: <https://w3id.org/global-policing-goals/>
        PREFIX spdx: <http://spdx.org/rdf/terms#>
        PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?url ?size ?sum ?type ?triples {
          gpg:dataset dcat:distribution ?d . ?d dcat:downloadURL ?url ; dcat:byteSize ?size ; dcat:mediaType ?type ;
            spdx:checksum/spdx:checksumValue ?sum . OPTIONAL { ?d void:triples ?triples } }"""
    told = {row[0].removeprefix(f"{GPG}data/"): row[1:] for row in rows(dataset, query)}

    assert set(told) == {path.name for path in data.iterdir()} == set(dataset.manifest.data)
    for name, (size, checksum, media_type, triples) in told.items():
        content = (data / name).read_bytes()
        assert int(size) == len(content)
        assert checksum == hashlib.sha256(content).hexdigest() == dataset.manifest.data[name]["sha256"]
        assert media_type.endswith(dataset.manifest.data[name]["media_type"])
        if name.endswith((".ttl", ".rdf", ".nq", ".trig")):
            assert int(triples) == len(set(parse(path=data / name))), name


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_as_csv_and_in_the_workbook_and_described(name: str, data: Path) -> None:
    head, *lines = csv.reader(StringIO((data / f"{name}.csv").read_text("utf-8")))
    book = openpyxl.load_workbook(data / f"{STEM}.xlsx")
    sheet = [[str(cell) if cell is not None else "" for cell in row] for row in book[name].iter_rows(values_only=True)]
    metadata = json.loads((data / "csv-metadata.json").read_text("utf-8"))
    [described] = [table for table in metadata["tables"] if table["url"] == f"{name}.csv"]

    assert len(lines) == TABLES[name]
    assert sheet == [head, *lines]
    assert [column["name"] for column in described["tableSchema"]["columns"]] == head
    assert book[name].freeze_panes == "B2"
    assert book[name].auto_filter.ref.startswith("A1:")
    assert book[name]["A2"].hyperlink.target == lines[0][0]


def test_the_workbook_begins_with_what_it_is(data: Path) -> None:
    book = openpyxl.load_workbook(BytesIO((data / f"{STEM}.xlsx").read_bytes()))
    text = " ".join(str(cell) for row in book["Read me"].iter_rows(values_only=True) for cell in row if cell)

    assert book.sheetnames[0] == "Read me"
    assert "not INTERPOL's claim" in text
    assert set(book.sheetnames[1:]) == set(TABLES)


def test_the_mapping_sets_are_the_tables_of_the_sources(data: Path) -> None:
    for path in (ROOT / "data/links").glob("*.sssom.tsv"):
        assert (data / path.name).read_bytes() == path.read_bytes()


def test_an_export_is_the_same_twice_and_can_be_checked(snapshot: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    results = [run(snapshot, directory) for directory in (first, second, second)]
    contents = [{path.name: path.read_bytes() for path in each.iterdir()} for each in (first, second)]
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=first, check=False)

    assert [result.exit_code for result in results] == [0, 0, 0], results[0].output
    assert contents[0] == contents[1]
    assert checked.returncode == 0
    page = contents[0]["index.html"].decode()
    assert set(re.findall(r'href="([^":/]+)"', page)) >= set(contents[0]) - {"index.html"}


def test_an_export_is_refused_where_other_files_are_unless_forced(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear", "utf-8")
    refused = run(snapshot, tmp_path)

    assert refused.exit_code == 1
    assert "letter.txt" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert run(snapshot, tmp_path, "--force").exit_code == 0
    assert (tmp_path / "letter.txt").read_text("utf-8") == "Dear"


def test_a_full_disk_leaves_nothing_under_a_final_name(snapshot: Path, tmp_path: Path) -> None:
    # A limit on the size of files stands for a disk that has no more room.
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)); "
        "from policing_goals.__main__ import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "export", "--snapshot", str(snapshot), str(tmp_path / "out")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert "No file was written" in result.stderr
    assert "Traceback" not in result.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_files_are_served_with_their_type_and_tag(client: FlaskClient, data: Path, dataset: Dataset) -> None:
    listing = client.get("/data/").get_data(as_text=True)
    sums = client.get("/data/SHA256SUMS").get_data(as_text=True)
    for name, fields in dataset.manifest.data.items():
        with client.get(f"/data/{name}") as response:
            assert response.data == (data / name).read_bytes()
            assert response.headers["Content-Type"].split(";")[0] == fields["media_type"]
            assert response.headers["ETag"] == f'"{fields["sha256"]}"'
        with client.get(f"/data/{name}", headers={"If-None-Match": f'"{fields["sha256"]}"'}) as again:
            assert again.status_code == 304
        assert f'href="{name}"' in listing
        assert f"{fields['sha256']}  {name}\n" in sums


@pytest.mark.parametrize("name", ["nothing.ttl", "..%2Fmanifest.json", "%2Fetc%2Fpasswd", "manifest.json"])
def test_what_is_no_file_of_ours_is_not_given_out(name: str, client: FlaskClient) -> None:
    assert client.get(f"/data/{name}").status_code == 404


def test_a_part_of_a_file_can_be_had(client: FlaskClient, data: Path) -> None:
    with client.get("/data/goals.csv", headers={"Range": "bytes=10-19"}) as response:
        assert (response.status_code, response.data) == (206, (data / "goals.csv").read_bytes()[10:20])
