PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX unbis: <http://metadata.un.org/thesaurus/>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:area-terrorism skos:relatedMatch unbis:1006475 }
}
