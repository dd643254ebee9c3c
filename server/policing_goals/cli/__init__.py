"""The commands of the command line. They alone bring the builder and the web together."""
