PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

DELETE { GRAPH gpg:graph-facets { ?element ?facet gpg:capability-i-24-7 . ?assignment ?property ?value } }
WHERE {
  GRAPH gpg:graph-facets {
    ?assignment owl:annotatedSource ?element ;
                owl:annotatedProperty ?facet ;
                owl:annotatedTarget gpg:capability-i-24-7 ;
                ?property ?value .
  }
}
