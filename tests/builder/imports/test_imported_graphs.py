"""Imports: external graphs are added unchanged, carried over, replaced and removed; a refused one changes nothing."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from pyoxigraph import QueryBoolean, RdfFormat, parse

from policing_goals import create_app
from policing_goals.__main__ import main
from policing_goals.builder.imports.reading import KNOWN, read_import
from policing_goals.builder.pipeline import build
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import SourceError
from policing_goals.model.snapshot_format import CURRENT, IMPORTS
from policing_goals.model.snapshot_locks import sole_writer
from policing_goals.settings import Settings
from policing_goals.vocabulary import GPG, GPGO, GRAPH_ALL, RDF_TYPE
from policing_goals.web.app import make_app
from tests.conftest import ROOT
from tests.support.rows import rows
from tests.support.runners import NoQueries

UN = "http://metadata.un.org/sdg"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
# Made up after the structure of the United Nations' vocabulary: codes and agencies only.
EXCERPT = f"""@prefix sdg: <{UN}/> .
@prefix sdgo: <{UN}/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
sdg:16.4 a sdgo:Target ; sdgo:hasIndicator sdg:C160401 .
sdg:C160401 a sdgo:Indicator ; sdgo:tier sdgo:tier_III ; sdgo:custodianAgency "UNODC", "UNCTAD" ;
    skos:prefLabel "An indicator"@en, "The same indicator"@en, "Un indicateur "@fr ;
    skos:note [ skos:prefLabel "a note" ] .
"""


@pytest.fixture
def directory(snapshot: Path, tmp_path: Path) -> Path:
    """A snapshot that a test may change."""
    return Path(shutil.copytree(snapshot, tmp_path / "snapshot", symlinks=True))


@pytest.fixture
def excerpt(tmp_path: Path) -> Path:
    path = tmp_path / "un.ttl"
    path.write_text(EXCERPT, "utf-8")
    return path


def run(directory: Path, *arguments: str | Path) -> str:
    """The output of the command, which must go well."""
    result = CliRunner().invoke(main, ["import", "--snapshot", str(directory), *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def current(directory: Path) -> bytes:
    """All imported statements."""
    return b"".join(path.read_bytes() for path in sorted((directory / CURRENT / IMPORTS).iterdir()))


def nameless(content: bytes) -> list[bytes]:
    """The statements without the names of blank nodes, which are new (and now and then shorter) each time."""
    return sorted(re.sub(rb"_:\w+", b"_:", content).splitlines())


def test_an_import_is_unchanged_in_its_graph_and_once_in_that_of_all(directory: Path, excerpt: Path) -> None:
    said = run(directory, "un-sdg", excerpt)
    dataset = open_snapshot(directory)
    own = rows(dataset, f"SELECT ?s ?p ?o {{ GRAPH <{UN}> {{ ?s ?p ?o }} }}")

    assert len(own) == len(list(parse(EXCERPT, format=RdfFormat.TURTLE))) == 11
    assert "11 statements" in said
    assert "SIGHUP" in said
    assert rows(dataset, f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH_ALL}> {{ <{UN}/16.4> a ?type }}") == [("1",)]
    assert rows(dataset, "SELECT ?x { ?x <http://metadata.un.org/sdg/ontology#tier> ?tier }") == []
    assert dataset.manifest.graphs[UN] == 11
    assert dataset.manifest.triples == int(rows(dataset, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0][0])
    everything = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{GRAPH_ALL}> {{ ?s ?p ?o }} }}"
    assert dataset.manifest.merged == int(rows(dataset, everything)[0][0])
    assert 0 < dataset.manifest.merged - dataset.manifest.triples < 11


def test_the_command_says_how_to_query_it(directory: Path, excerpt: Path) -> None:
    said = run(directory, "un-sdg", excerpt)
    query = said[said.index("SELECT") :]

    assert rows(open_snapshot(directory), query)


def test_statements_about_our_names_are_named(directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "ours.nt"
    path.write_text(f'<{GPG}goal-1> <{LABEL}> "a", "b" .\n'.replace(', "b"', ""), "utf-8")

    assert f"<{GPG}goal-1>: 1 statement about a name of ours" in run(directory, path, "--graph", "http://x.org/g")


def test_graphs_are_found_by_name_and_by_variable(directory: Path, excerpt: Path) -> None:
    ours = {graph for (graph,) in rows(open_snapshot(directory), "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    run(directory, "un-sdg", excerpt)
    dataset = open_snapshot(directory)
    found = {graph for (graph,) in rows(dataset, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}

    assert GRAPH_ALL not in ours
    assert found == ours | {UN}
    tier = "?x <http://metadata.un.org/sdg/ontology#tier> ?tier"
    prefix = f"PREFIX gpg: <{GPG}> "
    for query in (
        f"{prefix}SELECT ?x {{ GRAPH gpg:graph-all {{ {tier} }} }}",
        f"{prefix}SELECT ?x FROM gpg:graph-all {{ {tier} }}",
        f"{prefix}SELECT ?x FROM NAMED gpg:graph-all {{ GRAPH ?g {{ {tier} }} }}",
        f"SELECT ?x FROM <{UN}> FROM <{GPG}graph-core> {{ {tier} }}",
        f"SELECT ?x FROM <{GRAPH_ALL}> FROM <{UN}> {{ {tier} }}",
    ):
        assert rows(dataset, query) == [(f"{UN}/C160401",)], query


def test_without_an_import_the_graph_of_all_is_ours(directory: Path) -> None:
    dataset = open_snapshot(directory)
    counts = {
        rows(dataset, f"SELECT (COUNT(*) AS ?n) {text}")[0][0]
        for text in (
            "{ ?s ?p ?o }",
            f"FROM <{GRAPH_ALL}> {{ ?s ?p ?o }}",
            f"{{ GRAPH <{GRAPH_ALL}> {{ ?s ?p ?o }} }}",
        )
    }

    assert counts == {str(dataset.manifest.triples)}


HOSTILE = f"""
<{GPG}goal-1> <{LABEL}> "Another name"@en .
<{GPG}goal-1> <http://www.w3.org/2004/02/skos/core#prefLabel> "Another preferred name"@en .
<{GPG}goal-1> <http://www.w3.org/2002/07/owl#deprecated> true .
<{GPG}objective-1.1> <{GPGO}supports> <{UN}/14.1> .
<{UN}/16.4> <{LABEL}> "one more"@en .
<{UN}/16.4> a <{GPGO}Goal> .
<{GPG}link-evil> a <{GPGO}SDGLink> ; <http://www.w3.org/2002/07/owl#annotatedSource> <{GPG}goal-1> ;
    <http://www.w3.org/2002/07/owl#annotatedTarget> <{UN}/16.4> .
<{GPG}area-cybercrime> <http://www.w3.org/2004/02/skos/core#altLabel> "zebra"@en .
"""
READ = (
    "/", "/goal-1.html", "/goal-1.ttl", "/goal-1.jsonld", "/objective-1.1.html", "/sdg/", "/sdg/16.4", "/ontology.ttl",
    "/scheme-goals.html", "/area-cybercrime.html", "/search?q=zebra", "/search?q=another+name", "/statistics",
    "/charts/matrix.svg", "/data/", "/fr/goal-1.html", "/dataset.ttl", "/terms.json", "/feed.xml",
)  # fmt: skip


def test_no_import_changes_what_our_own_pages_and_queries_say(snapshot: Path, directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile.ttl"
    path.write_text(HOSTILE, "utf-8")
    run(directory, path, "--graph", "http://example.org/hostile")
    sites = [site_on(each) for each in (snapshot, directory)]
    saved = [query for query in open_snapshot(snapshot).queries if not query.federates]
    unaware = [query.name for query in saved if "import" not in query.tags]

    assert len(unaware) > 40
    for address in (*READ, *(f"/queries/{name}.{suffix}" for name in unaware for suffix in ("csv", "ttl", "html"))):
        before, after = (site.get(address, follow_redirects=True) for site in sites)
        assert before.status_code in (200, 404), address
        assert (after.status_code, after.data) == (before.status_code, before.data), address


def site_on(directory: Path) -> FlaskClient:
    app = make_app(open_snapshot(directory), NoQueries())
    return app.test_client()


def test_pages_say_where_values_of_others_may_come_from(snapshot: Path, directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    note = "Some of these values may come from imported graphs, which others wrote:"
    app = create_app(Settings(directory, workers=1))
    try:
        client = app.test_client()
        saved, ours = (client.get(f"/queries/{name}.html").text for name in ("goal-indicators", "goals"))
        named, unnamed = (
            client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"}).text
            for query in ("SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 1", "SELECT * { ?s ?p 'graph' } LIMIT 1")
        )
    finally:
        app.extensions["stop"]()

    assert [note in text for text in (saved, ours, named, unnamed)] == [True, False, True, False]
    assert f'<code dir="ltr">{UN}</code>' in saved
    assert note not in site_on(snapshot).get("/queries/goal-indicators.html").text


def test_the_questions_on_indicators_are_then_answered_in_full(directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    dataset = open_snapshot(directory)

    def ask(name: str, **given: str) -> list[dict[str, str]]:
        saved = dataset.saved_query(name)
        result = dataset.query(saved.text, saved.bindings(given, dataset.prefixes))
        names = [variable.value for variable in result.variables]  # type: ignore[union-attr]  # a SELECT
        return [{each: str(getattr(row[each], "value", "")) for each in names} for row in result]  # type: ignore[union-attr]

    indicators = [row for row in ask("goal-indicators") if row["indicator"] == f"{UN}/C160401"]
    assert [(row["name"], row["custodians"], row["tier"]) for row in indicators] == [
        ("An indicator", "UNCTAD, UNODC", f"{UN}/ontology#tier_III")
    ]
    assert {row["agency"] for row in ask("custodian-goals")} == {"not imported", "UNCTAD", "UNODC"}
    assert {row["agency"] for row in ask("custodian-goals", custodian="UNODC")} == {"UNODC"}


def test_every_other_question_is_answered_as_before(snapshot: Path, directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    before, after = open_snapshot(snapshot), open_snapshot(directory)
    with_import = {"goal-indicators", "custodian-goals"}

    for saved in before.queries:
        if saved.federates:
            continue
        bindings = saved.bindings({}, before.prefixes)
        results = [dataset.query(saved.text, bindings) for dataset in (before, after)]
        answers = {str(bool(it) if isinstance(it, QueryBoolean) else sorted(str(row) for row in it)) for it in results}
        assert len(answers) == (2 if saved.name in with_import else 1), saved.name


def test_faults_are_reported_by_node_and_not_repaired(directory: Path, excerpt: Path) -> None:
    said = run(directory, "un-sdg", excerpt)

    assert f"<{UN}/C160401>: several preferred labels in one language (SKOS S14): 2 in en" in said
    assert f"<{UN}/C160401>: a label with a space at an end: “Un indicateur …”@fr" in said
    assert ("Un indicateur ",) in rows(open_snapshot(directory), f"SELECT ?o {{ GRAPH <{UN}> {{ ?s ?p ?o }} }}")


def test_a_known_fault_is_reported(directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "un.nt"
    path.write_text(
        f"<{UN}/14.6> <{RDF_TYPE}> <{UN}/ontology#Target> .\n"
        + f'<{UN}/14.6> <http://www.w3.org/2004/02/skos/core#prefLabel> "subsidies negotiation3"@en .\n',
        "utf-8",
    )

    assert f"<{UN}/14.6>: the label ends in a footnote mark: “…3”@en" in run(directory, "un-sdg", path)
    assert "footnote" not in run(directory, path, "--graph", "http://example.org/g")


def test_an_import_lasts_across_a_rebuild(directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    imported = current(directory)
    build(ROOT, directory)

    assert current(directory) == imported
    assert UN in run(directory, "--list")


def test_imports_that_a_damaged_snapshot_had_are_not_lost_silently(directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    [path] = (directory / CURRENT / IMPORTS).iterdir()
    path.write_text("damaged", "utf-8")
    built = build(ROOT, directory)

    assert built.manifest.imports == {}
    assert f"the import of <{UN}> was not carried over" in built.manifest.warnings[0]
    assert "import them again" in built.manifest.warnings[0]


def test_a_second_import_replaces_the_first(directory: Path, excerpt: Path) -> None:
    run(directory, "un-sdg", excerpt)
    imported = current(directory)
    other = excerpt.with_name("other.nt")
    other.write_text(f"<{UN}/16.4> <{RDF_TYPE}> <{UN}/ontology#Target> .\n", "utf-8")
    run(directory, "un-sdg", other)

    assert open_snapshot(directory).manifest.graphs[UN] == 1
    run(directory, "un-sdg", excerpt)
    assert nameless(current(directory)) == nameless(imported)


def test_what_is_removed_leaves_nothing_behind(directory: Path, excerpt: Path) -> None:
    before = current(directory)
    run(directory, "un-sdg", excerpt)

    assert "no imports" in run(directory, "--remove", UN)
    assert current(directory) == before


@pytest.fixture
def served() -> Iterator[str]:
    """The address of the excerpt on a web server, whole and cut off."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = EXCERPT.encode() + b"#" * (2**20 if self.path == "/large" else 0)
            if self.path == "/to-file":
                self.send_response(302)
                self.send_header("Location", "file:///etc/passwd")
            else:
                self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Type", "text/html" if self.path == "/page" else "text/turtle")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path == "/cut" else content)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_address_is_imported_like_a_file(directory: Path, served: str) -> None:
    assert "11 statements" in run(directory, "un-sdg", f"{served}/un", "--allow-private")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["un-sdg", "broken.ttl"], ("broken.ttl:2", "does not parse", "nothing was changed")),
        (["un-sdg", "cut.ttl"], ("cut.ttl", "does not parse")),
        (["un-sdg", "none.ttl"], ("none.ttl", "cannot be read: No such file")),
        (["un-sdg", "empty.ttl"], ("empty.ttl", "no statement")),
        (["un-sdg", "table.xlsx"], ("table.xlsx", "unrecognised file extension", ".ttl")),
        (["quads.nq", "--graph", "http://example.org/g"], ("quads.nq", "named graph", "triples")),
        (["good.ttl", "--graph", "https://w3id.org/global-policing-goals/graph-core"], ("is ours", "another graph")),
        (["good.ttl", "--graph", "not an IRI"], ("not an IRI", "Write one such as")),
        (["good.ttl", "--graph", "relative"], ("relative: the graph is not an IRI",)),
        (["good.ttl"], ("un-sdg and a file or URL", "--graph IRI")),
        (["un-esco", "good.ttl"], ("un-sdg and a file or URL",)),
        (["--remove", "http://example.org/g"], ("nothing was imported", "Imported graphs: none")),
        (["un-sdg", "{served}/missing", "--allow-private"], ("cannot be fetched: Not Found", "nothing was changed")),
        (
            ["un-sdg", "{served}/cut", "--allow-private"],
            ("cannot be fetched: only 219 of 439 bytes", "nothing was changed"),
        ),
        (["un-sdg", "{served}/page", "--allow-private"], ("text/html", "not an RDF format")),
        (["un-sdg", "http://127.0.0.1:9/un.ttl"], ("cannot be fetched", "Connection refused")),
        (["un-sdg", "{served}/un"], ("has the private address 127.0.0.1", "--allow-private", "nothing was changed")),
        (["un-sdg", "{served}/to-file", "--allow-private"], ("file:///etc/passwd' is not allowed",)),
        (["un-sdg", "{served}/large", "--allow-private", "--max-size", "1"], ("larger than 1 MiB", "--max-size")),
    ],
)
def test_a_refused_import_changes_nothing(
    arguments: list[str], says: tuple[str, ...], directory: Path, tmp_path: Path, served: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.ttl").write_text(EXCERPT, "utf-8")
    (tmp_path / "broken.ttl").write_text("<http://example.org/a>\n  nothing of the kind .\n", "utf-8")
    (tmp_path / "cut.ttl").write_text(EXCERPT[: len(EXCERPT) // 2], "utf-8")
    (tmp_path / "empty.ttl").write_text("# nothing\n", "utf-8")
    (tmp_path / "table.xlsx").write_text("", "utf-8")
    (tmp_path / "quads.nq").write_text(
        "<http://e.org/a> <http://e.org/b> <http://e.org/c> <http://e.org/g> .\n", "utf-8"
    )
    before = (directory / CURRENT).readlink()
    given = [argument.format(served=served) for argument in arguments]
    result = CliRunner().invoke(main, ["import", "--snapshot", str(directory), *given])

    assert result.exit_code != 0
    assert [part for part in says if part not in result.output] == [], result.output
    assert (directory / CURRENT).readlink() == before


def test_the_checks_of_imports_are_run_on_them_and_only_then(directory: Path, excerpt: Path) -> None:
    before = statuses(directory)
    run(directory, "un-sdg", excerpt)
    after = statuses(directory)
    run(directory, "--remove", UN)

    assert before == {"30": "not run", "32": "not run", "33": "not run"}
    # The excerpt has one target without its notation, and no label of ours.
    assert after == {"30": "fail", "32": "pass", "33": "pass"}
    assert statuses(directory) == before


def test_a_label_of_the_united_nations_that_we_copied_is_seen(directory: Path, excerpt: Path) -> None:
    query = f"SELECT ?l {{ <{UN}/16.4> <http://www.w3.org/2000/01/rdf-schema#label> ?l FILTER (LANG(?l) = 'en') }}"
    [[label]] = rows(open_snapshot(directory), query)
    excerpt.write_text(EXCERPT + f'sdg:16.4 skos:altLabel "{label}"@en ; skos:notation "16.4" .', "utf-8")
    run(directory, "un-sdg", excerpt)

    assert statuses(directory)["33"] == "fail"


def statuses(directory: Path) -> dict[str, str]:
    report = open_snapshot(directory).report
    return {check.number: check.status for check in report.checks if check.how == "import"}


def test_a_document_under_the_name_of_another_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.nt"
    other.write_text("<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n")

    with pytest.raises(SourceError, match="it has no SDG target"):
        read_import(str(other), KNOWN["un-sdg"], tmp_path, lambda *_: None)


def test_a_byte_order_mark_is_left_out(directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "mark.ttl"
    path.write_text("\ufeff<http://x.org/a> <http://x.org/b> <http://x.org/c> .", "utf-8")

    assert "1 statements in <http://x.org/g>" in run(directory, path, "--graph", "http://x.org/g")


def test_another_file_of_the_united_nations_is_refused_with_the_right_one(directory: Path, tmp_path: Path) -> None:
    path = tmp_path / "mappings.nt"
    path.write_text(f"<{UN}/16.4> <http://www.w3.org/2004/02/skos/core#exactMatch> <http://x.org/c> .\n", "utf-8")
    result = CliRunner().invoke(main, ["import", "--snapshot", str(directory), "un-sdg", str(path)])

    assert result.exit_code == 1
    assert "sdg-kos-goals-targets-indicators.ttl" in result.output


def test_imports_at_the_same_time_all_take_effect(directory: Path, tmp_path: Path) -> None:
    graphs = [f"http://example.org/graph-{number}" for number in range(6)]
    running = []
    for graph in graphs:
        path = tmp_path / f"{graph.rpartition('-')[2]}.nt"
        path.write_text(f"<{graph}> <{LABEL}> 'one' .\n".replace("'", '"'), "utf-8")
        arguments: list[str | Path] = ["import", path, "--graph", graph, "--snapshot", directory]
        command = [sys.executable, "-m", "policing_goals", *arguments]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    said = [process.communicate()[1] for process in running]

    assert [process.returncode for process in running] == [0] * 6
    assert sorted(open_snapshot(directory).manifest.imports) == graphs
    assert all(open_snapshot(directory).manifest.graphs[graph] == 1 for graph in graphs)
    assert any("Another process is changing" in each for each in said)


def test_an_import_that_may_not_wait_is_refused_while_another_writes(directory: Path, excerpt: Path) -> None:
    before = current(directory)
    with sole_writer(directory):
        command = ["import", "--snapshot", str(directory), "un-sdg", str(excerpt), "--no-wait"]
        result = CliRunner().invoke(main, command)

    assert result.exit_code == 1
    assert f"Another process is changing {directory}. Try again later, or without --no-wait to wait." in result.output
    assert current(directory) == before
    assert run(directory, "un-sdg", excerpt, "--no-wait")
