PREFIX gemet: <http://www.eionet.europa.eu/gemet/concept/>
PREFIX gpg: <https://w3id.org/global-policing-goals/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT DATA {
  GRAPH gpg:graph-crosswalks { gpg:area-environmental-crime skos:exactMatch gemet:14967 }
}
