; Of two patterns for one node the later counts. Captures have the names of Neovim; those for Helix and Zed are written
; from this file.

; What names name

(ident) @variable

(type_stmt name: (ident) @type.definition)
(signature_stmt name: (ident) @type.definition)
(short_stmt name: (ident) @type.definition)
(signature_stmt base: (dotted (ident) @type))
(module_stmt name: (ident) @function)
(metric_stmt name: (ident) @function)
(extern_stmt name: (ident) @function)
(tool_stmt name: (ident) @function)
(retriever_stmt name: (ident) @function)
(lm_stmt name: (ident) @constant)
(data_stmt name: (ident) @constant)
(optimize_stmt name: (dotted (ident) @function))

(import_file alias: (ident) @module)
(extern_stmt language: (ident) @module)
(tool_stmt protocol: (ident) @module)
(emit_stmt backend: (ident) @module)
(pass_name (ident) @function.builtin)

(metric_stmt parameter: (ident) @variable.parameter)
(fields (field name: (ident) @variable.parameter))
(record_type (field name: (ident) @variable.member))
(input name: (ident) @variable.member)
(output name: (ident) @variable.member)
(short_field name: (ident) @variable.member)
(attribute name: (ident) @variable.member)
(binding name: (ident) @property)
(enum_value value: (ident) @constant)
(strategy site: (ident) @label)

(name_type (dotted (ident) @type))
(name_type (dotted . (ident) @type.builtin .)
  (#any-of? @type.builtin
    "str" "int" "float" "bool" "image" "audio" "file" "history"))

(call callee: (reference (ident) @function.call))
(call callee: (attribute name: (ident) @function.call))
(call callee: (attribute value: (reference (ident) @module)))
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
(invocation name: (dotted (ident) @function.call))
(strategy signature: (dotted (ident) @type))
(sampled metric: (dotted (ident) @function))
(ensemble metric: (dotted (ident) @function))
(retrieve retriever: (dotted (ident) @function.call))
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
] @type.builtin

(name_type "null" @type.builtin)

; Values

(constant) @constant.builtin
(constant ["true" "false"]) @boolean
(const_type ["true" "false"] @boolean)
(int) @number
(float) @number.float
(comment) @spell @comment
(regex) @string.regexp

(string) @string
(fstring) @string
(escape) @string.escape
(hole
  "{" @punctuation.special
  "}" @punctuation.special) @none

(signature_body doc: (string) @spell @string.documentation)
(block doc: (string) @spell @string.documentation)
(field doc: (string) @spell @string.documentation)
(input doc: (string) @spell @string.documentation)
(output doc: (string) @spell @string.documentation)
(extern_stmt doc: (string) @spell @string.documentation)
(tool_stmt doc: (string) @spell @string.documentation)
(enum_value doc: (string) @spell @string.documentation)

(import_names file: (string) @string.special.path)
(import_file file: (string) @string.special.path)
(data_stmt file: (string) @string.special.path)
(extern_stmt file: (string) @string.special.path)
(emit_stmt folder: (string) @string.special.path)
(words file: (string) @string.special.path)
(words text: (string) @spell @string)

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
