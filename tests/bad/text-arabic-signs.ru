PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE {
  GRAPH gpg:graph-labels-ar { gpg:scheme-actors skos:historyNote ?note }
}
INSERT {
  GRAPH gpg:graph-labels-ar { gpg:scheme-actors skos:historyNote "وُضع في عام 2026, من النص"@ar }
}
WHERE {
  GRAPH gpg:graph-labels-ar { gpg:scheme-actors skos:historyNote ?note }
}
