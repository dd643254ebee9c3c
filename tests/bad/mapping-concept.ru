PREFIX eurovoc: <http://eurovoc.europa.eu/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 owl:annotatedSource gpg:area-corruption .
    gpg:area-corruption skos:relatedMatch eurovoc:488 }
}
