"""Rows of data, the functions of metrics, intervals, and the rules by which candidates are compared."""
