PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>

DELETE { GRAPH gpg:graph-organisation { gpg:quotation-review gpgo:words ?words } }
INSERT { GRAPH gpg:graph-organisation { gpg:quotation-review gpgo:words "une phrase sans fin"@fr } }
WHERE { GRAPH gpg:graph-organisation { gpg:quotation-review gpgo:words ?words } }
