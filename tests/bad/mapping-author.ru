PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX pav: <http://purl.org/pav/>

DELETE WHERE {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 pav:authoredBy ?author }
}
