"""The steps of a build, and who is told of them."""

# The steps of a build, in their order; those of a validation differ in the last.
STEPS = (
    "Reading the sources",
    "Comparing quotations and terms",
    "Running the saved queries",
    "Describing the dataset",
    "Writing its files",
    "Checking the shapes",
    "Writing the snapshot",
)


class Progress:
    """Is told how a build proceeds; this one ignores it."""

    def step(self, name: str) -> None:
        """A step begins; name: what it does, such as "Reading the sources"."""

    def fault(self, text: str) -> None:
        """A fault was found; the build goes on, to find the others."""
