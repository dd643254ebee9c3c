PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>

DELETE WHERE {
  GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 dcterms:created ?date }
}
