PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:collection-goals a skos:Concept ; skos:inScheme gpg:scheme-themes ; skos:topConceptOf gpg:scheme-themes .
    gpg:scheme-themes skos:hasTopConcept gpg:collection-goals }
}
