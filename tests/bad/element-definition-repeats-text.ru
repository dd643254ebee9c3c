PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

DELETE { GRAPH gpg:graph-labels-fr { gpg:goal-2 skos:definition ?definition } }
INSERT { GRAPH gpg:graph-labels-fr { gpg:goal-2 skos:definition "Renforcer la sécurité des frontières dans le monde entier"@fr } }
WHERE { GRAPH gpg:graph-labels-fr { gpg:goal-2 skos:definition ?definition } }
