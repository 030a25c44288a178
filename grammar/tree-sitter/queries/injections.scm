; Prompts are written in the syntax of Jinja, patterns in that of regular expressions.

((words
  text: (string
    (string_content) @injection.content))
  (#set! injection.language "jinja")
  (#set! injection.include-children))

((regex
  (pattern) @injection.content)
  (#set! injection.language "regex"))

((comment) @injection.content
  (#set! injection.language "comment"))
