import { nearestName, quoted } from "../../core/index.ts";
import type { RuleViolation } from "../text/rule-violation.ts";

// IANA names that ICU lists under an older name (Node 24 has Asia/Calcutta), so `supportedValuesOf` lacks them. Others take the slow path.
const RENAMED = [
  "Africa/Asmara",
  "America/Argentina/Buenos_Aires",
  "America/Argentina/Catamarca",
  "America/Argentina/Cordoba",
  "America/Argentina/Jujuy",
  "America/Argentina/Mendoza",
  "America/Atikokan",
  "America/Indiana/Indianapolis",
  "America/Kentucky/Louisville",
  "America/Nuuk",
  "America/Pangnirtung",
  "America/Rainy_River",
  "America/Thunder_Bay",
  "America/Yellowknife",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Yangon",
  "Atlantic/Faroe",
  "Etc/UTC",
  "Europe/Kyiv",
  "Pacific/Chuuk",
  "Pacific/Kanton",
  "Pacific/Pohnpei",
  "UTC",
];

// A cache: a fleet has hundreds of time zones and thousands of sites.
const verdicts = new Map<string, RuleViolation | null>();
let zones: ReadonlyMap<string, string> | undefined;

/** IANA time zones with exact case: on the boxes zone names are file names, and case matters. */
export function timeZoneRule(text: string): RuleViolation | undefined {
  let verdict = verdicts.get(text);
  if (verdict === undefined) {
    verdict = judge(text) ?? null;
    verdicts.set(text, verdict);
  }
  return verdict ?? undefined;
}

// First the exact name, then wrong case, then older names, then typing errors.
function judge(text: string): RuleViolation | undefined {
  zones ??= new Map([...Intl.supportedValuesOf("timeZone"), ...RENAMED].map((name) => [name.toLowerCase(), name]));
  const known = zones.get(text.toLowerCase());
  if (known === text) return undefined;
  const code = "bad-time-zone";
  if (known) return { code, message: `time zone ${quoted(text)} must be written ${known}`, next: `write "${known}"` };
  if (isOlderName(text)) return undefined;
  if (/^([A-Z]{2,4}|[+-][0-9:]+|(UTC|GMT)[+-].*)$/.test(text)) {
    const because = "an abbreviation or offset has no rules for daylight saving time";
    return { code, message: `time zone ${quoted(text)} is not an IANA name`, because, next: 'write an IANA name, like "Europe/Berlin"' };
  }
  const near = nearestName(text.trim().replaceAll(" ", "_"), zones.values());
  return {
    code,
    message: `time zone ${quoted(text)} does not exist`,
    next: near ? `did you mean "${near}"?` : 'write an IANA name, like "Europe/Berlin"',
  };
}

// Links such as US/Pacific. Creating a formatter takes a third of a millisecond, so this check is the last.
function isOlderName(text: string): boolean {
  if (!/^[A-Z][A-Za-z0-9+_-]*(\/[A-Z][A-Za-z0-9+_-]*)*$/.test(text) || /\b[A-Z]{5,}\b/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
