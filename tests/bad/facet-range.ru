PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

DELETE { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism owl:annotatedProperty gpgo:crimeArea } }
INSERT { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism owl:annotatedProperty gpgo:actor . gpg:objective-1.1 gpgo:actor gpg:area-terrorism } }
WHERE { GRAPH gpg:graph-facets { gpg:facet-objective-1.1-area-terrorism owl:annotatedProperty gpgo:crimeArea } }
