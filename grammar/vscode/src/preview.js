// @ts-check
"use strict";
// Prompts beside the editor: a document that the server renders, and renders again as the program changes.

const fs = require("node:fs/promises");
const path = require("node:path");
const vscode = require("vscode");

const SCHEME = "lmc-prompt";
const PAUSE = 250;

/** @implements {vscode.TextDocumentContentProvider} */
class Preview {
  /** @param {import("./client").Server} server */
  constructor(server) {
    this.server = server;
    this.changed = new vscode.EventEmitter();
    this.onDidChange = this.changed.event;
    /** @type {Map<string, vscode.Uri>} The previews that were asked for. */
    this.shown = new Map();
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  /**
   * The prompts of a file, or of one call of it.
   * @param {vscode.Uri} uri
   * @param {string} [call]
   * @returns {vscode.Uri}
   */
  uriOf(uri, call) {
    const name = call || path.basename(uri.path, ".lmp");
    return vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md`, query: JSON.stringify({ uri: uri.toString(), call }) });
  }

  /**
   * @param {vscode.Uri} shown
   * @returns {Promise<string>}
   */
  async provideTextDocumentContent(shown) {
    this.shown.set(shown.toString(), shown);
    const asked = JSON.parse(shown.query);
    try {
      const answer = await this.server.ask("lmc/renderedPrompt", asked);
      return answer ? answer.markdown : "*The language server does not run: see the output `lmc`.*\n";
    } catch (error) {
      return `*${error instanceof Error ? error.message : error}*\n`;
    }
  }

  /** Renders all previews again, once nothing has changed for a moment. */
  refresh() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.shown.forEach((uri) => this.changed.fire(uri)), PAUSE);
  }

  /** @param {vscode.Uri} closed */
  forget(closed) {
    this.shown.delete(closed.toString());
  }

  dispose() {
    clearTimeout(this.timer);
    this.changed.dispose();
  }
}

/**
 * Shows the prompts of a file, or of one call, beside the editor.
 * @param {Preview} preview
 * @param {vscode.Uri} uri
 * @param {string} [call]
 */
async function show(preview, uri, call) {
  await vscode.commands.executeCommand("markdown.showPreviewToSide", preview.uriOf(uri, call));
}

/**
 * Opens the prompt that was built for a call: the page below the folder that `emit` names. Where nothing was built, the
 * prompt as it would be.
 * @param {Preview} preview
 * @param {vscode.Uri} uri
 * @param {string} [call]
 */
async function openBuilt(preview, uri, call) {
  const { text } = await sourceOf(uri);
  const pages = (await Promise.all(foldersOf(text).map((folder) => pagesIn(path.join(path.dirname(uri.fsPath), folder))))).flat();
  const named = call ? pages.filter((page) => path.basename(page, ".md") === call) : pages;
  const page = call || named.length < 2 ? named[0] : await picked(named);
  if (page) {
    await vscode.window.showTextDocument(vscode.Uri.file(page), { preview: true });
  } else if (call || pages.length === 0) {
    await show(preview, uri, call);
  }
}

/**
 * @param {vscode.Uri} uri
 * @returns {Promise<{ text: string }>}
 */
async function sourceOf(uri) {
  return { text: (await vscode.workspace.openTextDocument(uri)).getText() };
}

/**
 * The folders of the prompts that a program emits.
 * @param {string} text
 * @returns {string[]}
 */
function foldersOf(text) {
  const found = [...text.matchAll(/^\s*emit\s+[^"#]*\bprompts\b[^"#]*\bto\s+"((?:[^"\\\n]|\\.)*)"/gm)];
  return [...new Set(found.map((match) => path.join(match[1], "prompts")))];
}

/**
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
async function pagesIn(folder) {
  const names = await fs.readdir(folder).catch(() => /** @type {string[]} */ ([]));
  return names.filter((name) => name.endsWith(".md")).sort().map((name) => path.join(folder, name));
}

/**
 * @param {string[]} pages
 * @returns {Promise<string | undefined>}
 */
async function picked(pages) {
  const items = pages.map((page) => ({ label: path.basename(page, ".md"), page }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "The prompt to open" }))?.page;
}

module.exports = { Preview, SCHEME, foldersOf, openBuilt, show };
