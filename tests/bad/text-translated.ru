PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote ?note }
}
INSERT {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote "Drawn up in 2026 from the words of the brochure of October 2023."@es }
}
WHERE {
  GRAPH gpg:graph-labels-es { gpg:scheme-actors skos:historyNote ?note }
}
