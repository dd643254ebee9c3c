PREFIX eurovoc: <http://eurovoc.europa.eu/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 owl:annotatedTarget eurovoc:488 .
    gpg:area-document-fraud skos:relatedMatch eurovoc:488 } }
INSERT { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 owl:annotatedTarget <https://eurovoc.europa.eu/488> .
    gpg:area-document-fraud skos:relatedMatch <https://eurovoc.europa.eu/488> } }
WHERE { GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 owl:annotatedTarget eurovoc:488 .
    gpg:area-document-fraud skos:relatedMatch eurovoc:488 } }
