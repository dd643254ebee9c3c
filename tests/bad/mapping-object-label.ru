PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sssom: <https://w3id.org/sssom/>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 sssom:object_label "identity card" }
}
