" Vim indent file
" Language: lmp
" Indents as `lmc fmt` does: two spaces for each bracket, and for what goes on with the line before.

if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=GetLmpIndent() autoindent nosmartindent nolisp
setlocal indentkeys=0{,0},0),0],0\|,!^F,o,O,e,=retry
let b:undo_indent = 'setlocal indentexpr< autoindent< smartindent< lisp< indentkeys<'

if exists('*GetLmpIndent')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim

" What a line begins with that goes on with the one before.
let s:goes_on = '\v^\s*%(\|%(\s|$)|%(retry|and|or|not in)>|in>%(\s+\w+\s*:)@!|%([-+*/%]|\=\=|!\=|\<\=?|\>\=?)\s'
      \ . '|%(else|if)>%(.*\{\s*$)@!)'

function! s:NoBracket(line, column) abort
  return synIDattr(synID(a:line, a:column, 1), 'name') =~# '\v^lmp%(In%(String|Doc|Prompt|Format|Jinja|Regexp)|.*Comment)'
endfunction

function! s:InString(line) abort
  return synIDattr(synID(a:line, 1, 1), 'name') !~# 'Edge$'
        \ && !empty(filter(synstack(a:line, 1), 'synIDattr(v:val, "name") =~# "\\vIn%(String|Doc|Prompt|Format)Block$"'))
endfunction

function! GetLmpIndent() abort
  let text = getline(v:lnum)
  if s:InString(v:lnum)
    return -1
  endif
  call cursor(v:lnum, 1)
  let opener = searchpair('[([{]', '', '[])}]', 'bnW', 's:NoBracket(line("."), col("."))')
  let width = shiftwidth()
  let depth = 0
  if opener > 0
    let begins = getline(opener)
    let depth = indent(opener) + width + (begins =~# '^\s*passes\>' ? width : 0)
    if text =~# '^\s*[])}]'
      return depth - width
    endif
  endif
  let before = prevnonblank(v:lnum - 1)
  while before > opener && getline(before) =~# '^\s*#'
    let before = prevnonblank(before - 1)
  endwhile
  if before > opener && before > 0
    let last = substitute(getline(before), '\s*$', '', '')
    let listed = opener == 0 || getline(opener) =~# '^\s*optimize\>'
    if text =~# s:goes_on || last =~# '[^=!<>]=$' || (listed && last =~# ',$')
      return depth + width
    endif
  endif
  return depth
endfunction

let &cpo = s:cpo_save
unlet s:cpo_save
