PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:area-corruption gpgo:iccsCode "0704" }
}
