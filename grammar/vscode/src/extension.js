// @ts-check
"use strict";
// What VS Code calls.

const vscode = require("vscode");
const { Server } = require("./client");
const { currentProgram } = require("./lmc");
const { Preview, SCHEME, openBuilt, show } = require("./preview");
const { build, run, test } = require("./run");
const { Status } = require("./status");

/** @type {Server | undefined} */
let server;

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  const output = vscode.window.createOutputChannel("lmc", { log: true });
  const own = (server = new Server(output));
  const preview = new Preview(own);
  const status = new Status();

  /**
   * A command on a program: that of the URI that it is given, else that in the editor. The program is saved before.
   * @param {string} id
   * @param {(uri: vscode.Uri, name?: string) => Promise<void>} action
   */
  const onProgram = (id, action) =>
    vscode.commands.registerCommand(id, async (first, name) => {
      const uri = typeof first === "string" ? vscode.Uri.parse(first) : first || currentProgram()?.uri;
      if (!(uri instanceof vscode.Uri) || !vscode.workspace.isTrusted) {
        const why = uri ? "lmc runs in trusted workspaces only." : "Open a program (`.lmp`) first.";
        await vscode.window.showWarningMessage(why);
        return;
      }
      const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
      if (document?.isDirty && uri.scheme === "file") {
        await document.save();
      }
      await action(uri, typeof name === "string" ? name : undefined);
    });

  const locks = vscode.workspace.createFileSystemWatcher("**/*.lock.json");
  context.subscriptions.push(
    output,
    preview,
    status,
    locks,
    onProgram("lmc.build", build),
    onProgram("lmc.run", run),
    onProgram("lmc.test", test),
    onProgram("lmc.openPrompt", (uri, name) => openBuilt(preview, uri, name)),
    onProgram("lmc.preview", (uri, name) => show(preview, uri, name)),
    vscode.commands.registerCommand("lmc.restart", () => own.restart()),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, preview),
    own.onDidChange(() => preview.refresh()),
    locks.onDidChange(() => (preview.refresh(), status.check())),
    locks.onDidCreate(() => (preview.refresh(), status.check())),
    locks.onDidDelete(() => (preview.refresh(), status.check())),
    vscode.workspace.onDidChangeTextDocument((event) => event.document.languageId === "lmp" && preview.refresh()),
    vscode.workspace.onDidCloseTextDocument((document) => preview.forget(document.uri)),
    vscode.workspace.onDidSaveTextDocument((document) => document.languageId === "lmp" && status.check()),
    vscode.window.onDidChangeActiveTextEditor(() => status.check()),
    vscode.languages.onDidChangeDiagnostics(() => status.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void own.start().then(() => status.check())),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("lmc.path")) {
        void own.restart();
      }
      if (event.affectsConfiguration("lmc")) {
        void status.check();
      }
    }),
  );
  await own.start();
  void status.check();
}

async function deactivate() {
  await server?.stop();
}

module.exports = { activate, deactivate };
