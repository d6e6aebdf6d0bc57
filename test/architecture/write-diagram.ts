import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDiagram } from "./diagram.ts";
import { readSources } from "./source.ts";

const top = join(import.meta.dirname, "../..");
const path = join(top, "ARCHITECTURE.md");
writeFileSync(path, withDiagram(readFileSync(path, "utf8"), readSources(top)));
