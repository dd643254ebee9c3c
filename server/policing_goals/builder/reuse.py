"""Take over from the live snapshot the files that a build would write the same.

Each such file is named in the manifest with the SHA-256 of what it was made from: the statements or rows, the code of
the build, the prefixes and the libraries that write the formats.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from policing_goals.model.prefixes import Prefixes
from policing_goals.model.snapshot_format import CURRENT, DATA, Manifest

CODE = "server/"
LIBRARIES = ("pyoxigraph", "pystemmer", "xlsxwriter")


class Reuse:
    """The files of an earlier snapshot, and what those of the new one are made from.

    made_from: SHA-256 of what each file is made from, by its name in the snapshot; grows with every call of file().
    """

    def __init__(self, recipe: str = "", snapshot: Path | None = None, earlier: Manifest | None = None) -> None:
        self.made_from: dict[str, str] = {}
        self._recipe = recipe
        self._snapshot = snapshot
        self._earlier = earlier

    def file(self, name: str, made_from: Iterable[str], make: Callable[[], bytes]) -> bytes:
        """A file from the earlier snapshot, if it was made from the same; else what make() gives.

        name: in the snapshot; made_from: every text that its content depends on, beside the code.
        """
        digest = hashlib.sha256(self._recipe.encode())
        for text in made_from:
            digest.update(b"\0" + text.encode())
        self.made_from[name] = digest.hexdigest()
        content = self._taken_over(name)
        return make() if content is None else content

    def _taken_over(self, name: str) -> bytes | None:
        if self._snapshot is None or self._earlier is None:
            return None
        if self._earlier.made_from.get(name) != self.made_from[name]:
            return None
        try:
            content = (self._snapshot / name).read_bytes()
        except OSError:
            return None
        # A damaged file is made again.
        return content if hashlib.sha256(content).hexdigest() == _recorded(self._earlier, name) else None


def open_reuse(directory: Path, sources: dict[str, str], prefixes: Prefixes) -> Reuse:
    """What can be taken over from the live snapshot of DIRECTORY; nothing if there is none of this format.

    sources: SHA-256 of the source files and of the modules of the build, by name.
    """
    code = {name: digest for name, digest in sources.items() if name.startswith(CODE)}
    libraries = {name: version(name) for name in LIBRARIES}
    recipe = json.dumps([code, libraries, asdict(prefixes)], sort_keys=True)
    snapshot = (directory / CURRENT).resolve()
    try:
        return Reuse(recipe, snapshot, Manifest.load(snapshot))
    except (OSError, ValueError, TypeError, KeyError):
        return Reuse(recipe)


def _recorded(manifest: Manifest, name: str) -> str:
    folder, _, file = name.rpartition("/")
    return manifest.data[file]["sha256"] if folder == DATA else manifest.files[name]
