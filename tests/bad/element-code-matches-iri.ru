PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { GRAPH gpg:graph-core { gpg:objective-1.3 skos:notation ?code } }
INSERT { GRAPH gpg:graph-core { gpg:objective-1.3 skos:notation "G1.4"^^gpgo:Code } }
WHERE { GRAPH gpg:graph-core { gpg:objective-1.3 skos:notation ?code } }
