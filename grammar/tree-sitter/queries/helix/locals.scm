[
  (module_stmt)
  (metric_stmt)
  (block)
  (for_stmt)
  (match_case)
  (comprehension)
] @local.scope

(module_stmt parameters: (fields (field name: (ident) @local.definition.variable.parameter)))
(metric_stmt parameter: (ident) @local.definition.variable.parameter)

(reference (ident) @local.reference)
