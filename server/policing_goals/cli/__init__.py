"""The commands of the command line. They alone bring graph and web together."""
