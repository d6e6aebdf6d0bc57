import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultsPage } from "./faults/page.ts";

/** `npm run faults`: writes docs/faults.md and lists the promises without a test. */

const top = join(import.meta.dirname, "..");
const { page, unproved } = faultsPage(top);
writeFileSync(join(top, "docs/faults.md"), page);
for (const key of unproved) process.stdout.write(`no test has "${key}" in its name\n`);
process.exitCode = unproved.length === 0 ? 0 : 1;
