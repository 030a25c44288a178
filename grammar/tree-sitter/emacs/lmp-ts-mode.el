;;; lmp-ts-mode.el --- Major mode for .lmp files, with tree-sitter  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "29.1"))

;;; Commentary:

;; The language of lmc, the optimizing compiler for language-model programs.
;; It needs the library of the grammar, `libtree-sitter-lmp', in the folder
;; `tree-sitter' of `user-emacs-directory'; see the README of the grammar.

;;; Code:

(require 'treesit)

(defvar lmp-ts-mode--keywords
  '("above" "and" "as" "assert" "assertions" "assistant" "at" "best_of" "budget" "by" "calls" "case"
    "chain_of_thought" "chars" "compare" "data" "demo" "depth" "dollars" "else" "emit" "ensemble" "enum"
    "extends" "extern" "fixed" "for" "from" "if" "import" "in" "items" "let" "list" "lm" "map" "match"
    "matching" "metric" "module" "not" "off" "on" "optimize" "or" "out" "parallel" "passes" "predict"
    "program_of_thought" "prompt" "proposer" "react" "refine" "repeat" "retriever" "retrieve" "retry"
    "return" "seed" "signature" "suggest" "system" "teacher" "test" "to" "tokens" "tool" "try" "tune"
    "type" "up" "user" "using" "vote" "while" "with")
  "The words of the language, but for `break' and the constants, which are nodes.")

(defvar lmp-ts-mode--font-lock
  (when (treesit-available-p)
    (treesit-font-lock-rules
     :language 'lmp :feature 'comment
     '((comment) @font-lock-comment-face)
     :language 'lmp :feature 'definition
     '((type_stmt name: (ident) @font-lock-type-face)
       (signature_stmt name: (ident) @font-lock-type-face)
       (short_stmt name: (ident) @font-lock-type-face)
       (module_stmt name: (ident) @font-lock-function-name-face)
       (metric_stmt name: (ident) @font-lock-function-name-face)
       (extern_stmt name: (ident) @font-lock-function-name-face)
       (tool_stmt name: (ident) @font-lock-function-name-face)
       (retriever_stmt name: (ident) @font-lock-function-name-face)
       (lm_stmt name: (ident) @font-lock-variable-name-face)
       (data_stmt name: (ident) @font-lock-variable-name-face)
       (let_stmt name: (ident) @font-lock-variable-name-face)
       (field name: (ident) @font-lock-variable-name-face)
       (input name: (ident) @font-lock-variable-name-face)
       (output name: (ident) @font-lock-variable-name-face))
     :language 'lmp :feature 'keyword
     `([,@lmp-ts-mode--keywords] @font-lock-keyword-face
       (break_stmt) @font-lock-keyword-face)
     :language 'lmp :feature 'string
     '((string) @font-lock-string-face
       (fstring) @font-lock-string-face
       (regex) @font-lock-regexp-grouping-backslash)
     :language 'lmp :feature 'type
     '((name_type (dotted (ident) @font-lock-type-face))
       (strategy signature: (dotted (ident) @font-lock-type-face)))
     :language 'lmp :feature 'constant
     '((constant) @font-lock-constant-face
       (const_type ["true" "false"] @font-lock-constant-face)
       (name_type "null" @font-lock-constant-face)
       (enum_value value: (ident) @font-lock-constant-face))
     :language 'lmp :feature 'number
     '([(int) (float)] @font-lock-number-face)
     :language 'lmp :feature 'escape :override t
     '((escape) @font-lock-escape-face)
     :language 'lmp :feature 'hole :override t
     '((hole "{" @font-lock-bracket-face (_) @default "}" @font-lock-bracket-face)
       (hole (reference (ident) @font-lock-variable-use-face)))
     :language 'lmp :feature 'function
     '((call callee: (reference (ident) @font-lock-function-call-face))
       (invocation name: (dotted (ident) @font-lock-function-call-face)))
     :language 'lmp :feature 'property
     '((binding name: (ident) @font-lock-property-use-face)
       (attribute name: (ident) @font-lock-property-use-face))))
  "What is shown in which face.")

(defvar lmp-ts-mode--indent
  `((lmp
     ((parent-is ,(rx bos "start" eos)) column-0 0)
     ((node-is ,(rx bos (any "]})") eos)) parent-bol 0)
     ((parent-is "string") no-indent)
     ((parent-is "fstring") no-indent)
     ((parent-is ,(rx bos "either_type" eos)) grand-parent 2)
     ((parent-is ,(rx bos "bindings" eos)) parent-bol 0)
     (catch-all parent-bol 2)))
  "How lines are indented.")

(defvar lmp-ts-mode--syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?_ "_" table)
    table)
  "How characters are read where no tree is asked.")

(defun lmp-ts-mode--name (node)
  "The name of what NODE declares."
  (treesit-node-text (treesit-node-child-by-field-name node "name") t))

;;;###autoload
(define-derived-mode lmp-ts-mode prog-mode "lmp"
  "Major mode for programs of lmc."
  :syntax-table lmp-ts-mode--syntax-table
  (when (treesit-ready-p 'lmp)
    (treesit-parser-create 'lmp)
    (setq-local comment-start "# ")
    (setq-local comment-end "")
    (setq-local treesit-font-lock-settings lmp-ts-mode--font-lock)
    (setq-local treesit-font-lock-feature-list
                '((comment definition) (keyword string type) (constant number escape hole) (function property)))
    (setq-local treesit-simple-indent-rules lmp-ts-mode--indent)
    (setq-local indent-tabs-mode nil)
    (setq-local treesit-defun-type-regexp (rx bos (or "module" "metric" "signature" "type" "optimize") "_stmt" eos))
    (setq-local treesit-defun-name-function #'lmp-ts-mode--name)
    (setq-local treesit-simple-imenu-settings
                `(("Module" ,(rx bos "module_stmt" eos) nil lmp-ts-mode--name)
                  ("Signature" ,(rx bos (or "signature" "short") "_stmt" eos) nil lmp-ts-mode--name)
                  ("Type" ,(rx bos "type_stmt" eos) nil lmp-ts-mode--name)
                  ("Metric" ,(rx bos "metric_stmt" eos) nil lmp-ts-mode--name)))
    (treesit-major-mode-setup)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.lmp\\'" . lmp-ts-mode))

(provide 'lmp-ts-mode)

;;; lmp-ts-mode.el ends here
