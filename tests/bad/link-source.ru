PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-goal-1-sdg-5 owl:annotatedSource gpg:goal-2 }
}
