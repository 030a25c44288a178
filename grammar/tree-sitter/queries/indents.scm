; Lines are indented as `lmc fmt` indents them.

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
  (short_stmt)
  (data_stmt)
  (metric_stmt)
  (let_stmt)
  (assign_stmt)
  (check_stmt)
  (return_stmt)
] @indent.begin

[
  "}"
  "]"
  ")"
] @indent.branch @indent.end

[
  (string)
  (fstring)
] @indent.ignore

(ERROR) @indent.auto
