"""Read a saved query into pandas from its CSV address: how much of each SDG the goals touch.

Run: python pandas_coverage.py [ADDRESS [LANGUAGE]]
"""

import sys

import pandas


def main(address: str = "http://localhost:8000", language: str = "en") -> None:
    """Print the SDGs with the highest share of supported targets."""
    gaps = pandas.read_csv(f"{address}/queries/sdg-gaps.csv?lang={language}")
    best = gaps.sort_values("share", ascending=False).head(5)
    print(best[["number", "label", "targets", "direct", "indirect", "share"]].to_string(index=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
