PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE WHERE {
  GRAPH gpg:graph-core { gpg:strength-direct skos:topConceptOf gpg:scheme-link-strengths }
  GRAPH gpg:graph-inferred { gpg:scheme-link-strengths skos:hasTopConcept gpg:strength-direct }
}
