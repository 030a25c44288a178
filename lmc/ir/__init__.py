"""The typed intermediate representation: immutable values, and functions on them."""
