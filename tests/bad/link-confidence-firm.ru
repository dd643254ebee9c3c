PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sssom: <https://w3id.org/sssom/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

DELETE { GRAPH gpg:graph-links { gpg:link-objective-6\.2-sdg-16\.4 sssom:confidence ?confidence } }
INSERT { GRAPH gpg:graph-links { gpg:link-objective-6\.2-sdg-16\.4 sssom:confidence "0.55"^^xsd:double } }
WHERE { GRAPH gpg:graph-links { gpg:link-objective-6\.2-sdg-16\.4 sssom:confidence ?confidence } }
