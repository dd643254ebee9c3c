PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX semapv: <https://w3id.org/semapv/vocab/>
PREFIX sssom: <https://w3id.org/sssom/>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 sssom:mapping_justification semapv:UnspecifiedMatching }
}
