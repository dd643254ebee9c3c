PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sssom: <https://w3id.org/sssom/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 sssom:confidence ?confidence } }
INSERT { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 sssom:confidence "0.3"^^xsd:double } }
WHERE { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 sssom:confidence ?confidence } }
