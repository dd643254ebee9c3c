PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX sdg: <http://metadata.un.org/sdg/>

INSERT DATA {
  GRAPH gpg:graph-inferred { gpg:goal-1 gpgo:supportsSDG sdg:16.4 }
}
