PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sssom: <https://w3id.org/sssom/>

DELETE { GRAPH gpg:graph-links { ?set sssom:mappings ?link . ?link ?property ?value . gpg:goal-4 gpgo:supports ?target } }
WHERE {
  GRAPH gpg:graph-links {
    gpg:goal-4 gpgo:supports ?target .
    ?link a gpgo:SDGLink ;
          owl:annotatedSource gpg:goal-4 ;
          ?property ?value .
    ?set sssom:mappings ?link .
  }
}
