PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX prov: <http://www.w3.org/ns/prov#>

DELETE WHERE {
  GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 prov:wasDerivedFrom ?document }
}
