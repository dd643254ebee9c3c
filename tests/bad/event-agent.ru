PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX prov: <http://www.w3.org/ns/prov#>

DELETE WHERE {
  GRAPH gpg:graph-organisation { gpg:event-2020-analysis prov:wasAssociatedWith ?agent }
}
