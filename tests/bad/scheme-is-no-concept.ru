PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:scheme-goals a skos:Concept ; skos:inScheme gpg:scheme-themes ; skos:topConceptOf gpg:scheme-themes .
    gpg:scheme-themes skos:hasTopConcept gpg:scheme-goals }
  GRAPH gpg:graph-labels-en { gpg:scheme-goals skos:definition "The goals as one concept."@en }
  GRAPH gpg:graph-labels-fr { gpg:scheme-goals skos:definition "Les objectifs en un concept."@fr }
  GRAPH gpg:graph-provenance { gpg:scheme-goals skos:prefLabel "–"@es , "–"@ar }
}
