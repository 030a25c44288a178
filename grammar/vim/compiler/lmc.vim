" Vim compiler file
" Compiler: lmc

if exists('current_compiler')
  finish
endif
let current_compiler = 'lmc'

CompilerSet makeprg=lmc\ check\ --format\ concise\ %:S
CompilerSet errorformat=%f:%l:%c:\ %trror[%.%#]:\ %m,%f:%l:%c:\ %tarning[%.%#]:\ %m,%f:%l:%c:\ %tote[%.%#]:\ %m,%-G%.%#
