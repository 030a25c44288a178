((words
  text: (string
    (string_content) @injection.content))
  (#set! injection.language "jinja2"))

((regex
  (pattern) @injection.content)
  (#set! injection.language "regex"))
