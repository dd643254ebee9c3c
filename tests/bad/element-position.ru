PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE WHERE {
  GRAPH gpg:graph-core { gpg:objective-1.3 gpgo:position ?position }
}
