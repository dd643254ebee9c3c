PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-labels-fr { gpg:place-vienna rdfs:label "Vindobona"@fr }
}
