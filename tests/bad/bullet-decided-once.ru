PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sssom: <https://w3id.org/sssom/>

INSERT DATA {
  GRAPH gpg:graph-links { gpg:link-objective-1.1-none owl:annotatedSource gpg:objective-1.1 ;
      owl:annotatedTarget sssom:NoTermFound }
}
