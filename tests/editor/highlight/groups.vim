" Writes beside each file that Vim was given the groups of the bytes of its lines, each as what it is linked to first.
let s:links = {}
for s:line in split(execute('highlight'), "\n")
  let s:found = matchlist(s:line, '^\(lmp\w*\)\s.*links to \(lmp\w*\)$')
  if !empty(s:found)
    let s:links[s:found[1]] = s:found[2]
  endif
endfor
for s:name in argv()
  execute 'edit' fnameescape(s:name)
  let s:rows = []
  for s:row in range(1, line('$'))
    let s:groups = []
    for s:column in range(1, strlen(getline(s:row)))
      let s:group = synIDattr(synID(s:row, s:column, 1), 'name')
      call add(s:groups, get(s:links, s:group, s:group))
    endfor
    call add(s:rows, s:groups)
  endfor
  call writefile([json_encode(s:rows)], s:name . '.groups')
endfor
