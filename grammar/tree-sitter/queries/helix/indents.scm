[
  (signature_body)
  (optimize_body)
  (test_body)
  (prompt_turns)
  (demo)
  (block)
  (match_stmt)
  (options)
  (record_display)
  (list_display)
  (comprehension)
  (record_type)
  (enum_type)
  (fields)
  (arguments)
  (ensemble)
  (tune_choices)
  (grouped)
  (grouped_type)
  (type_stmt)
  (check_stmt)
] @indent

[
  "}"
  "]"
  ")"
] @outdent
