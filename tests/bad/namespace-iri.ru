PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX vann: <http://purl.org/vocab/vann/>

DELETE WHERE {
  GRAPH gpg:graph-ontology { gpg:ontology vann:preferredNamespaceUri ?iri }
}
