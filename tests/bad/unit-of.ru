PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX org: <http://www.w3.org/ns/org#>

DELETE WHERE {
  GRAPH gpg:graph-organisation { gpg:unit-global-complex-for-innovation org:unitOf ?organization }
}
