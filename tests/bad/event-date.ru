PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>

DELETE WHERE {
  GRAPH gpg:graph-organisation { gpg:event-2020-analysis dcterms:date ?date }
}
