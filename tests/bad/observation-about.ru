PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX schema: <https://schema.org/>

DELETE WHERE {
  GRAPH gpg:graph-organisation { gpg:observation-member-countries-2023 schema:observationAbout ?thing }
}
