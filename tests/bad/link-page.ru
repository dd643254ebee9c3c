PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-goal-1-sdg-5 dcterms:source <https://www.interpol.int> }
}
