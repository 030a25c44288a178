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
