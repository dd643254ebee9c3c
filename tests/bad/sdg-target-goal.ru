PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>

DELETE WHERE {
  GRAPH gpg:graph-sdg-index { sdg:3.3 sdgo:isTargetOf ?goal }
}
