PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>

INSERT DATA {
  GRAPH gpg:graph-labels-fr { gpg:scheme-goals dcterms:description "Une autre description."@fr }
}
