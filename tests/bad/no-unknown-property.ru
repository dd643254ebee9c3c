PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX sdg: <http://metadata.un.org/sdg/>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:goal-1 gpgo:suports sdg:16 }
}
