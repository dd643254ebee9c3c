PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE DATA { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 gpgo:evidence gpg:goal-6 } }
