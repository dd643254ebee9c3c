PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 gpgo:basis ?value } }
INSERT { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 gpgo:basis gpg:scheme-goals } }
WHERE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 gpgo:basis ?value } }
