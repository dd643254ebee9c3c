"""The checks of the checklist that prove the code of the build and not the data.

A build leaves them to `policing-goals validate` and to the tests.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import Graph

from policing_goals.model.validation_report import CheckResult


def code_checks(root: Path, nquads: str, rebuild: Callable[[], str]) -> dict[str, CheckResult]:
    """The results of these checks, by name.

    root: of the sources; nquads: the described dataset, with the checksums of its files; rebuild: makes it again.
    """
    return {"parsers": _parsers(root), "reproducible": _reproducible(nquads, rebuild())}


def _parsers(root: Path) -> CheckResult:
    paths = sorted(path for folder in ("ontology", "data", "shapes") for path in (root / folder).rglob("*.ttl"))
    counts = {path: (count_with_rdflib(path), _count(path)) for path in paths}
    faults = (
        f"{path.relative_to(root).as_posix()}: rdflib {rdflib}, Oxigraph {oxigraph}"
        for path, (rdflib, oxigraph) in counts.items()
        if rdflib != oxigraph
    )
    return CheckResult(len(paths), tuple(faults))


def count_with_rdflib(path: Path) -> int:
    """The number of statements that rdflib reads from a Turtle file."""
    return len(Graph().parse(path, format="turtle"))


def _count(path: Path) -> int:
    return len(set(parse(path=path, format=RdfFormat.TURTLE)))


def _reproducible(nquads: str, again: str) -> CheckResult:
    first, second = (hashlib.sha256(text.encode()).hexdigest() for text in (nquads, again))
    return CheckResult(nquads.count("\n"), () if first == second else (f"{first} and {second}",))
