PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX sdg: <http://metadata.un.org/sdg/>

DELETE DATA {
  GRAPH gpg:graph-links { gpg:goal-6 gpgo:supports sdg:16.4 }
}
