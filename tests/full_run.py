"""The full run: `pytest -m full`, and a record of what it passed for.

`python -m tests.full_run` runs it and records the SHA-256 of the shapes, the rules and the validator in
tests/full_run.sha256. `python -m tests.full_run --check` says whether they are as recorded, and exits with 1 if not:
then .ci/run runs it. A release always does.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

RECORD = ROOT / "tests/full_run.sha256"
BUILDER = "server/policing_goals/builder"
INPUTS = (
    "shapes/**/*",
    "ontology/rules/*",
    "tests/bad/*",
    "tests/builder/test_shapes.py",
    *(f"{BUILDER}/{name}.py" for name in ("child_process", "revalidation", "shacl", "shape_reads", "shapes")),
)


def digest() -> str:
    """SHA-256 of the shapes, the rules and the validator, with their names."""
    paths = sorted({path for pattern in INPUTS for path in ROOT.glob(pattern) if path.is_file()})
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT)}" for path in paths)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def is_recorded(record: Path = RECORD) -> bool:
    """Whether a full run passed for the shapes, the rules and the validator as they are."""
    return record.exists() and record.read_text("utf-8").strip() == digest()


def main(arguments: list[str]) -> int:
    """Check the record, or run and record; returns the exit code."""
    if arguments == ["--check"]:
        recorded = is_recorded()
        sys.stdout.write(
            "The full run is recorded for these shapes, rules and validator: not run again.\n"
            if recorded
            else "No full run is recorded for these shapes, rules and validator: it is needed.\n"
        )
        return 0 if recorded else 1
    before = digest()
    code = subprocess.run([sys.executable, "-m", "pytest", "-m", "full"], cwd=ROOT, check=False).returncode
    if code == 0:
        RECORD.write_text(f"{before}\n", "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
