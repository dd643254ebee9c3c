PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:area-drug-trafficking skos:broader gpg:area-illicit-trade .
    gpg:area-illicit-trade skos:narrower gpg:area-drug-trafficking }
}
