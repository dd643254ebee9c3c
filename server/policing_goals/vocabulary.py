"""IRIs, label properties and vocabularies that several packages use, each written here alone."""

GPG = "https://w3id.org/global-policing-goals/"
GPGO = f"{GPG}ontology#"
SHAPE = f"{GPG}shapes#"
# Our graph and every imported one, each statement once; it is in no file.
GRAPH_ALL = f"{GPG}graph-all"
SDG = "http://metadata.un.org/sdg/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"

# The properties that name an entity, the preferred one first.
LABELS = ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name")

# Vocabularies that concepts are mapped to: title and namespace by short name.
VOCABULARIES = {
    "unbis": ("UNBIS", "http://metadata.un.org/thesaurus/"),
    "eurovoc": ("EuroVoc", "http://eurovoc.europa.eu/"),
    "gemet": ("GEMET", "http://www.eionet.europa.eu/gemet/concept/"),
    "wikidata": ("Wikidata", "http://www.wikidata.org/entity/"),
}
