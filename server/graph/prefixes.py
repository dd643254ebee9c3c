"""The prefix table, read from its file: changes when the table's form changes."""

from pathlib import Path

from pyoxigraph import RdfFormat, parse

from server.errors import SourceError
from server.prefixes import Prefixes

SH = "http://www.w3.org/ns/shacl#"


def read_prefixes(root: Path) -> Prefixes:
    """Read ROOT/ontology/prefixes.ttl (SHACL's sh:declare); raises SourceError if it cannot be read."""
    name = "ontology/prefixes.ttl"
    prefix_of: dict[str, str] = {}
    namespace_of: dict[str, str] = {}
    try:
        for quad in parse(path=root / name, format=RdfFormat.TURTLE):
            target = {SH + "prefix": prefix_of, SH + "namespace": namespace_of}.get(quad.predicate.value)
            if target is not None:
                target[str(quad.subject)] = getattr(quad.object, "value", "")
    except (OSError, SyntaxError) as error:
        raise SourceError(name, f"{error}.", "Restore the table; every file depends on it.") from error
    unpaired = sorted(prefix_of.keys() ^ namespace_of.keys())
    if unpaired:
        raise SourceError(name, f"{unpaired[0]} has no prefix or no namespace.", "Give it sh:prefix and sh:namespace.")
    return Prefixes({prefix_of[node]: namespace_of[node] for node in sorted(prefix_of)})
