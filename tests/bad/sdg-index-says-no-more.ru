PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-sdg-index { sdg:16.4 skos:note "Target 16.4"@en }
}
