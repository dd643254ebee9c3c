PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX semapv: <https://w3id.org/semapv/vocab/>
PREFIX sssom: <https://w3id.org/sssom/>

DELETE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 sssom:mapping_justification ?process } }
INSERT { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 sssom:mapping_justification semapv:LexicalMatching } }
WHERE { GRAPH gpg:graph-links { gpg:link-goal-6-sdg-16.4 sssom:mapping_justification ?process } }
