PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

DELETE WHERE {
  GRAPH gpg:graph-ontology { gpgo:Actor rdfs:isDefinedBy ?ontology }
}
