PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-labels-en { gpg:goal-1 skos:example "Un exemple en français"@fr }
}
