PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE WHERE {
  GRAPH gpg:graph-core { gpg:goal-3 gpgo:officialText ?text }
}
