PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT DATA {
  GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism owl:annotatedProperty dcterms:subject }
}
