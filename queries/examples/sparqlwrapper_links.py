"""Ask the endpoint in SPARQL with SPARQLWrapper: the surest links to one SDG target.

Run: python sparqlwrapper_links.py [ADDRESS [TARGET]], for instance http://localhost:8000 16.4
"""

import sys

from SPARQLWrapper import JSON, SPARQLWrapper

QUERY = """
PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sdg: <http://metadata.un.org/sdg/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sssom: <https://w3id.org/sssom/>

SELECT ?code ?label ?confidence
WHERE {
  ?link a gpgo:SDGLink ;
        owl:annotatedSource ?element ;
        owl:annotatedTarget sdg:%s ;
        sssom:confidence ?confidence .
  ?element skos:notation ?notation ;
           skos:prefLabel ?label .
  FILTER (LANG(?label) = "en")
  BIND (STR(?notation) AS ?code)
}
ORDER BY DESC(?confidence) ?code
LIMIT 5
"""


def main(address: str = "http://localhost:8000", target: str = "16.4") -> None:
    """Print the five surest links to a target."""
    if not target.replace(".", "").isalnum():
        raise SystemExit(f"{target} is no target; an example: 16.4")
    endpoint = SPARQLWrapper(f"{address}/sparql")
    endpoint.setReturnFormat(JSON)
    endpoint.setQuery(QUERY % target)
    for row in endpoint.queryAndConvert()["results"]["bindings"]:
        print(row["code"]["value"], row["confidence"]["value"], row["label"]["value"], sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
