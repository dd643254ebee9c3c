PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE WHERE {
  GRAPH ?graph { gpg:objective-5.2 a gpgo:Objective }
}
