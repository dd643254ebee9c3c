PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { GRAPH gpg:graph-labels-en { gpg:objective-1.3 skos:prefLabel ?label } }
INSERT { GRAPH gpg:graph-labels-en { gpg:objective-1.3 skos:prefLabel ?other } }
WHERE { GRAPH gpg:graph-labels-en { gpg:objective-1.3 skos:prefLabel ?label . gpg:objective-1.4 skos:prefLabel ?other } }
