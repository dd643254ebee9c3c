PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 rdfs:seeAlso <https://www.interpol.int> }
}
