"""The saved queries over HTTP."""
