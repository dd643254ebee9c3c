PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism gpgo:words ?words } }
INSERT { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism gpgo:words "mots inventés"@fr } }
WHERE { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism gpgo:words ?words } }
