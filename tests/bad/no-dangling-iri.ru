PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:goal-1 rdfs:seeAlso gpg:gaol-2 }
}
