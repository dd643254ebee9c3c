"""The YAML that stands in the first comment lines of a table or a query: changes when that convention does."""

from typing import Any

import yaml

from policing_goals.errors import SourceError

# The same in C, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml_block(name: str, text: str, marker: str) -> tuple[dict[str, Any], list[str]]:
    """The mapping in the first lines of a text that begin with a marker, and the lines below them.

    name: the file, for errors. Raises SourceError, with the line, if the block is missing or not a YAML mapping.
    """
    lines = text.splitlines()
    end = next((index for index, line in enumerate(lines) if not line.startswith(marker)), len(lines))
    block = "\n".join(line.removeprefix(marker) for line in lines[:end])
    try:
        mapping = yaml.load(block, LOADER)  # noqa: S506  # both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "not YAML"
        raise SourceError(where, f"broken YAML: {problem}.", f"Mend it behind the {marker} signs.") from error
    if not isinstance(mapping, dict):
        what = f"the first lines do not hold YAML behind {marker} signs."
        raise SourceError(f"{name}:1", what, "Begin the file with such a block; see its neighbours.")
    return mapping, lines[end:]
