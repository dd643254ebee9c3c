PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-core { gpg:strength-none a skos:Concept ; skos:inScheme gpg:scheme-link-strengths ; skos:topConceptOf gpg:scheme-link-strengths .
    gpg:scheme-link-strengths skos:hasTopConcept gpg:strength-none }
  GRAPH gpg:graph-labels-en { gpg:strength-none skos:prefLabel "None"@en ; skos:definition "strength of a link that says nothing"@en }
  GRAPH gpg:graph-labels-fr { gpg:strength-none skos:prefLabel "Aucune"@fr ; skos:definition "force d'un lien qui ne dit rien"@fr }
  GRAPH gpg:graph-provenance { gpg:strength-none skos:prefLabel "–"@ar }
}
