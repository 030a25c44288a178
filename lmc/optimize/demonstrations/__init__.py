"""Where demonstrations come from, and how sets of them are chosen."""
