" Vim filetype plugin file
" Language: lmp

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal shiftwidth=2 softtabstop=2 expandtab
setlocal suffixesadd=.lmp
setlocal include=^\\s*import\\>
setlocal define=^\\s*\\%(data\\\|lm\\\|metric\\\|module\\\|retriever\\\|signature\\\|tool\\\|type\\)\\>
let b:match_words = '{:},\[:\],(:)'
if executable('lmc')
  compiler lmc
endif

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< shiftwidth< softtabstop< expandtab<'
      \ . ' suffixesadd< include< define< makeprg< errorformat< | unlet! b:match_words b:current_compiler'
