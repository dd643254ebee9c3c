PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE {
  GRAPH gpg:graph-labels-es { gpg:commitment-3.3 skos:prefLabel ?label }
}
