PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

DELETE DATA {
  GRAPH gpg:graph-ontology { gpgo:underpins rdfs:label "underpins"@en }
} ;
INSERT DATA {
  GRAPH gpg:graph-ontology { gpgo:underpins rdfs:label "theme"@en }
}
