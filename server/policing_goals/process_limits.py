"""Limits of the memory of a process that does work for strangers."""

import os
import resource
from pathlib import Path


def limit_memory(more: int) -> None:
    """Let this process take so many more bytes for its data than it has now; it aborts beyond that.

    Only the data segment counts, without the program and its libraries (RLIMIT_DATA). Leaves no core file.
    """
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + more, used + more))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Rust would need memory to print a backtrace where there is none, and wait for itself for ever.
    os.environ["RUST_BACKTRACE"] = "0"
