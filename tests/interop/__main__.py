"""Other programs against this server: `python -m tests.interop`.

Builds a snapshot, serves it, and lets each program ask: SPARQLWrapper, rdflib and pandas (needs the `examples` extra),
ARQ, RDF4J, Jena SHACL and the OWL API (needs Java and Maven), Comunica and jsonld.js (needs Node and npm). Fuseki is
tried as the back end. Prints a line for each case, and exits with 1 if one fails that is not the client's own fault.
With --only, leaves out the other programs.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.interop.back_ends import fuseki
from tests.interop.cases import (
    Outcome,
    fetch_java,
    fetch_node,
    java_clients,
    node_clients,
    owl_profile,
    python_clients,
    python_saved_queries,
    saved_requests,
)
from tests.support.processes import free_port, running

# Cases that fail by the client's own fault, with the reason.
LOST_LANGUAGE = (
    "sparqljson-parse 3.3 hands language tags to an rdf-data-factory that does not know them: they are lost."
)
CLIENT_FAULTS = {
    ("RDF4J", "ShaclSail finds no violation in the data"): (
        "It reports four-languages and scheme-is-no-concept, for which pySHACL and Jena find nothing."
    ),
    ("Comunica", "OPTIONAL and FILTER"): LOST_LANGUAGE,
    ("Comunica", "the endpoint beside a document"): LOST_LANGUAGE,
}
KINDS = ("python", "java", "node")


def outcomes(root: str, snapshot: Path, directory: Path, kinds: list[str]) -> Iterator[Outcome]:
    """Every case of the programs of some kinds."""
    requests = saved_requests(snapshot)
    if "python" in kinds:
        yield from python_clients(root)
        yield from python_saved_queries(root, requests)
    if "java" in kinds:
        yield from fuseki(snapshot, directory)
        yield from java_clients(root, snapshot, requests, fetch_java(directory, "java"))
        yield from owl_profile(fetch_java(directory, "owl"))
    if "node" in kinds:
        yield from node_clients(root, requests, fetch_node(directory))


def main() -> int:
    """Print the table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=KINDS, action="append", help="programs of this kind alone")
    kinds = parser.parse_args().only or list(KINDS)
    counts, failed = Counter[tuple[str, str]](), 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        snapshot, port = directory / "snapshot", free_port()
        policing_goals: list[str | Path] = [sys.executable, "-m", "policing_goals"]
        subprocess.run([*policing_goals, "build", "--snapshot", snapshot], check=True, capture_output=True)
        with running([*policing_goals, "serve", "--snapshot", snapshot], directory, port) as (root, _):
            for outcome in outcomes(root, snapshot, directory, kinds):
                reason = CLIENT_FAULTS.get((outcome.tool, outcome.case), "")
                state = "ok" if not outcome.fault else "client" if reason else "FAILED"
                counts[outcome.tool, state] += 1
                failed += state == "FAILED"
                line = f"{state:<7} {outcome.tool:<14} {outcome.case:<52} {reason or outcome.fault}"
                print(line.rstrip(), flush=True)
    for tool in dict.fromkeys(tool for tool, _ in counts):
        right, client, wrong = (counts[tool, state] for state in ("ok", "client", "FAILED"))
        print(f"{tool}: {right} right, {client} by its own fault, {wrong} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
