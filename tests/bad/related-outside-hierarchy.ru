PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:goal-1 skos:related gpg:objective-1.1 .
    gpg:objective-1.1 skos:related gpg:goal-1 }
}
