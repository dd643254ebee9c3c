"""IRIs, languages, label properties and facets that several packages use, each written here alone."""

from dataclasses import dataclass

GPG = "https://w3id.org/global-policing-goals/"
GPGO = f"{GPG}ontology#"
SHAPE = f"{GPG}shapes#"
SDG = "http://metadata.un.org/sdg/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"

LANGUAGES = ("en", "fr", "es", "ar")
# The languages to try for a reader whose own language has no text. The source is in French.
FALLBACK = ("en", "fr", "")
# The properties that name an entity, the preferred one first.
LABELS = ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name")

# Vocabularies that concepts are mapped to: title and namespace by short name.
VOCABULARIES = {
    "unbis": ("UNBIS", "http://metadata.un.org/thesaurus/"),
    "eurovoc": ("EuroVoc", "http://eurovoc.europa.eu/"),
    "gemet": ("GEMET", "http://www.eionet.europa.eu/gemet/concept/"),
    "wikidata": ("Wikidata", "http://www.wikidata.org/entity/"),
}


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
)  # fmt: skip
