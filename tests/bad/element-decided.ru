PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX sssom: <https://w3id.org/sssom/>

DELETE { GRAPH gpg:graph-links { ?set sssom:mappings gpg:link-objective-1.4-none . gpg:link-objective-1.4-none ?property ?value } }
WHERE {
  GRAPH gpg:graph-links {
    gpg:link-objective-1.4-none ?property ?value .
    ?set sssom:mappings gpg:link-objective-1.4-none .
  }
}
