"""The table of facets: crime areas, action types, actors, capabilities and topics."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facet:
    """A way in which elements are indexed: by the concepts of one scheme, through one property.

    name: of the filter in searches; property, scheme and concept_class: CURIEs; kind: of its concepts in searches;
    file: where they are defined; example: one of them; pattern: of their CURIEs, as a regular expression.
    """

    name: str
    property: str
    scheme: str
    concept_class: str
    kind: str
    file: str
    example: str
    pattern: str


FACETS = (
    Facet(
        "area", "gpgo:crimeArea", "gpg:scheme-crime-areas", "gpgo:CrimeArea", "crime-area",
        "data/crime-areas.ttl", "gpg:area-cybercrime", "gpg:area-[a-z-]+",
    ),
    Facet(
        "action", "gpgo:actionType", "gpg:scheme-action-types", "gpgo:ActionType", "action-type",
        "data/action-types.ttl", "gpg:action-build-capacity", "gpg:action-[a-z-]+",
    ),
    Facet(
        "actor", "gpgo:actor", "gpg:scheme-actors", "gpgo:Actor", "actor",
        "data/actors.ttl", "gpg:actor-border-agencies", "gpg:actor-[a-z-]+",
    ),
    Facet(
        "capability", "gpgo:capability", "gpg:scheme-capabilities", "gpgo:Capability", "capability",
        "data/capabilities.ttl", "gpg:capability-databases", "gpg:capability-[a-z0-9-]+",
    ),
    Facet(
        "topic", "gpgo:topic", "gpg:scheme-topics", "gpgo:Topic", "topic",
        "data/topics.ttl", "gpg:topic-human-rights", "gpg:topic-[a-z-]+",
    ),
)  # fmt: skip
