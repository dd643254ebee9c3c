PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sssom: <https://w3id.org/sssom/>

DELETE { GRAPH gpg:graph-links { ?set sssom:mappings ?link . ?link ?property ?value . gpg:objective-6.3 gpgo:supports ?target } }
INSERT { GRAPH gpg:graph-links { gpg:link-objective-6.3-none owl:annotatedSource gpg:objective-6.3 ; owl:annotatedTarget sssom:NoTermFound } }
WHERE {
  GRAPH gpg:graph-links {
    gpg:objective-6.3 gpgo:supports ?target .
    ?link owl:annotatedSource gpg:objective-6.3 ;
          ?property ?value .
    ?set sssom:mappings ?link .
  }
}
