"""That the formatter of Turtle, a step of .ci/run, reads every file."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

BIN = Path(sys.executable).parent


def test_turtlefmt_reads_every_turtle_file(tmp_path: Path) -> None:
    for path in ROOT.glob("[ods]*/**/*.ttl"):
        copy = tmp_path / path.name
        copy.write_text(path.read_text("utf-8").replace(" ;\n", ";\n", 1), "utf-8")
        result = subprocess.run([BIN / "turtlefmt", "--check", copy], capture_output=True, check=False)

        assert result.returncode != 0, f"{path} could be unformatted unseen"
        copy.unlink()
