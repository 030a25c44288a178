"""New projects: what `lmc init` asks, and the files that it makes."""
