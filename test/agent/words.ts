import { reasons } from "../../core/index.ts";
import { TABLE } from "../../agent/machine/table.ts";

/** The page with its two tables as the code has them now. */
export function withWords(page: string): string {
  return filled(filled(page, "transitions", transitions()), "words", words());
}

function transitions(): string {
  const rows = TABLE.map(({ from, on, when, to }) => `| ${from} | ${on} | ${when === undefined ? "" : spaced(when.name)} | ${to} |`);
  return ["| from | on | if | to |", "|---|---|---|---|", ...rows].join("\n");
}

function words(): string {
  return ["| word | meaning |", "|---|---|", ...Object.entries(reasons).map(([word, meaning]) => `| \`${word}\` | ${meaning} |`)].join(
    "\n",
  );
}

/** `trustIsBroken` -> `trust is broken` */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function filled(page: string, name: string, table: string): string {
  const pattern = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  if (!pattern.test(page)) throw new Error(`docs/agent.md has no place for ${name}`);
  return page.replace(pattern, (_all, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
}
