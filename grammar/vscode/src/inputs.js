// @ts-check
"use strict";
// The modules of a program and their inputs, read from what `lmc ir` prints.

/**
 * @typedef {{ name: string, type: string }} Input
 * @typedef {{ name: string, inputs: Input[] }} Module
 */

const STRING = /"""(?:\\[\s\S]|(?!""")[\s\S])*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g;

/**
 * The modules of a program in core, those that are tuned first.
 * @param {string} core
 * @returns {Module[]}
 */
function modulesOf(core) {
  // Texts may hold anything: their letters are put out of the way, and taken back at their places.
  const bare = core.replace(STRING, (text) => "\"" + " ".repeat(Math.max(text.length - 2, 0)) + "\"".repeat(Math.min(text.length - 1, 1)));
  const found = [];
  for (const match of bare.matchAll(/^module\s+(\w+)\s*\(/gm)) {
    const start = match.index + match[0].length;
    found.push({ name: match[1], inputs: fieldsOf(bare.slice(start, closing(bare, start))) });
  }
  const tuned = new Set([...bare.matchAll(/^optimize\s+(?:\w+\.)*(\w+)/gm)].map((match) => match[1]));
  return [...found.filter((one) => tuned.has(one.name)), ...found.filter((one) => !tuned.has(one.name))];
}

/**
 * Where the bracket that is open at a place is closed.
 * @param {string} text
 * @param {number} start
 * @returns {number}
 */
function closing(text, start) {
  let depth = 1;
  for (let place = start; place < text.length; place++) {
    depth += "([{".includes(text[place]) ? 1 : ")]}".includes(text[place]) ? -1 : 0;
    if (depth === 0) {
      return place;
    }
  }
  return text.length;
}

/**
 * The fields of a list of parameters.
 * @param {string} text
 * @returns {Input[]}
 */
function fieldsOf(text) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let place = 0; place <= text.length; place++) {
    const letter = text[place] ?? ",";
    depth += "([{".includes(letter) ? 1 : ")]}".includes(letter) ? -1 : 0;
    if (letter === "," && depth === 0) {
      parts.push(text.slice(start, place));
      start = place + 1;
    }
  }
  return parts.flatMap((part) => {
    const match = /^\s*(\w+)\s*:\s*([\s\S]*?)(?:\s+as\s+"\s*"|\s*"\s*")*\s*$/.exec(part);
    return match ? [{ name: match[1], type: match[2].replace(/\s+/g, " ") }] : [];
  });
}

module.exports = { modulesOf };
