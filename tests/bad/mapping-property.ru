PREFIX eurovoc: <http://eurovoc.europa.eu/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 owl:annotatedProperty rdfs:seeAlso .
    gpg:area-document-fraud rdfs:seeAlso eurovoc:488 }
}
