"""Instructions and rows that LMs write, and how many of them are kept: grounds, populations, judges."""
