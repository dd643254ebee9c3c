PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>

DELETE { GRAPH gpg:graph-inferred { gpg:collection-goals-2 rdf:first ?goal } }
INSERT { GRAPH gpg:graph-inferred { gpg:collection-goals-2 rdf:first gpg:goal-5 } }
WHERE { GRAPH gpg:graph-inferred { gpg:collection-goals-2 rdf:first ?goal } }
