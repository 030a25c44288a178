// Plays a scene with the bundled extension: `node play.js BUNDLE SCENE FOLDER`. Prints what was seen, as JSON.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const stage = require("./vscode.js");

const [bundle, scene, folder] = process.argv.slice(2);
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? stage.vscode : load(name, ...rest));
const extension = require(bundle);

const file = path.join(folder, "my program", "router.lmp");
const uri = () => stage.Uri.file(file).toString();
const context = { subscriptions: [], extensionPath: folder };
const { seen, state, commands } = stage;
// Whether what was built is fresh is asked where that is what the scene is about.
stage.settings["lmc.status"] = scene === "status";

/** Waits until something holds; gives it. */
async function until(condition, what) {
  for (let tries = 0; tries < 1200; tries++) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`in vain: ${what}; seen ${JSON.stringify(seen)}`);
}

/** Opens the program in the editor. */
function open() {
  state.folders = [{ uri: stage.Uri.file(folder), name: "folder", index: 0 }];
  state.editor = new stage.Document(file);
  state.documents = [state.editor];
}

/** Types a text in the place of another. */
function type(from, to) {
  const document = state.editor;
  const offset = document.text.indexOf(from);
  const start = document.positionAt(offset);
  const end = document.positionAt(offset + from.length);
  document.text = document.text.replace(from, to);
  document.version += 1;
  document.isDirty = true;
  const range = new stage.vscode.Range(start, end);
  const change = { range, rangeOffset: offset, rangeLength: from.length, text: to };
  stage.fire("onDidChangeTextDocument", { document, contentChanges: [change], reason: undefined });
}

const preview = () => stage.providers.get("lmc-prompt");

const scenes = {
  async terminal() {
    open();
    await extension.activate(context);
    const registered = [...commands.keys()];
    await commands.get("lmc.build")(uri(), "Router");
    await commands.get("lmc.test")(uri(), "it's a test");
    stage.answers.push("it's \"so\" $HOME `x`");
    await commands.get("lmc.run")(uri(), "Router.r");
    state.editor.text = state.editor.text.replace("module Router", "module Other() -> int {\n  return 1\n}\n\nmodule Router");
    state.editor.isDirty = true;
    stage.answers.push("Other");
    await commands.get("lmc.run")(uri());
    state.editor.text += "\nmodule {";
    state.editor.isDirty = true;
    await commands.get("lmc.run")();
    return { registered, seen };
  },
  async prompts() {
    open();
    await extension.activate(context);
    await commands.get("lmc.openPrompt")(uri(), "Router.r");
    await commands.get("lmc.openPrompt")(uri());
    await commands.get("lmc.openPrompt")(uri(), "Router.gone");
    const opened = [...seen];
    await commands.get("lmc.preview")(uri(), "Router.r");
    const shown = stage.Uri.parse(seen[seen.length - 1][2]);
    const before = await until(() => preview().provideTextDocumentContent(shown), "a prompt");
    let changed = 0;
    preview().onDidChange(() => (changed += 1));
    type("Classify the intent", "Name the intent");
    await until(() => changed, "a change");
    const after = await until(async () => {
      const text = await preview().provideTextDocumentContent(shown);
      return text.includes("Name the intent") && text;
    }, "the prompt after the change");
    await commands.get("lmc.restart")();
    return { opened, shown: shown.path, before, after, again: await preview().provideTextDocumentContent(shown) };
  },
  async status() {
    open();
    await extension.activate(context);
    const texts = [await until(() => state.item.text?.includes("fresh") && state.item.text, "fresh")];
    type("Classify the intent", "Name the intent");
    await state.editor.save();
    texts.push(await until(() => state.item.text?.includes("stale") && state.item.text, "stale"));
    type("predict Route(text)", "predict Rout(text)");
    texts.push(await until(() => state.item.text?.includes("error") && state.item.text, "a mistake"));
    const [found] = stage.diagnostics.get(uri());
    const shown = () => [state.item.shown, state.keys["lmc.program"]];
    const [editor, ...seen] = [state.editor];
    for (const [active, documents] of [[undefined, [editor]], [{ ...editor, languageId: "python" }, [editor]], [undefined, []]]) {
      Object.assign(state, { editor: active, documents });
      stage.fire("onDidChangeActiveTextEditor", active);
      seen.push(shown());
    }
    return { texts, shown: seen, message: found.message };
  },
  async untrusted() {
    open();
    state.trusted = false;
    await extension.activate(context);
    await commands.get("lmc.build")(uri());
    const before = [...seen];
    const asked = stage.Uri.from({ scheme: "lmc-prompt", path: "/a.md", query: JSON.stringify({ uri: uri() }) });
    const answers = [await preview().provideTextDocumentContent(asked)];
    state.trusted = true;
    stage.fire("onDidGrantWorkspaceTrust");
    return { before, answers: [...answers, await preview().provideTextDocumentContent(asked)] };
  },
  async missing() {
    open();
    stage.answers.push("Open Settings");
    await extension.activate(context);
    await until(() => seen.length === 2, "two things");
    stage.settings["lmc.path"] = path.join(folder, "elsewhere", "lmc");
    await commands.get("lmc.build")(uri());
    return seen;
  },
};

scenes[scene]()
  .then(async (found) => {
    await extension.deactivate();
    context.subscriptions.forEach((one) => one.dispose());
    console.log(JSON.stringify(found));
    process.exit(0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
