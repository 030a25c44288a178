// @ts-check
"use strict";
// Running `lmc`: where it is, in a terminal, and beside the editor.

const { execFile } = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");
const { commandLine, findLmc } = require("./command");

const INSTALL = "https://pypi.org/project/lmc/";
const MISSING =
  "lmc is not found: install it (`pip install 'lmc[editor]'`) in `.venv` of this workspace or on the PATH, or name it in the setting `lmc.path`.";

/**
 * The `lmc` for a file, or for the workspace.
 * @param {vscode.Uri} [uri]
 * @returns {string | undefined}
 */
function lmcFor(uri) {
  const folder = (uri && vscode.workspace.getWorkspaceFolder(uri)) || vscode.workspace.workspaceFolders?.[0];
  const setting = vscode.workspace.getConfiguration("lmc", uri).get("path", "").trim();
  return findLmc({
    setting,
    file: uri?.scheme === "file" ? uri.fsPath : undefined,
    folder: folder?.uri.scheme === "file" ? folder.uri.fsPath : undefined,
  });
}

/**
 * The program that somebody works on: the one in the editor, or, where a preview has the focus, one that is seen.
 * @returns {vscode.TextDocument | undefined}
 */
function currentProgram() {
  const editor = vscode.window.activeTextEditor;
  const seen = editor ? [editor] : vscode.window.visibleTextEditors;
  return seen.map((one) => one.document).find((one) => one.languageId === "lmp");
}

/** Says that there is no `lmc`, and offers what can be done. */
async function sayMissing() {
  const chosen = await vscode.window.showErrorMessage(MISSING, "Open Settings", "How to Install");
  if (chosen === "Open Settings") {
    await vscode.commands.executeCommand("workbench.action.openSettings", "lmc.path");
  } else if (chosen === "How to Install") {
    await vscode.env.openExternal(vscode.Uri.parse(INSTALL));
  }
}

/**
 * The folder in which commands run, and the path of a file from there.
 * @param {vscode.Uri} uri
 * @returns {{ cwd: string, file: string }}
 */
function placeOf(uri) {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const cwd = folder ? folder.uri.fsPath : path.dirname(uri.fsPath);
  const file = path.relative(cwd, uri.fsPath);
  return { cwd, file: file.startsWith("..") ? uri.fsPath : file };
}

/**
 * Runs `lmc` in a terminal of its own, which is used again. `typed`: the line is only typed, to be completed.
 * @param {vscode.Uri} uri
 * @param {string[]} words
 * @param {{ typed?: boolean }} [options]
 */
async function inTerminal(uri, words, { typed = false } = {}) {
  const command = lmcFor(uri);
  if (!command) {
    await sayMissing();
    return;
  }
  const { cwd } = placeOf(uri);
  const name = `lmc: ${path.basename(cwd)}`;
  const open = vscode.window.terminals.find((one) => one.name === name && one.exitStatus === undefined);
  const terminal = open || vscode.window.createTerminal({ name, cwd });
  terminal.show(true);
  terminal.sendText(commandLine([command, ...words], vscode.env.shell) + (typed ? " " : ""), !typed);
}

/**
 * Runs `lmc` beside the editor.
 * @param {vscode.Uri} uri
 * @param {string[]} words
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ code: number, out: string } | undefined>} Undefined if it cannot be run or was stopped.
 */
function aside(uri, words, signal) {
  const command = lmcFor(uri);
  if (!command) {
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const options = { cwd: placeOf(uri).cwd, signal, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, words, options, (error, out) => {
      const code = error ? error.code : 0;
      resolve(typeof code === "number" ? { code, out } : undefined);
    });
  });
}

module.exports = { aside, currentProgram, inTerminal, lmcFor, placeOf, sayMissing };
