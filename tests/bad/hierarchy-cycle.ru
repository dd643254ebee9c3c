PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:area-radicalization skos:broader gpg:area-radicalization ; skos:narrower gpg:area-radicalization }
}
