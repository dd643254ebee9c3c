PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-goal-1-sdg-5 skos:editorialNote "A second note."@en }
}
