// Jest's transformer: Node's own type stripping keeps every line and column, so no source map is needed.
const { stripTypeScriptTypes } = require("node:module");
module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source, { mode: "strip" }) }) };
