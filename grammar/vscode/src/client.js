// @ts-check
"use strict";
// The language client: starts `lmc lsp` where the workspace is trusted, and starts it again.

const vscode = require("vscode");
const { LanguageClient, State } = require("vscode-languageclient/node");
const { currentProgram, lmcFor, sayMissing } = require("./lmc");

class Server {
  /** @param {vscode.LogOutputChannel} output */
  constructor(output) {
    this.output = output;
    /** @type {LanguageClient | undefined} */
    this.client = undefined;
    this.said = false;
    this.changed = new vscode.EventEmitter();
    /** Fires when the server begins or ceases to answer. */
    this.onDidChange = this.changed.event;
    /** @type {Promise<void>} */
    this.turn = Promise.resolve();
  }

  get running() {
    return this.client !== undefined && this.client.state === State.Running;
  }

  /** Starts the server, after what is under way. Never fails: what is wrong is said. */
  start() {
    return this.next(() => this.begin());
  }

  stop() {
    return this.next(() => this.end());
  }

  /** Starts the server anew, with the settings as they are now. */
  restart() {
    this.said = false;
    return this.next(async () => {
      await this.end();
      await this.begin();
    });
  }

  /**
   * A request, or undefined where nobody answers it.
   * @param {string} method
   * @param {unknown} parameters
   * @returns {Promise<any>}
   */
  async ask(method, parameters) {
    await this.turn;
    return this.client && this.running ? this.client.sendRequest(method, parameters) : undefined;
  }

  /**
   * @param {() => Promise<void>} action
   * @returns {Promise<void>}
   */
  next(action) {
    this.turn = this.turn.then(action, action);
    return this.turn;
  }

  async begin() {
    if (this.client || !vscode.workspace.isTrusted) {
      return;
    }
    const command = lmcFor(currentProgram()?.uri);
    if (!command) {
      if (!this.said) {
        this.said = true;
        void sayMissing();
      }
      return;
    }
    const folder = vscode.workspace.workspaceFolders?.[0];
    const options = folder?.uri.scheme === "file" ? { cwd: folder.uri.fsPath } : undefined;
    const client = new LanguageClient(
      "lmc",
      "lmc",
      { command, args: ["lsp"], options },
      { documentSelector: [{ language: "lmp", scheme: "file" }, { language: "lmp", scheme: "untitled" }], outputChannel: this.output },
    );
    client.onDidChangeState(() => this.changed.fire(undefined));
    this.client = client;
    try {
      await client.start();
      this.output.info(`${command} lsp`);
    } catch (error) {
      this.client = undefined;
      void vscode.window.showErrorMessage(`\`${command} lsp\` did not start: ${error instanceof Error ? error.message : error}`);
    }
  }

  async end() {
    const client = this.client;
    this.client = undefined;
    if (client) {
      await client.dispose();
    }
  }
}

module.exports = { Server };
