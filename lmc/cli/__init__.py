"""The command line: one click command for each file."""
