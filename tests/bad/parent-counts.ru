PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:objective-1.7 gpgo:isObjectiveOf gpg:goal-1 }
}
