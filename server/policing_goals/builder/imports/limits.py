"""What one document to import may take, and where large imports are kept."""

from dataclasses import dataclass

MIB = 2**20
# With more imported statements than this, a snapshot has an Oxigraph store on disk: in memory, each takes 2 kB.
ON_DISK_ABOVE = 300_000


@dataclass(frozen=True)
class ImportLimits:
    """size and memory: MiB; seconds: of CPU time; depth: levels of nesting; statements: distinct."""

    size: int = 2048
    memory: int = 1024
    seconds: int = 600
    depth: int = 100
    statements: int = 20_000_000
