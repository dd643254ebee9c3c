PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 rdfs:seeAlso <https://www.interpol.int> }
}
