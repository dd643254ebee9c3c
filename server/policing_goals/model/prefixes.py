"""The prefix table: CURIEs to IRIs and back."""

import re
from dataclasses import dataclass, field
from functools import cached_property
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
        match = self._namespaces.match(iri)
        return f"{self._prefix_of[match[0]]}:{iri[match.end() :]}" if match else f"<{iri}>"

    @cached_property
    def _namespaces(self) -> re.Pattern[str]:
        # The longest first, so that it matches before a shorter one.
        namespaces = sorted(self.table.values(), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, namespaces)) if namespaces else "(?!)")

    @cached_property
    def _prefix_of(self) -> dict[str, str]:
        return {namespace: prefix for prefix, namespace in reversed(self.table.items())}
