PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sdg: <http://metadata.un.org/sdg/>

DELETE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 owl:annotatedTarget sdg:16.4 .
    gpg:goal-6 gpgo:supports sdg:16.4 } }
INSERT { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 owl:annotatedTarget sdg:17.20 .
    gpg:goal-6 gpgo:supports sdg:17.20 } }
WHERE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 owl:annotatedTarget sdg:16.4 .
    gpg:goal-6 gpgo:supports sdg:16.4 } }
