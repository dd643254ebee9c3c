PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>

DELETE { GRAPH gpg:graph-ontology { gpg:ontology owl:versionInfo ?version } }
INSERT { GRAPH gpg:graph-ontology { gpg:ontology owl:versionInfo "2.0.0" } }
WHERE { GRAPH gpg:graph-ontology { gpg:ontology owl:versionInfo ?version } }
