"""What one document to import may take."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class ImportLimits:
    """size and memory: MiB; seconds: of CPU time; depth: levels of nesting; statements: distinct."""

    size: int = 256
    memory: int = 1024
    seconds: int = 120
    depth: int = 100
    statements: int = 1_000_000
