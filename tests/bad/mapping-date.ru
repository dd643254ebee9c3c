PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:mapping-area-document-fraud-eurovoc-488 dcterms:created "2026-11-24"^^xsd:date }
}
