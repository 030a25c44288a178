"""What editors are told: the language server, one file per feature, and the grammars for highlighting."""
