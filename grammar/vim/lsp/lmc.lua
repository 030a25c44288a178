-- The language server for Neovim 0.11 and newer: `vim.lsp.enable('lmc')` finds this file on the runtime path.
return {
  cmd = { 'lmc', 'lsp' },
  filetypes = { 'lmp' },
  root_markers = { '.venv', 'pyproject.toml', '.git' },
}
