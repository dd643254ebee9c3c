"""What each tool is asked, and whether it gets the right result."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from xml.dom.minidom import Document

from pyoxigraph import DefaultGraph, NamedNode, QueryBoolean, RdfFormat, Store, parse

from policing_goals.builder.pipeline import assemble
from policing_goals.builder.shapes import DATASET_CHECKS
from policing_goals.engine import saved_queries
from policing_goals.engine.saved_queries import IMPORT_TAG
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.model.snapshot_format import CURRENT, SHAPES
from tests.conftest import ROOT

HERE = Path(__file__).parent
GPGO = "https://w3id.org/global-policing-goals/ontology#"
SHAPE = "https://w3id.org/global-policing-goals/shapes#"
GOALS = f"SELECT ?g {{ ?g a <{GPGO}Goal> }} ORDER BY ?g"
GRAPH = f"CONSTRUCT WHERE {{ ?g a <{GPGO}Goal> }}"
ASK = f"ASK {{ ?g a <{GPGO}Goal> }}"
# SPARQLWrapper sends each of these as format, output and results, twice under two names.
TABLE_FORMATS, GRAPH_FORMATS = ("json", "xml", "csv", "tsv"), ("turtle", "n3", "rdf+xml", "rdf", "json-ld")


@dataclass(frozen=True)
class Outcome:
    """A case of a tool; fault: what was wrong, empty if nothing was."""

    tool: str
    case: str
    fault: str


@dataclass(frozen=True)
class SavedRequest:
    """A saved query with its default values, and how many rows, triples or (for true) one it gives."""

    name: str
    form: str
    text: str
    number: int


def saved_requests(snapshot: Path) -> list[SavedRequest]:
    """The saved queries of a snapshot that need no other endpoint and no import."""
    dataset = open_snapshot(snapshot)
    found = []
    for saved in dataset.queries:
        if saved.federates or IMPORT_TAG in saved.tags:
            continue
        result = saved_queries.run(dataset, saved, {})
        number = int(bool(result)) if isinstance(result, QueryBoolean) else sum(1 for _ in result)
        found.append(SavedRequest(saved.name, saved.form, saved_queries.text(dataset, saved, {}), number))
    return found


def write_requests(requests: list[SavedRequest], directory: Path) -> Path:
    """Write saved queries for other programs; returns the table of them: name, form, number of results, file."""
    lines = []
    for each in requests:
        file = directory / f"{each.name}.rq"
        file.write_text(each.text, "utf-8")
        lines.append(f"{each.name}\t{each.form}\t{each.number}\t{file}\n")
    table = directory / "requests.tsv"
    table.write_text("".join(lines), "utf-8")
    return table


def python_clients(root: str) -> Iterator[Outcome]:
    """SPARQLWrapper, rdflib and pandas."""
    import pandas as pd  # type: ignore[import-untyped]
    from rdflib import RDF, Graph, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLStore
    from SPARQLWrapper import GET, POST, SPARQLWrapper

    endpoint = f"{root}/sparql"

    def wrapper(query: str, form: str, method: str) -> bool:
        client = SPARQLWrapper(endpoint)
        client.setQuery(query)
        client.setReturnFormat(form)
        client.setMethod(method)
        with redirect_stderr(StringIO()):
            found = client.query().convert()
        if isinstance(found, Graph):
            return "goal-7" in found.serialize(format="nt")
        return "goal-7" in (found.toxml() if isinstance(found, Document) else str(found))

    for method in (GET, POST):
        for query, forms in ((GOALS, TABLE_FORMATS), (GRAPH, GRAPH_FORMATS)):
            for form in forms:
                yield _run("SPARQLWrapper", f"{method} {form}", lambda: wrapper(query, form, method))  # noqa: B023
    graph = Graph(SPARQLStore(endpoint))

    yield _run("rdflib", "SELECT", lambda: len(graph.query(GOALS)) == 7)
    yield _run("rdflib", "ASK", lambda: bool(graph.query(ASK).askAnswer))
    yield _run("rdflib", "CONSTRUCT", lambda: len(graph.query(GRAPH).graph or ()) == 7)
    yield _run("rdflib", "triples", lambda: len(list(graph.triples((None, RDF.type, URIRef(f"{GPGO}Goal"))))) == 7)
    yield _run("rdflib", "len", lambda: len(graph) > 20_000)
    yield _run("rdflib", "parse of an IRI's document", lambda: len(Graph().parse(f"{root}/goal-1")) > 50)
    address = f"{root}/queries/goals.csv?lang=ar"
    yield _run("pandas", "read_csv", lambda: len(pd.read_csv(address)) == 7)
    yield _run("pandas", "read_csv of CSV for Excel", lambda: len(pd.read_csv(f"{address}&bom=1")) == 7)


def python_saved_queries(root: str, requests: list[SavedRequest]) -> Iterator[Outcome]:
    """SPARQLWrapper and rdflib with each saved query."""
    from rdflib import Graph
    from rdflib.plugins.stores.sparqlstore import SPARQLStore
    from SPARQLWrapper import SPARQLWrapper

    graph = Graph(SPARQLStore(f"{root}/sparql"))

    def wrapper_finds(saved: SavedRequest) -> bool:
        client = SPARQLWrapper(f"{root}/sparql")
        client.setQuery(saved.text)
        client.setReturnFormat("json" if saved.form in ("SELECT", "ASK") else "rdf+xml")
        found = client.query().convert()
        if isinstance(found, dict):
            return (len(found["results"]["bindings"]) if "results" in found else found["boolean"]) == saved.number
        return isinstance(found, Graph) and len(found) == saved.number

    def store_finds(saved: SavedRequest) -> bool:
        found = graph.query(saved.text)
        if saved.form == "ASK":
            return found.askAnswer == bool(saved.number)
        return len(found if saved.form == "SELECT" else found.graph or ()) == saved.number

    for saved in requests:
        yield _run("SPARQLWrapper", saved.name, lambda: wrapper_finds(saved))  # noqa: B023
        yield _run("rdflib", saved.name, lambda: store_finds(saved))  # noqa: B023


def owl_profile(libraries: Path) -> Iterator[Outcome]:
    """The OWL API. libraries: the directory with its jars."""
    said = _java(libraries, str(HERE / "owl/OwlProfile.java"), str(ROOT / "ontology/gpg.ttl"))
    violations = [line for line in said.splitlines() if not line.startswith("read\t")]
    yield Outcome("OWL API", "the ontology is in OWL 2 DL", "; ".join(violations)[:300] or ("" if said else "nothing"))


def java_clients(root: str, snapshot: Path, requests: list[SavedRequest], libraries: Path) -> Iterator[Outcome]:
    """ARQ, RDF4J and Jena's SHACL. libraries: the directory with their jars."""
    endpoint = f"{root}/sparql"
    for name, query, wanted in (("SELECT", GOALS, "goal-7"), ("ASK", ASK, "Yes"), ("CONSTRUCT", GRAPH, "goal-7")):
        for option in ("", "--post"):
            options = [option] if option else []
            said = _java(libraries, "arq.rsparql", "--service", endpoint, *options, query)
            yield Outcome("ARQ", f"{name} {option}".strip(), "" if wanted in said else said[-300:])
    # What the shapes are run on: the graph before it is described.
    draft, shapes = assemble(ROOT).store, snapshot / CURRENT / SHAPES
    with tempfile.TemporaryDirectory() as name:
        good, spoilt = Path(name) / "good.nt", Path(name) / "spoilt"
        spoilt.mkdir()
        table = write_requests(requests, Path(name))
        for line in _java(libraries, str(HERE / "java/Clients.java"), endpoint, str(table)).splitlines():
            name_of_case, tab, fault = line.partition("\t")
            if tab:
                tool, _, case = name_of_case.partition(": ")
                yield Outcome(tool, case, fault)
        good.write_bytes(_triples(draft))
        for line in _java(libraries, str(HERE / "java/Rdf4j.java"), endpoint, str(shapes), str(good)).splitlines():
            case, tab, fault = line.partition("\t")
            # Not a line of the stack traces that it logs.
            if case and tab:
                yield Outcome("RDF4J", case, fault)
        yield from _jena_shacl(draft, libraries, shapes, spoilt)


def _jena_shacl(draft: Store, libraries: Path, shapes: Path, directory: Path) -> Iterator[Outcome]:
    wanted = sorted(path for path in (ROOT / "tests/bad").glob("*.ru") if path.stem not in _dataset_checks())
    (directory / "none.nt").write_bytes(_triples(draft))
    for path in wanted:
        store = _copy(draft)
        store.update(path.read_text("utf-8"))
        (directory / f"{path.stem}.nt").write_bytes(_triples(store))
    said = _java(libraries, str(HERE / "java/JenaShacl.java"), str(shapes), str(directory))
    lines = [line.split("\t") for line in said.splitlines() if "\t" in line]
    found = {name.removesuffix(".nt"): shapes for name, *shapes in lines}
    severe = [name for name in found.get("none", ["nothing came"]) if name and not name.endswith(" Info")]
    yield Outcome("Jena SHACL", "the data conform", ", ".join(severe))
    for path in wanted:
        names = {name.split(" ")[0].removeprefix(SHAPE) for name in found.get(path.stem, [])}
        yield Outcome("Jena SHACL", path.stem, "" if path.stem in names else f"reported {', '.join(sorted(names))}")


def node_clients(root: str, requests: list[SavedRequest], modules: Path) -> Iterator[Outcome]:
    """Comunica and jsonld.js. modules: the directory with node_modules and the script."""
    command = ["node", "clients.mjs", root, str(write_requests(requests, modules))]
    said = subprocess.run(command, cwd=modules, capture_output=True, text=True, check=False)
    for line in said.stdout.splitlines():
        name, tab, fault = line.partition("\t")
        if tab:
            tool, _, case = name.partition(": ")
            yield Outcome(tool, case, fault)
    if said.returncode:
        yield Outcome("Node", "the script runs to its end", said.stderr[-300:])


def fetch_java(directory: Path, tools: str) -> Path:
    """Fetch the jars of some tools (java or owl) with Maven; returns their directory."""
    jars = directory / tools
    command = ["mvn", "-q", "-B", "-f", str(HERE / tools / "pom.xml"), "dependency:copy-dependencies"]
    subprocess.run([*command, f"-DoutputDirectory={jars}"], check=True)
    return jars


def fetch_node(directory: Path) -> Path:
    """Fetch the modules with npm; returns the directory with them and the script."""
    for name in ("package.json", "clients.mjs"):
        (directory / name).write_bytes((HERE / "node" / name).read_bytes())
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=directory, check=True)
    return directory


def _run(tool: str, case: str, check: Callable[[], bool]) -> Outcome:
    # Whatever a client raises is its outcome.
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(check)
        error = future.exception()
    if error is not None:
        return Outcome(tool, case, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
    return Outcome(tool, case, "" if future.result() else "another result")


def _java(libraries: Path, *arguments: str) -> str:
    done = subprocess.run(["java", "-cp", f"{libraries}/*", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        # As a line of a case, so that a program that breaks off is not taken for one that passes.
        last = " ".join(done.stderr.split())[-300:]
        return f"{done.stdout}\nthe program runs to its end\t{last or done.returncode}"
    return done.stdout


def _copy(draft: Store) -> Store:
    store = Store()
    store.bulk_extend(draft)
    return store


def _triples(store: Store) -> bytes:
    # As pySHACL sees it: the union of the named graphs.
    quads = (quad for quad in store if quad.graph_name != DefaultGraph())
    lines = {str(quad.triple) for quad in quads if isinstance(quad.graph_name, NamedNode)}
    return "".join(f"{line} .\n" for line in sorted(lines)).encode()


def _dataset_checks() -> set[str]:
    severity = NamedNode("http://www.w3.org/ns/shacl#severity")
    quads = parse(path=ROOT / DATASET_CHECKS, format=RdfFormat.TURTLE)
    return {str(quad.subject.value).removeprefix(SHAPE) for quad in quads if quad.predicate == severity}
