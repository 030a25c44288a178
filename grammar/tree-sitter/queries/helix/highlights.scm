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
(pass_name (ident) @function.builtin)

(metric_stmt parameter: (ident) @variable.parameter)
(fields (field name: (ident) @variable.parameter))
(record_type (field name: (ident) @variable.other.member))
(input name: (ident) @variable.other.member)
(output name: (ident) @variable.other.member)
(short_field name: (ident) @variable.other.member)
(attribute name: (ident) @variable.other.member)
(binding name: (ident) @variable.other.member)
(enum_value value: (ident) @constant)
(strategy site: (ident) @label)

(name_type (dotted (ident) @type))
(name_type (dotted . (ident) @type.builtin .)
  (#any-of? @type.builtin
    "str" "int" "float" "bool" "image" "audio" "file" "history"))

(call callee: (reference (ident) @function))
(call callee: (attribute name: (ident) @function))
(call callee: (attribute value: (reference (ident) @namespace)))
(call callee: (reference (ident) @function.builtin)
  (#any-of? @function.builtin
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
] @keyword.storage.type

"module" @keyword.function

[
  "import"
  "from"
  "as"
] @keyword.control.import

(field "as" @keyword)
(input "as" @keyword)
(output "as" @keyword)
(strategy "as" @keyword)
(words "from" @keyword)

[
  "fixed"
  "parallel"
] @keyword.storage.modifier

[
  "if"
  "else"
  "match"
] @keyword.control.conditional

(match_case "case" @keyword.control.conditional)

[
  "for"
  "while"
  "repeat"
] @keyword.control.repeat

(optimize_stmt "for" @keyword)
(emit_stmt "for" @keyword)
"in" @keyword.control.repeat
(input "in" @keyword)

(break_stmt) @keyword.control.repeat
"return" @keyword.control.return

[
  "assert"
  "suggest"
  "try"
] @keyword.control.exception

(check_stmt "else" @keyword.control.exception)
(attempt "else" @keyword.control.exception)

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
] @type.builtin

(name_type "null" @type.builtin)

; Values

(constant) @constant.builtin
(constant ["true" "false"]) @constant.builtin.boolean
(const_type ["true" "false"] @constant.builtin.boolean)
(int) @constant.numeric.integer
(float) @constant.numeric.float
(comment) @comment
(regex) @string.regexp

(string) @string
(fstring) @string
(escape) @constant.character.escape
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

(import_names file: (string) @string.special.path)
(import_file file: (string) @string.special.path)
(data_stmt file: (string) @string.special.path)
(extern_stmt file: (string) @string.special.path)
(emit_stmt folder: (string) @string.special.path)
(words file: (string) @string.special.path)
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
