PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sdg: <http://metadata.un.org/sdg/>

INSERT DATA {
  GRAPH gpg:graph-sdg-index { sdg:16.4 rdfs:label "another label"@en }
}
