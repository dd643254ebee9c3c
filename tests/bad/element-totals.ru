PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE WHERE {
  GRAPH ?graph { gpg:commitment-1.1 a gpgo:Commitment }
}
