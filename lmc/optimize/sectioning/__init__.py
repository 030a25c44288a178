"""Prompts in sections, and operators that change them."""
