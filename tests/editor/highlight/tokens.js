// Reads {grammars: {scope: file}, scope, injections, texts: [text]} from standard input; prints for each text its lines,
// for each line its tokens [text, scopes], as vscode-textmate cuts them.
const fs = require("fs");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

async function main() {
  const asked = JSON.parse(fs.readFileSync(0, "utf8"));
  await oniguruma.loadWASM({ data: fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")) });
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
      asked.grammars[scope] ? textmate.parseRawGrammar(fs.readFileSync(asked.grammars[scope], "utf8"), "a.json") : null,
    getInjections: (scope) => (asked.injections || {})[scope],
  });
  const grammar = await registry.loadGrammar(asked.scope);
  const found = asked.texts.map((text) => {
    let stack = textmate.INITIAL;
    return text.split("\n").map((line) => {
      const read = grammar.tokenizeLine(line, stack);
      stack = read.ruleStack;
      return read.tokens.map((token) => [line.slice(token.startIndex, token.endIndex), token.scopes.slice(1)]);
    });
  });
  console.log(JSON.stringify(found));
}

main();
