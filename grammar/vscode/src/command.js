// @ts-check
"use strict";
// Which `lmc` is run, and the command lines that go to a terminal. Nothing here needs VS Code.

const fs = require("node:fs");
const path = require("node:path");

const WINDOWS = process.platform === "win32";
const NAME = WINDOWS ? "lmc.exe" : "lmc";

/**
 * The `lmc` to run: the one that the setting names, that of the `.venv` nearest to the file within its workspace folder,
 * or the first on the PATH. Undefined: there is none.
 * @param {{ setting: string, file?: string, folder?: string, search?: string }} where
 * @returns {string | undefined}
 */
function findLmc({ setting, file, folder, search = process.env.PATH || "" }) {
  if (setting) {
    const named = folder && !path.isAbsolute(setting) && /[\\/]/.test(setting) ? path.join(folder, setting) : setting;
    return path.isAbsolute(named) ? runnable(named) : onPath(named, search);
  }
  for (const place of foldersUpTo(file ? path.dirname(file) : folder, folder)) {
    const found = runnable(path.join(place, ".venv", WINDOWS ? "Scripts" : "bin", NAME));
    if (found) {
      return found;
    }
  }
  return onPath(NAME, search);
}

/**
 * A folder and those above it, up to another; none where it is not below that.
 * @param {string | undefined} from
 * @param {string | undefined} to
 * @returns {string[]}
 */
function foldersUpTo(from, to) {
  if (!from || !to) {
    return [];
  }
  const found = [];
  for (let place = from; ; place = path.dirname(place)) {
    found.push(place);
    if (place === to) {
      return found;
    }
    if (path.dirname(place) === place) {
      return [to];
    }
  }
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
function runnable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {string} search
 * @returns {string | undefined}
 */
function onPath(name, search) {
  const folders = search.split(path.delimiter).filter(Boolean);
  return folders.map((folder) => runnable(path.join(folder, name))).find(Boolean);
}

/**
 * A word as a shell reads it back.
 * @param {string} word
 * @param {string} shell The path of the shell.
 * @returns {string}
 */
function quote(word, shell) {
  const kind = kindOf(shell);
  if (/^[A-Za-z0-9_\-+=:,./]+$/.test(word) || (kind !== "posix" && /^[A-Za-z0-9_\-+=:./\\]+$/.test(word))) {
    return word;
  }
  if (kind === "powershell") {
    return `'${word.replace(/'/g, "''")}'`;
  }
  if (kind === "cmd") {
    // `^` frees what cmd itself reads; the program reads `\"` as a quote.
    const escaped = word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1");
    return `"${escaped}"`.replace(/[()%!^"<>&|]/g, "^$&");
  }
  if (kind === "fish") {
    return `'${word.replace(/[\\']/g, "\\$&")}'`;
  }
  return `'${word.replace(/'/g, "'\\''")}'`;
}

/**
 * @param {string} shell
 * @returns {"posix" | "fish" | "powershell" | "cmd"}
 */
function kindOf(shell) {
  const name = path.win32.basename(shell || "").toLowerCase().replace(/\.exe$/, "");
  if (name === "pwsh" || name === "powershell") {
    return "powershell";
  }
  if (name === "cmd") {
    return "cmd";
  }
  return name === "fish" ? "fish" : "posix";
}

/**
 * A command line.
 * @param {string[]} words
 * @param {string} shell
 * @returns {string}
 */
function commandLine(words, shell) {
  const [first, ...rest] = words.map((word) => quote(word, shell));
  // PowerShell takes a quoted word for a text unless it is told to call it.
  const called = kindOf(shell) === "powershell" && first.startsWith("'") ? `& ${first}` : first;
  return [called, ...rest].join(" ");
}

module.exports = { commandLine, findLmc, quote };
