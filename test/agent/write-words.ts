import { readFileSync, writeFileSync } from "node:fs";
import { withWords } from "./words.ts";

const page = new URL("../../docs/agent.md", import.meta.url);
writeFileSync(page, withWords(readFileSync(page, "utf8")));
