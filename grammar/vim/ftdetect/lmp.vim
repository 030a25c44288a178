autocmd BufRead,BufNewFile *.lmp setfiletype lmp
