PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-links { sdg:16.4 skos:relatedMatch gpg:goal-6 }
}
