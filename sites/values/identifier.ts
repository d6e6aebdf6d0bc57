import { codePointName, isDnsLabel, isSiteId, quoted, SITE_ID_LENGTH_MAX } from "../../core/index.ts";
import type { RuleViolation, TextRule } from "../text/rule-violation.ts";

/** A host name is `<site>-<node>`: 40 + 1 + 20 characters fit into a DNS label of 63. */
export const NODE_ID_LENGTH_MAX = 20;

// Windows cannot create files with these names, so a clone of the fleet repository would fail there.
const RESERVED = new Set(["con", "prn", "aux", "nul", ...[..."0123456789"].flatMap((digit) => [`com${digit}`, `lpt${digit}`])]);

// Letters of other scripts that look like ASCII letters, to suggest the intended id.
const LOOK_ALIKES = new Map(
  "аa еe оo рp сc хx уy іi ѕs јj ԁd һh ԛq ոn οo αa νv ιi ρp υu κk τt".split(" ").map((pair) => [pair[0], pair[1]] as [string, string]),
);

/** Ids become refs, folders and labels and can never change, so the rule is strict from the start. */
export const siteIdRule: TextRule = (text) => {
  if (isSiteId(text)) return RESERVED.has(text) ? reserved(text) : undefined;
  return identifierFault("site id", text, SITE_ID_LENGTH_MAX);
};

export const nodeIdRule: TextRule = (text) =>
  isDnsLabel(text) && text.length <= NODE_ID_LENGTH_MAX && !/^[0-9]+$/.test(text)
    ? undefined
    : identifierFault("node id", text, NODE_ID_LENGTH_MAX);

/** Only the fleet knows whether the profile exists. */
export const profileRule: TextRule = (text) => (isDnsLabel(text) ? undefined : identifierFault("profile", text, 63));

function reserved(text: string): RuleViolation {
  const next = `use "${text}-1" or the site's full name; reserved are ${[...RESERVED].slice(0, 4).join(", ")}, com0 to com9, lpt0 to lpt9`;
  return { code: "bad-site-id", message: `site id "${text}" is a reserved device name on Windows`, next };
}

function identifierFault(what: "site id" | "node id" | "profile", text: string, lengthMax: number): RuleViolation {
  const proposal = tryPropose(text, lengthMax);
  return {
    code: `bad-${what.replace(" ", "-") as "site-id" | "node-id" | "profile"}` as const,
    message: `${what} ${quoted(text)} ${reasonOf(text, lengthMax)}`,
    because: `a ${what} is a DNS label of at most ${lengthMax} characters: a-z, 0-9 and -, beginning and ending with a letter or digit, not digits only`,
    next: proposal ? `use "${proposal}"` : "choose a valid one; it can never change later",
  };
}

// The first fault, the most visible kind first.
function reasonOf(text: string, lengthMax: number): string {
  if (text === "") return "is empty";
  const foreign = [...text].findIndex((character) => !/[ -~]/.test(character));
  if (foreign >= 0) {
    const character = [...text][foreign] as string;
    const twin = LOOK_ALIKES.get(character);
    return `holds ${codePointName(character)} at character ${foreign + 1}${twin ? `, which only looks like "${twin}"` : ""}`;
  }
  if (text.length > lengthMax) return `has ${text.length} characters`;
  if (/^[0-9]+$/.test(text)) return "has digits only; JavaScript would sort such keys before all others";
  if (/[A-Z]/.test(text)) return "has capital letters";
  const odd = /[^a-z0-9-]/.exec(text);
  return odd ? `holds ${quoted(odd[0])}` : "begins or ends with -";
}

// The id that the author most likely meant; undefined when no valid id can be derived.
function tryPropose(text: string, lengthMax: number): string | undefined {
  const letters = [...text].map((character) => LOOK_ALIKES.get(character) ?? character).join("");
  const plain = letters
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .toLowerCase();
  const proposal = plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, lengthMax)
    .replace(/^-+|-+$/g, "");
  const named = /^[0-9]+$/.test(proposal) ? `s${proposal}`.slice(0, lengthMax) : proposal;
  return isDnsLabel(named) && !RESERVED.has(named) ? named : undefined;
}
