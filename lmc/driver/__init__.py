"""Where lmc touches the files of a project."""
