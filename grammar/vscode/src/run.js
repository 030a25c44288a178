// @ts-check
"use strict";
// Build, run and test, each in a terminal.

const vscode = require("vscode");
const { modulesOf } = require("./inputs");
const { aside, inTerminal, placeOf } = require("./lmc");

/**
 * @param {vscode.Uri} uri
 */
async function build(uri) {
  await inTerminal(uri, ["build", placeOf(uri).file]);
}

/**
 * @param {vscode.Uri} uri
 * @param {string} [name] Only the tests with this in their names.
 */
async function test(uri, name) {
  await inTerminal(uri, ["test", placeOf(uri).file, ...(name ? ["-k", name] : [])]);
}

/**
 * Runs a module on inputs that are asked for by name; where they cannot be known, the command is typed and left to be
 * completed.
 * @param {vscode.Uri} uri
 * @param {string} [name] A module, or a call in it.
 */
async function run(uri, name) {
  const { file } = placeOf(uri);
  const printed = await aside(uri, ["ir", "--raw", file]);
  const modules = printed && printed.code === 0 ? modulesOf(printed.out) : [];
  const wanted = name && name.split(".")[0];
  const found = wanted ? modules.find((one) => one.name === wanted) : await oneOf(modules);
  if (modules.length > 0 && !wanted && !found) {
    return;
  }
  const words = ["run", file, ...(found || wanted ? ["--module", (found ? found.name : wanted) || ""] : [])];
  if (!found) {
    await inTerminal(uri, [...words, "-i"], { typed: true });
    return;
  }
  for (const [index, input] of found.inputs.entries()) {
    const given = await vscode.window.showInputBox({
      title: `${found.name} (${index + 1}/${found.inputs.length})`,
      prompt: `${input.name}: ${input.type}`,
      ignoreFocusOut: true,
    });
    if (given === undefined) {
      return;
    }
    words.push("-i", `${input.name}=${given}`);
  }
  await inTerminal(uri, words);
}

/**
 * The module that is wanted: the only one, or the one that is picked.
 * @param {import("./inputs").Module[]} modules
 * @returns {Promise<import("./inputs").Module | undefined>}
 */
async function oneOf(modules) {
  if (modules.length < 2) {
    return modules[0];
  }
  const items = modules.map((one) => ({ label: one.name, description: one.inputs.map((input) => input.name).join(", ") }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: "The module to run" });
  return picked && modules.find((one) => one.name === picked.label);
}

module.exports = { build, run, test };
