"""Join the United Nations' own SDG file with our links: each link beside the UN's sentence.

The file is the UN's (its knowledge organization system of the SDGs in Turtle); we do not give it away.
Run: python un_join.py FILE [ADDRESS]
"""

import sys

import pandas
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS


def main(file: str, address: str = "http://localhost:8000") -> None:
    """Print the three surest links whose target the UN's file has, with the UN's sentence."""
    un = Graph().parse(file, format="turtle")
    links = pandas.read_csv(f"{address}/queries/sdg-links.csv")
    links["sentence"] = [_sentence(un, target) for target in links["target"]]
    found = links[links["sentence"] != ""].sort_values(["confidence", "code"], ascending=[False, True])
    for row in found.head(3).itertuples():
        print(row.code, row.elementLabel, row.confidence, row.sentence, sep="\t")
    print(f"{len(found)} of {len(links)} links have a target in the UN's file")


def _sentence(un: Graph, target: str) -> str:
    # The UN gives a few targets two labels in one language.
    labels = [str(label) for label in un.objects(URIRef(target), SKOS.prefLabel) if label.language == "en"]
    return max(labels, key=len, default="")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        print("Usage: python un_join.py FILE [ADDRESS]", file=sys.stderr)
        print("FILE is sdg-kos-goals-targets-indicators.ttl of the UN.", file=sys.stderr)
        sys.exit(2)
    main(*sys.argv[1:])
