// Jest's transformer: Node's own type stripping keeps every line and column, so no source map is needed.
const { stripTypeScriptTypes } = require("node:module");
const { runnableSource } = require("../cli/stack/imported-source.ts");
module.exports = { process: (source) => ({ code: stripTypeScriptTypes(runnableSource(source), { mode: "strip" }) }) };
