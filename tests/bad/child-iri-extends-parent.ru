PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE {
  GRAPH ?graph {
    gpg:commitment-1.4 gpgo:isCommitmentOf gpg:theme-1 .
    gpg:commitment-2.3 gpgo:isCommitmentOf gpg:theme-2 .
  }
}
INSERT {
  GRAPH ?graph {
    gpg:commitment-1.4 gpgo:isCommitmentOf gpg:theme-2 .
    gpg:commitment-2.3 gpgo:isCommitmentOf gpg:theme-1 .
  }
}
WHERE { GRAPH ?graph { gpg:commitment-1.4 gpgo:isCommitmentOf gpg:theme-1 } }
