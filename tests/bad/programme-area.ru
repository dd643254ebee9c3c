PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE WHERE {
  GRAPH gpg:graph-organisation { gpg:programme-cybercrime gpgo:crimeArea ?area }
}
