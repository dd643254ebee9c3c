PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 owl:annotatedProperty skos:exactMatch .
    gpg:goal-6 skos:exactMatch sdg:16.4 }
}
