"""Load the JSON-LD of a goal into rdflib and walk it: its objectives, in order, in two languages.

Run: python rdflib_json_ld.py [ADDRESS [GOAL]]
"""

import sys

from rdflib import Graph, Namespace
from rdflib.namespace import SKOS

GPG = Namespace("https://w3id.org/global-policing-goals/")
GPGO = Namespace("https://w3id.org/global-policing-goals/ontology#")


def main(address: str = "http://localhost:8000", goal: str = "goal-4") -> None:
    """Print the objectives of a goal in English, with INTERPOL's own words in French."""
    graph = Graph()
    graph.parse(f"{address}/queries/goal-tree.jsonld?goal=gpg:{goal}", format="json-ld")
    objectives = sorted(graph.objects(GPG[goal], GPGO.hasObjective), key=lambda node: graph.value(node, GPGO.position))
    for objective in objectives:
        labels = {label.language: str(label) for label in graph.objects(objective, SKOS.prefLabel)}
        print(graph.value(objective, SKOS.notation), labels["en"], sep="\t")
        print("", graph.value(objective, GPGO.officialText), sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
