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

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, parse

from policing_goals.builder.pipeline import assemble
from policing_goals.builder.shapes import DATASET_CHECKS
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


def java_clients(root: str, snapshot: Path, libraries: Path) -> Iterator[Outcome]:
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
        good.write_bytes(_triples(draft))
        for line in _java(libraries, str(HERE / "java/Rdf4j.java"), endpoint, str(shapes), str(good)).splitlines():
            case, tab, fault = line.partition("\t")
            if tab:
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


def node_clients(root: str, modules: Path) -> Iterator[Outcome]:
    """Comunica and jsonld.js. modules: the directory with node_modules and the script."""
    said = subprocess.run(["node", "clients.mjs", root], cwd=modules, capture_output=True, text=True, check=False)
    for line in said.stdout.splitlines():
        name, tab, fault = line.partition("\t")
        if tab:
            tool, _, case = name.partition(": ")
            yield Outcome(tool, case, fault)
    if said.returncode:
        yield Outcome("Node", "the script runs to its end", said.stderr[-300:])


def fetch_java(directory: Path) -> Path:
    """Fetch the jars with Maven; returns their directory."""
    jars = directory / "jars"
    command = ["mvn", "-q", "-B", "-f", str(HERE / "java/pom.xml"), "dependency:copy-dependencies"]
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
    return done.stdout + (done.stderr if done.returncode else "")


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
