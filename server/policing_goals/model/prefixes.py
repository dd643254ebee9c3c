"""The prefix table: CURIEs to IRIs and back."""

from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import NamedNode


@dataclass(frozen=True)
class Prefixes:
    """The prefixes of ontology/prefixes.ttl and the terms of ontology/context.jsonld.

    table: namespace IRI by prefix; definitions: of JSON-LD terms (JSON-LD 1.1, 9.15) by name.
    """

    table: dict[str, str]
    definitions: dict[str, Any] = field(default_factory=dict)

    def expand(self, curie: str) -> NamedNode:
        """The IRI of a CURIE; raises KeyError for an unknown prefix, ValueError for a text that is not a CURIE."""
        prefix, colon, local = curie.partition(":")
        if not colon:
            raise ValueError(f"{curie!r} has no prefix")
        return NamedNode(self.table[prefix] + local)

    def shorten(self, iri: str) -> str:
        """The CURIE with the longest namespace that matches, or the IRI in angle brackets."""
        fitting = [(namespace, prefix) for prefix, namespace in self.table.items() if iri.startswith(namespace)]
        if not fitting:
            return f"<{iri}>"
        namespace, prefix = max(fitting, key=lambda pair: len(pair[0]))
        return f"{prefix}:{iri.removeprefix(namespace)}"
