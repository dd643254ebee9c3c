"""Synthetic police statistics as an RDF Data Cube: as many statements as a measurement needs, the same every time.

The figures are invented and say nothing about any country. Each observation has TRIPLES statements: its type, dataset,
country (ISO 3166, as Eurostat's and DBpedia's codes have it), year, an objective of ours, an SDG target, a measure
and a unit.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView

TRIPLES = 8
GRAPH = "http://example.org/police-statistics"
SITE = f"{GRAPH}/"
QB, SDMX = "http://purl.org/linked-data/cube#", "http://purl.org/linked-data/sdmx/2009/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
YEAR = "http://www.w3.org/2001/XMLSchema#gYear"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
COUNTRIES, YEARS = 190, range(2000, 2025)
SEED, LINES_AT_ONCE = 7, 50_000


def write_observations(path: Path, dataset: Dataset, triples: int) -> None:
    """Write so many statements in N-Triples to a file, linked to the objectives and SDG targets of a dataset."""
    with path.open("w", encoding="ascii") as file:
        lines: list[str] = []
        for line in observations(dataset, triples):
            lines.append(line)
            if len(lines) == LINES_AT_ONCE:
                file.write("".join(lines))
                lines.clear()
        file.write("".join(lines))


def observations(dataset: Dataset, triples: int) -> Iterator[str]:
    """The statements of as many observations, each a line of N-Triples."""
    view, chance = GraphView(dataset), random.Random(SEED)  # no secret
    objectives = view.instances("gpgo:Objective")
    supported = {each: view.nodes(each, "gpgo:supports") for each in objectives}
    for number in range(triples // TRIPLES):
        objective = objectives[number % len(objectives)]
        yield from _observation(number, objective, chance.choice(supported[objective] or objectives), chance)


def _observation(number: int, objective: NamedNode, target: NamedNode, chance: random.Random) -> Iterator[str]:
    country, year = number // len(YEARS) % COUNTRIES, YEARS[number % len(YEARS)]
    node, value = f"<{SITE}observation/{number}>", f"{chance.lognormvariate(3, 1):.2f}"
    yield f"{node} <{TYPE}> <{QB}Observation> .\n"
    yield f"{node} <{QB}dataSet> <{SITE}cube> .\n"
    yield f"{node} <{SDMX}dimension#refArea> <{SITE}country/{country}> .\n"
    yield f'{node} <{SDMX}dimension#refPeriod> "{year}"^^<{YEAR}> .\n'
    yield f"{node} <{SITE}objective> {objective} .\n"
    yield f"{node} <{SITE}target> {target} .\n"
    yield f'{node} <{SDMX}measure#obsValue> "{value}"^^<{DECIMAL}> .\n'
    yield f"{node} <{SDMX}attribute#unitMeasure> <{SITE}unit/per-100000> .\n"
