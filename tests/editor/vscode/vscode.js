// What the extension and the language client use of VS Code's API, without a window. What users would see is written down
// in `seen`; what they would do is a call of `act`.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

class Disposable {
  constructor(action) {
    this.action = action || (() => {});
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
  dispose() {
    this.action();
    this.action = () => {};
  }
}

class EventEmitter {
  constructor() {
    this.listeners = new Set();
    this.event = (listener, self, disposables) => {
      const call = (value) => listener.call(self, value);
      this.listeners.add(call);
      const found = new Disposable(() => this.listeners.delete(call));
      disposables?.push(found);
      return found;
    };
  }
  fire(value) {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose() {
    this.listeners.clear();
  }
}

class Uri {
  constructor(scheme, authority, where, query, fragment) {
    Object.assign(this, { scheme, authority, path: where, query, fragment });
  }
  static from({ scheme, authority = "", path: where = "", query = "", fragment = "" }) {
    return new Uri(scheme, authority, where, query, fragment);
  }
  static file(where) {
    return new Uri("file", "", where, "", "");
  }
  static parse(text) {
    const [, scheme, authority = "", where, query = "", fragment = ""] =
      /^([^:]+):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text);
    return new Uri(scheme, authority, ...[where, query, fragment].map(decodeURIComponent));
  }
  get fsPath() {
    return this.path;
  }
  with(change) {
    return Uri.from({ ...this, ...change });
  }
  toString() {
    const part = (mark, text) => (text ? mark + encodeURIComponent(text) : "");
    const where = this.path.split("/").map(encodeURIComponent).join("/");
    const authority = this.authority || this.scheme === "file" ? `//${this.authority}` : "";
    return `${this.scheme}:${authority}${where}${part("?", this.query)}${part("#", this.fragment)}`;
  }
  toJSON() {
    return this.toString();
  }
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}

class Range {
  constructor(start, end, line, character) {
    this.start = start instanceof Position ? start : new Position(start, end);
    this.end = start instanceof Position ? end : new Position(line, character);
  }
}

class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class Kind {
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new Kind(`${this.value}.${part}`);
  }
}

class Document {
  constructor(file) {
    Object.assign(this, { uri: Uri.file(file), languageId: "lmp", version: 1, isDirty: false, isClosed: false, eol: 1 });
    this.fileName = file;
    this.text = fs.readFileSync(file, "utf8");
  }
  getText() {
    return this.text;
  }
  get lineCount() {
    return this.text.split("\n").length;
  }
  positionAt(offset) {
    const before = this.text.slice(0, offset).split("\n");
    return new Position(before.length - 1, before[before.length - 1].length);
  }
  async save() {
    fs.writeFileSync(this.uri.fsPath, this.text);
    this.isDirty = false;
    seen.push(["saved", path.basename(this.uri.fsPath)]);
    emitters.onDidSaveTextDocument?.fire(this);
    return true;
  }
}

const seen = [];
const answers = [];
const emitters = {};
const commands = new Map();
const providers = new Map();
const diagnostics = new Map();
const settings = {};
const state = { trusted: true, editor: undefined, keys: {}, folders: [], documents: [] };

const event = (name) => (emitters[name] ??= new EventEmitter()).event;
/** An object whose `onDid…` and `onWill…` are events, and whose `register…` give something to dispose of. */
const withEvents = (own) =>
  new Proxy(own, {
    get(target, name) {
      if (name in target) return target[name];
      if (/^on(Did|Will)/.test(String(name))) return event(name);
      if (/^register/.test(String(name))) return () => new Disposable();
      return undefined;
    },
  });

const ask = (what) => async (...given) => {
  seen.push([what, typeof given[0] === "string" ? given[0] : given[0]?.prompt ?? given[0]?.map?.((one) => one.label)]);
  const answer = answers.shift();
  return what === "pick" ? given[0].find((one) => one.label === answer) : answer;
};

const workspace = withEvents({
  get isTrusted() {
    return state.trusted;
  },
  get workspaceFolders() {
    return state.folders;
  },
  get textDocuments() {
    return state.documents;
  },
  notebookDocuments: [],
  getWorkspaceFolder: (uri) => state.folders.find((one) => uri.fsPath.startsWith(one.uri.fsPath + path.sep)),
  getConfiguration: (section) => ({
    get: (name, otherwise) => settings[section ? `${section}.${name}` : name] ?? otherwise,
    has: () => false,
    inspect: () => undefined,
  }),
  createFileSystemWatcher: () => ({
    onDidChange: event("watchedChange"),
    onDidCreate: event("watchedCreate"),
    onDidDelete: event("watchedDelete"),
    dispose() {},
  }),
  openTextDocument: async (uri) =>
    state.documents.find((one) => one.uri.toString() === uri.toString()) || new Document(uri.fsPath),
  registerTextDocumentContentProvider: (scheme, provider) => {
    providers.set(scheme, provider);
    return new Disposable(() => providers.delete(scheme));
  },
});

const log = { append() {}, appendLine() {}, show() {}, clear() {}, dispose() {}, replace() {}, name: "lmc", logLevel: 3 };
for (const level of ["trace", "debug", "info", "warn", "error"]) log[level] = () => {};
log.onDidChangeLogLevel = event("logLevel");

const window = withEvents({
  get activeTextEditor() {
    return state.editor && { document: state.editor };
  },
  get visibleTextEditors() {
    return state.documents.map((document) => ({ document }));
  },
  tabGroups: { all: [], onDidChangeTabs: event("onDidChangeTabs"), onDidChangeTabGroups: event("onDidChangeTabGroups") },
  terminals: [],
  createTerminal: (options) => {
    const terminal = {
      name: options.name,
      exitStatus: undefined,
      show() {},
      sendText: (text, run = true) => seen.push([run ? "run" : "typed", text, options.cwd]),
    };
    seen.push(["terminal", options.name, options.cwd]);
    window.terminals.push(terminal);
    return terminal;
  },
  createOutputChannel: () => log,
  createStatusBarItem: () => (state.item = { show: () => (state.item.shown = true), hide: () => (state.item.shown = false), dispose() {} }),
  showErrorMessage: ask("error"),
  showWarningMessage: ask("warning"),
  showInformationMessage: ask("information"),
  showInputBox: ask("input"),
  showQuickPick: ask("pick"),
  showTextDocument: async (uri) => seen.push(["opened", uri.fsPath]),
  withProgress: (_, task) => task({ report() {} }, { onCancellationRequested: event("cancel") }),
});

const languages = withEvents({
  match: (selector, document) =>
    [selector].flat().some((one) => one.language === document.languageId && (!one.scheme || one.scheme === document.uri.scheme)) ? 10 : 0,
  createDiagnosticCollection: () => ({
    set: (uri, found) => {
      diagnostics.set(uri.toString(), found || []);
      emitters.onDidChangeDiagnostics?.fire({ uris: [uri] });
    },
    delete: (uri) => diagnostics.delete(uri.toString()),
    clear: () => diagnostics.clear(),
    get: (uri) => diagnostics.get(uri.toString()),
    has: (uri) => diagnostics.has(uri.toString()),
    dispose() {},
  }),
  getDiagnostics: (uri) => diagnostics.get(uri.toString()) || [],
});

const api = {
  version: "1.99.0",
  Disposable,
  EventEmitter,
  Uri,
  Position,
  Range,
  Diagnostic,
  workspace,
  window,
  languages,
  commands: {
    registerCommand: (id, action) => {
      if (commands.has(id)) throw new Error(`command '${id}' already exists`);
      commands.set(id, action);
      return new Disposable(() => commands.delete(id));
    },
    executeCommand: async (id, ...given) => {
      if (commands.has(id)) return commands.get(id)(...given);
      if (id === "setContext") return void (state.keys[given[0]] = given[1]);
      seen.push(["command", id, ...given.map(String)]);
    },
  },
  env: { shell: "/bin/sh", appName: "none", language: "en", openExternal: async (uri) => seen.push(["browser", String(uri)]) },
  extensions: { getExtension: () => undefined, all: [], onDidChange: event("extensions") },
  StatusBarAlignment: { Left: 1, Right: 2 },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  DiagnosticTag: { Unnecessary: 1, Deprecated: 2 },
  TextDocumentSaveReason: { Manual: 1, AfterDelay: 2, FocusOut: 3 },
  ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
  CodeActionKind: Object.fromEntries(
    ["Empty", "QuickFix", "Refactor", "RefactorExtract", "RefactorInline", "RefactorRewrite", "Source", "SourceOrganizeImports"].map(
      (name) => [name, new Kind(name)],
    ),
  ),
};

// What is only made, extended or handed on by the client.
const OTHERS = `CallHierarchyIncomingCall CallHierarchyItem CallHierarchyOutgoingCall CancellationError CodeAction
  CodeActionTriggerKind CodeLens Color ColorInformation ColorPresentation CompletionItem CompletionItemKind CompletionItemTag
  CompletionList CompletionTriggerKind DiagnosticRelatedInformation DocumentHighlight DocumentHighlightKind DocumentLink
  DocumentSymbol FileType FoldingRange FoldingRangeKind Hover InlayHint InlayHintLabelPart InlineCompletionItem
  InlineCompletionList InlineCompletionTriggerKind InlineValueEvaluatableExpression InlineValueText
  InlineValueVariableLookup LinkedEditingRanges Location LogLevel MarkdownString NotebookCellKind ParameterInformation
  RelativePattern SelectionRange SemanticTokens SemanticTokensEdit SemanticTokensEdits SignatureHelp
  SignatureHelpTriggerKind SignatureInformation SnippetString SnippetTextEdit SymbolInformation SymbolKind SymbolTag
  TabInputCustom TabInputNotebook TabInputText TabInputTextDiff TextEdit TypeHierarchyItem WorkspaceEdit`;
for (const name of OTHERS.split(/\s+/)) {
  api[name] = class {
    constructor(...given) {
      this.given = given;
    }
  };
}
api.CancellationTokenSource = class {
  constructor() {
    this.emitter = new EventEmitter();
    this.token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  }
  cancel() {
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
  dispose() {}
};
const vscode = api;

module.exports = {
  vscode,
  seen,
  answers,
  commands,
  providers,
  diagnostics,
  settings,
  state,
  Document,
  Uri,
  fire: (name, value) => emitters[name]?.fire(value),
};
