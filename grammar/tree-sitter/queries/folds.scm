; What can be folded.

[
  (signature_stmt)
  (module_stmt)
  (optimize_stmt)
  (test_stmt)
  (type_stmt)
  (prompt_turns)
  (demo)
  (block)
  (match_stmt)
  (match_case)
  (options)
  (record_display)
  (list_display)
  (record_type)
  (enum_type)
  (ensemble)
  (arguments)
  (fields)
  (string)
  (fstring)
] @fold

(comment)+ @fold
