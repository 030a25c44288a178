; Written from queries/highlights.scm; do not edit.

; What names name

(ident) @variable

(type_stmt name: (ident) @type)
(signature_stmt name: (ident) @type)
(short_stmt name: (ident) @type)
(signature_stmt base: (dotted (ident) @type))
(module_stmt name: (ident) @function)
(metric_stmt name: (ident) @function)
(extern_stmt name: (ident) @function)
(tool_stmt name: (ident) @function)
(retriever_stmt name: (ident) @function)
(lm_stmt name: (ident) @constant)
(data_stmt name: (ident) @constant)
(optimize_stmt name: (dotted (ident) @function))

(import_file alias: (ident) @namespace)
(extern_stmt language: (ident) @namespace)
(tool_stmt protocol: (ident) @namespace)
(emit_stmt backend: (ident) @namespace)
(pass_name (ident) @function)

(metric_stmt parameter: (ident) @variable.parameter)
(fields (field name: (ident) @variable.parameter))
(record_type (field name: (ident) @property))
(input name: (ident) @property)
(output name: (ident) @property)
(short_field name: (ident) @property)
(attribute name: (ident) @property)
(binding name: (ident) @property)
(enum_value value: (ident) @constant)
(strategy site: (ident) @label)

(name_type (dotted (ident) @type))
(name_type (dotted . (ident) @type .)
  (#any-of? @type
    "str" "int" "float" "bool" "image" "audio" "file" "history"))

(call callee: (reference (ident) @function))
(call callee: (attribute name: (ident) @function))
(call callee: (attribute value: (reference (ident) @namespace)))
(call callee: (reference (ident) @function)
  (#any-of? @function
    "abs" "all" "any" "append" "best" "bleu" "calls" "capitalize" "ceil" "chunks" "clamp" "close" "common" "contains"
    "count" "counts" "decided" "default" "dollars" "drop" "edit_similarity" "ends_with" "entity_f1" "entries"
    "enumerate" "exact" "extract" "extract_all" "f1" "fenced" "first" "flatten" "floor" "format_number" "get"
    "group_by" "index_of" "join" "json" "json_match" "keys" "last" "len" "lines" "list_f1" "lower" "matches" "max"
    "mean" "merge" "min" "most_common" "number" "one_of" "pad_end" "pad_start" "passage_match" "precision"
    "preference" "put" "range" "recall" "reciprocal_rank" "regex" "remove_prefix" "remove_suffix" "replace" "reverse"
    "rouge_l" "round" "run_code" "same" "seconds" "sentences" "set_f1" "slice" "sort" "sort_by" "split" "starts_with"
    "strip" "substitute" "sum" "take" "text" "title" "tokens" "truncate" "unique" "upper" "values" "weighted" "winner"
    "without" "words" "zip"))
(invocation name: (dotted (ident) @function))
(strategy signature: (dotted (ident) @type))
(sampled metric: (dotted (ident) @function))
(ensemble metric: (dotted (ident) @function))
(retrieve retriever: (dotted (ident) @function))
(using (dotted (ident) @function))
(named_clause "metric" name: (dotted (ident) @function))

; Keywords

[
  "lm"
  "data"
  "metric"
  "retriever"
  "tool"
  "extern"
  "optimize"
  "emit"
  "test"
  "extends"
  "prompt"
  "system"
  "user"
  "assistant"
  "out"
  "demo"
  "depth"
  "to"
  "with"
  "using"
  "by"
  "at"
  "above"
  "up"
  "chars"
  "items"
  "matching"
  "case"
  "let"
  "seed"
  "budget"
  "calls"
  "tokens"
  "dollars"
  "passes"
  "assertions"
  "on"
  "off"
  "teacher"
  "proposer"
  "predict"
  "chain_of_thought"
  "program_of_thought"
  "react"
  "vote"
  "best_of"
  "refine"
  "compare"
  "ensemble"
  "retrieve"
  "tune"
  "retry"
] @keyword

[
  "type"
  "signature"
] @keyword.type

"module" @keyword.function

[
  "import"
  "from"
  "as"
] @keyword.import

(field "as" @keyword)
(input "as" @keyword)
(output "as" @keyword)
(strategy "as" @keyword)
(words "from" @keyword)

[
  "fixed"
  "parallel"
] @keyword.modifier

[
  "if"
  "else"
  "match"
] @keyword.conditional

(match_case "case" @keyword.conditional)

[
  "for"
  "while"
  "repeat"
] @keyword.repeat

(optimize_stmt "for" @keyword)
(emit_stmt "for" @keyword)
"in" @keyword.repeat
(input "in" @keyword)

(break_stmt) @keyword.repeat
"return" @keyword.return

[
  "assert"
  "suggest"
  "try"
] @keyword.exception

(check_stmt "else" @keyword.exception)
(attempt "else" @keyword.exception)

[
  "and"
  "or"
  "not"
] @keyword.operator

(binary operator: "in" @keyword.operator)
(not_in "in" @keyword.operator)

[
  "list"
  "map"
  "enum"
] @type

(name_type "null" @type)

; Values

(constant) @constant
(constant ["true" "false"]) @boolean
(const_type ["true" "false"] @boolean)
(int) @number
(float) @number
(comment) @comment
(regex) @string.regex

(string) @string
(fstring) @string
(escape) @string.escape
(hole
  "{" @punctuation.special
  "}" @punctuation.special)

(signature_body doc: (string) @string)
(block doc: (string) @string)
(field doc: (string) @string)
(input doc: (string) @string)
(output doc: (string) @string)
(extern_stmt doc: (string) @string)
(tool_stmt doc: (string) @string)
(enum_value doc: (string) @string)

(import_names file: (string) @string.special)
(import_file file: (string) @string.special)
(data_stmt file: (string) @string.special)
(extern_stmt file: (string) @string.special)
(emit_stmt folder: (string) @string.special)
(words file: (string) @string.special)
(words text: (string) @string)

; Marks

[
  "="
  "=="
  "!="
  "<"
  "<="
  ">"
  ">="
  "+"
  "-"
  "*"
  "/"
  "//"
  "%"
  "->"
  "=>"
  ".."
  "|"
  "?"
] @operator

[
  ","
  ":"
  "."
] @punctuation.delimiter

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket

(hole
  "{" @punctuation.special
  "}" @punctuation.special)
