"""Record the results of the saved queries again: `python -m tests.record_answers`.

Look at the difference before you commit it: it is what your change does to the answers.
"""

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.settings import snapshot_directory
from tests.data.test_saved_queries import ANSWERS, QUERIES, answer


def main() -> None:
    """Write the answer of every saved query, from the live snapshot, to tests/answers/."""
    dataset = open_snapshot(snapshot_directory())
    for name in QUERIES:
        text = answer(dataset, name)
        suffix = "nt" if text.startswith("<") else "csv"
        (ANSWERS / f"{name}.{suffix}").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
