PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote ?note }
}
INSERT {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote "Elaborado en 2026 a partir de la redaccio\u0301n."@es }
}
WHERE {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote ?note }
}
