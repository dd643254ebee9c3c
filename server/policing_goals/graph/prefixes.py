"""The prefix table and the JSON-LD context, read from their files: changes when the form of either does."""

import json
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from policing_goals.errors import SourceError
from policing_goals.graph.sources import read_source
from policing_goals.model.prefixes import Prefixes

SH = "http://www.w3.org/ns/shacl#"
CONTEXT = "ontology/context.jsonld"
KEYWORDS = ("@version", "id", "type")


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


def read_context(root: Path, prefixes: Prefixes) -> Prefixes:
    """The prefixes with the terms of ROOT/ontology/context.jsonld.

    Raises SourceError if it is no JSON, if its prefixes are not those of the table, or if a term names an unknown one.
    """
    try:
        context = json.loads(read_source(root, CONTEXT))["@context"]
    except json.JSONDecodeError as error:
        raise SourceError(f"{CONTEXT}:{error.lineno}", f"it is no JSON: {error.msg}.", "Mend it there.") from error
    except (KeyError, TypeError) as error:
        raise SourceError(CONTEXT, "it has no @context.", "Put the terms into one.") from error
    declared = {name: iri for name, iri in context.items() if isinstance(iri, str) and iri.startswith("http")}
    for name in sorted(declared.items() ^ prefixes.table.items()):
        raise SourceError(CONTEXT, f"the prefix {name[0]} is not that of the prefix table.", "Make them agree.")
    definitions = {
        name: definition for name, definition in context.items() if name not in declared and name not in KEYWORDS
    }
    for name, definition in definitions.items():
        for curie in _curies(definition):
            _refuse_unknown(name, curie, prefixes)
    return Prefixes(prefixes.table, definitions)


def _curies(definition: object) -> list[str]:
    fields = definition if isinstance(definition, dict) else {"@id": definition}
    return [str(value) for key, value in fields.items() if key in ("@id", "@reverse", "@type") and value != "@id"]


def _refuse_unknown(name: str, curie: str, prefixes: Prefixes) -> None:
    try:
        prefixes.expand(curie)
    except (KeyError, ValueError) as error:
        what = f"the term {name} stands for {curie!r}, which is no CURIE with a prefix of the table."
        raise SourceError(CONTEXT, what, "Mend it.") from error
