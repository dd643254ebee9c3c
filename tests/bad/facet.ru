PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism rdfs:seeAlso <https://www.interpol.int> }
}
