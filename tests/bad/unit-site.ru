PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX org: <http://www.w3.org/ns/org#>

INSERT DATA {
  GRAPH gpg:graph-organisation { gpg:unit-general-assembly org:hasSite gpg:place-beijing }
}
