PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

INSERT DATA {
  GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism gpgo:words "terroristes"@fr }
}
