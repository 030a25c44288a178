"""The optimizer passes, one for each file."""
