PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX pav: <http://purl.org/pav/>

DELETE WHERE {
  GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 pav:authoredBy ?author }
}
