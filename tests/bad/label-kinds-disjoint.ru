PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT { GRAPH gpg:graph-labels-en { gpg:area-terrorism skos:altLabel ?label } }
WHERE { GRAPH gpg:graph-labels-en { gpg:area-terrorism skos:prefLabel ?label } }
