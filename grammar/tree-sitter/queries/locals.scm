; Where names are declared, and where they are used.

[
  (start)
  (module_stmt)
  (metric_stmt)
  (block)
  (for_stmt)
  (match_case)
  (comprehension)
] @local.scope

(lm_stmt name: (ident) @local.definition.constant)
(data_stmt name: (ident) @local.definition.constant)
(type_stmt name: (ident) @local.definition.type)
(signature_stmt name: (ident) @local.definition.type)
(short_stmt name: (ident) @local.definition.type)
(extern_stmt name: (ident) @local.definition.function)
(tool_stmt name: (ident) @local.definition.function)
(retriever_stmt name: (ident) @local.definition.function)
(imported !alias name: (ident) @local.definition.import)
(imported alias: (ident) @local.definition.import)
(import_file alias: (ident) @local.definition.namespace)

((module_stmt name: (ident) @local.definition.function)
  (#set! definition.function.scope "parent"))
((metric_stmt name: (ident) @local.definition.function)
  (#set! definition.function.scope "parent"))

(module_stmt parameters: (fields (field name: (ident) @local.definition.parameter)))
(metric_stmt parameter: (ident) @local.definition.parameter)
(let_stmt name: (ident) @local.definition.var)
(for_stmt name: (ident) @local.definition.var)
(comprehension name: (ident) @local.definition.var)
(match_case name: (ident) @local.definition.var)

(reference (ident) @local.reference)
(assign_stmt name: (ident) @local.reference)
(dotted . (ident) @local.reference)
