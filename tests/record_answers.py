"""Record the results of the saved queries and the diagram of the model again: `python -m tests.record_answers`.

Look at the difference before you commit it: it is what your change does to the answers.
"""

import json

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.settings import snapshot_directory
from tests.conftest import ROOT
from tests.data.test_saved_queries import ANSWERS, QUERIES, answer


def main() -> None:
    """Write the answers to tests/answers/ and the diagram to docs/model.svg, from the live snapshot."""
    dataset = open_snapshot(snapshot_directory())
    for name in QUERIES:
        text = answer(dataset, name)
        suffix = "nt" if text.startswith("<") else "csv"
        (ANSWERS / f"{name}.{suffix}").write_text(text, "utf-8")
    (ROOT / "docs/model.svg").write_text(json.loads(dataset.documents)["model"], "utf-8")


if __name__ == "__main__":
    main()
