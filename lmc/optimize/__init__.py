"""Optimizer passes: they spend LM calls to find a better program, and every one is gated."""
