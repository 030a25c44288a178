// @ts-check
"use strict";
// The status of the program in the editor: mistakes, as the server has found them, else whether what was built is fresh,
// which `lmc build --frozen --check` says without asking a model. It is asked when a program is opened, saved or built.

const vscode = require("vscode");
const { aside, currentProgram, placeOf } = require("./lmc");

const FRESH = 0;
const NOT_FRESH = 4;

class Status {
  constructor() {
    this.item = vscode.window.createStatusBarItem("lmc.status", vscode.StatusBarAlignment.Right, 100);
    this.item.name = "lmc";
    /** @type {Map<string, number>} The exit code of the last check of each file. */
    this.codes = new Map();
    /** @type {AbortController | undefined} */
    this.checking = undefined;
  }

  /** The program that somebody works on, if it is a file. */
  get document() {
    const document = currentProgram();
    return document?.uri.scheme === "file" ? document : undefined;
  }

  /** Shows what is known. */
  show() {
    const document = this.document;
    void vscode.commands.executeCommand("setContext", "lmc.program", document !== undefined);
    if (!document || !vscode.workspace.isTrusted || !vscode.workspace.getConfiguration("lmc").get("status", true)) {
      this.item.hide();
      return;
    }
    const found = vscode.languages.getDiagnostics(document.uri);
    const errors = found.filter((one) => one.severity === vscode.DiagnosticSeverity.Error).length;
    const code = this.codes.get(document.uri.toString());
    if (errors) {
      this.say(`$(error) lmc: ${errors}`, errors === 1 ? "1 mistake" : `${errors} mistakes`, "workbench.actions.view.problems");
    } else if (code === FRESH) {
      this.say("$(check) lmc: fresh", "What was built is fresh", "lmc.build");
    } else if (code === NOT_FRESH) {
      this.say("$(history) lmc: stale", "What was built is not fresh: build again", "lmc.build");
    } else {
      this.say("lmc", "Build", "lmc.build");
    }
  }

  /**
   * @param {string} text
   * @param {string} tooltip
   * @param {string} command
   */
  say(text, tooltip, command) {
    Object.assign(this.item, { text, tooltip, command });
    this.item.show();
  }

  /** Asks whether the program in the editor is fresh. A later question takes the place of an earlier one. */
  async check() {
    this.show();
    const document = this.document;
    this.checking?.abort();
    if (!document || !vscode.workspace.isTrusted || !vscode.workspace.getConfiguration("lmc").get("status", true)) {
      return;
    }
    const checking = (this.checking = new AbortController());
    const words = ["build", "--frozen", "--check", "--json", placeOf(document.uri).file];
    const done = await aside(document.uri, words, checking.signal);
    if (!checking.signal.aborted) {
      this.codes.set(document.uri.toString(), done ? done.code : -1);
      this.show();
    }
  }

  dispose() {
    this.checking?.abort();
    this.item.dispose();
  }
}

module.exports = { Status };
