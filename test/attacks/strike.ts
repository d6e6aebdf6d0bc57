import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isReason, type Reason } from "../../core/index.ts";
import type { AgentConfig } from "../../wire/index.ts";
import { digestOf } from "../agent/fixtures/forge.ts";
import { OTHER_SECRET, OWN_SECRET, Scene } from "./scene.ts";
import type { Script } from "./server.ts";
import { triesAll } from "../tries-all.ts";
import { type Cost, watch } from "./watch.ts";

/**
 * How a poll may end: with a reason, with `taken` (the attack is harmless and the signed release goes in), with `config-refused` (exit
 * code 2, a person's slip in agent.json), with `no-news` (exit code 0, and the release did not go in), or with `some-word` where the documents promise a word and do not fix which.
 */
export type End = Reason | "taken" | "no-news" | "config-refused" | "some-word";

export interface Attack {
  readonly ends: readonly End[];
  /** Words that would send people the wrong way; they count where `some-word` is allowed. */
  readonly never?: readonly Reason[];
  readonly serve?: (scene: Scene) => Script;
  readonly config?: (scene: Scene) => Partial<AgentConfig>;
  readonly environment?: (scene: Scene) => Readonly<Record<string, string>>;
  /** What the attacker does at the box before the poll; what comes back undoes it, unless the box has to cope with it for good. */
  readonly prepare?: (scene: Scene) => void | (() => void) | Promise<() => void>;
  /** What must be true at the box afterwards, besides all that is true after each attack; returns what is not. */
  readonly look?: (scene: Scene) => readonly string[];
  /** The box cannot be as before, because the attack is on what it remembers. */
  readonly changesState?: true;
  /** A process that left the agent's group on purpose may go on. */
  readonly leavesProcess?: boolean;
  /** Longest time of the poll on the wall. */
  readonly seconds?: number;
}

export type Attacks = Readonly<Record<string, Attack>>;

/** What attackers say, so that it shows where their words come out again. */
export const SAID = "IGNORE-ALL-ALARMS";

const SECONDS_MAX = 25;
const STATUS_SECONDS_MAX = 10;
const CPU_SECONDS_MAX = 60;
const CHILDREN_BYTES_MAX = 300_000_000;
const AGENT_BYTES_MAX = 250_000_000;
/** Between two looks at /proc a process goes on; and the agent's budget counts anonymous memory, where this counts shared libraries too. */
const SLACK = 1.25;
const OUTPUT_CHARS_MAX = 20_000;
const DETAIL_CHARS_MAX = 600;
const REQUEST_BYTES_MAX = 2_000;
const CACHE_BYTES_MAX = 1_000_000;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;

let scene: Scene | undefined;

afterAll(async () => {
  await scene?.close();
});

/** One test an attack: what is wrong comes out as a list of sentences. `sample` is what `npm test` tries of them. */
export function tryAttacks(attacks: Attacks, sample: readonly string[] = []): void {
  const unknown = sample.filter((name) => attacks[name] === undefined);
  if (unknown.length > 0) throw new Error(`no such attack: ${unknown.join(", ")}`);
  for (const [name, attack] of Object.entries(attacks)) {
    (triesAll || sample.includes(name) ? test : test.skip)(name, () => tryAttack(attack), 400_000);
  }
}

/** Attacks that are nothing but waiting: all at once, each on a box of its own, and only where all are tried. */
export function tryTogether(attacks: Attacks): void {
  const found = new Map<string, Promise<readonly string[]>>();
  beforeAll(() => {
    if (triesAll) for (const [name, attack] of Object.entries(attacks)) found.set(name, tryAlone(attack));
  });
  (triesAll ? test : test.skip).each(Object.entries(attacks))("%s", async (name) => expect(await found.get(name)).toEqual([]), 400_000);
}

async function tryAlone(attack: Attack): Promise<readonly string[]> {
  const own = await Scene.open();
  try {
    return (await wrongs(own, attack)).wrong;
  } finally {
    await own.close();
  }
}

async function tryAttack(attack: Attack): Promise<void> {
  scene ??= await Scene.open();
  const used = scene;
  let isSpoiled = true;
  try {
    const tried = await wrongs(used, attack);
    isSpoiled = tried.isSpoiled;
    expect(tried.wrong).toEqual([]);
  } finally {
    // What one attack broke shall not be blamed on the next.
    if (isSpoiled) {
      scene = undefined;
      await used.close();
    }
  }
}

async function wrongs(stage: Scene, attack: Attack): Promise<{ readonly wrong: readonly string[]; readonly isSpoiled: boolean }> {
  stage.deliver();
  const before = await stage.durable();
  const blow = await strike(stage, attack);
  const wrong = [
    ...endWrongs(attack, blow),
    ...costWrongs(attack, blow.cost),
    ...speechWrongs(blow),
    ...visitWrongs(stage),
    ...(await statusWrongs(stage, blow)),
    ...(attack.look?.(stage) ?? []),
  ];
  const changed = blow.word === "taken" || attack.changesState ? [] : changes(before, await stage.durable());
  blow.undo();
  const uncured = attack.changesState ? [] : await cureWrongs(stage);
  const isSpoiled = attack.changesState === true || changed.length + uncured.length + readdirSync(stage.marks).length > 0;
  return { wrong: [...wrong, ...changed, ...uncured], isSpoiled };
}

interface Blow {
  readonly word: string;
  readonly detail: string;
  readonly cost: Cost;
  readonly output: string;
  readonly errors: string;
  readonly undo: () => void;
}

async function strike(stage: Scene, attack: Attack): Promise<Blow> {
  stage.server.upstream = stage.forged;
  const script = attack.serve?.(stage);
  stage.elsewhere.visits.length = 0;
  const undo = await attack.prepare?.(stage);
  const config = attack.config?.(stage) ?? {};
  stage.box.configure(config);
  stage.server.script = script;
  const agent = stage.agents.start(stage.box, "once", stage.environment(attack.environment?.(stage)));
  const cost = await watch(agent, attack.seconds ?? SECONDS_MAX);
  stage.server.script = undefined;
  const { output, errors } = agent;
  const end = endOf(cost, output, errors);
  // Exit code 0 without the release is an idle poll: the attacker keeps the news away.
  const word = end.word === "taken" && !isNewest(stage) ? "no-news" : end.word;
  return { ...end, word, cost, output, errors, undo: () => undo?.() };
}

function endOf({ code }: Cost, output: string, errors: string): { readonly word: string; readonly detail: string } {
  const [, word, message = errors] = /^skerry agent: ([a-z]+(?:-[a-z]+)+): (.*)/s.exec(errors) ?? [];
  if (code === 2) return { word: "config-refused", detail: errors };
  if (word !== undefined) return { word, detail: message };
  const lines = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Record<string, string>] : []));
  const last = lines.findLast((line) => line["reason"] !== undefined && line["level"] !== "info");
  if (code === 0) return { word: "taken", detail: "" };
  if (last === undefined) return { word: "(none)", detail: errors };
  return { word: last["reason"] as string, detail: last["detail"] ?? "" };
}

function endWrongs({ ends, never = [] }: Attack, { word, detail, cost, errors }: Blow): string[] {
  const isAllowed = ends.includes(word as End) || (ends.includes("some-word") && isReason(word) && !never.includes(word as Reason));
  const wrong = isAllowed ? [] : [`ends as ${word} (${detail.slice(0, 300)}), not as ${ends.join(" or ")}`];
  const codes = word === "taken" || word === "no-news" ? [0] : word === "config-refused" ? [2] : [1, 3];
  if (!codes.includes(cost.code as number)) wrong.push(`exit ${cost.code ?? "never"} with ${word}`);
  if (!["taken", "no-news", "config-refused"].includes(word) && !isReason(word)) wrong.push(`${word} is in no list of words`);
  if (!/^(skerry agent: [^\n]*\n)?$/.test(errors)) wrong.push(`on stderr: ${errors.slice(0, 300)}`);
  return wrong;
}

function costWrongs({ seconds: secondsMax = SECONDS_MAX, leavesProcess = false }: Attack, cost: Cost): string[] {
  const wrong: string[] = [];
  const over = (what: string, has: number, most: number): unknown =>
    has > most * SLACK && wrong.push(`${what}: ${Math.round(has)} of ${most}`);
  if (cost.code === undefined) wrong.push(`still at work after ${secondsMax} s`);
  over("processor seconds", cost.cpuSeconds, CPU_SECONDS_MAX);
  over("bytes of git's processes", cost.childrenBytes, CHILDREN_BYTES_MAX);
  over("bytes of the agent", cost.agentBytes, AGENT_BYTES_MAX);
  if (cost.leftBehind.length > 0 && !leavesProcess) wrong.push(`left behind: ${cost.leftBehind.join(", ")}`);
  return wrong;
}

/** The log is for people and their terminals: nothing unseen, nothing endless, no secret, and a server's words only as a quotation. */
function speechWrongs({ output, errors }: Blow): string[] {
  const wrong: string[] = [];
  if (output.length + errors.length > OUTPUT_CHARS_MAX) wrong.push(`${output.length + errors.length} characters of output`);
  for (const secret of [OWN_SECRET, OTHER_SECRET]) if (`${output}${errors}`.includes(secret)) wrong.push(`the output holds ${secret}`);
  const lines = output.split("\n").filter((line) => line !== "");
  const details = lines.map((line) =>
    line.startsWith("{") ? ((JSON.parse(line) as { detail?: string }).detail ?? "") : `no JSON: ${line}`,
  );
  for (const detail of [...details, errors.trimEnd()]) {
    if (UNSEEN.test(detail)) wrong.push(`unseen characters in: ${JSON.stringify(detail.slice(0, 300))}`);
    if (detail.length > DETAIL_CHARS_MAX) wrong.push(`${detail.length} characters in one detail: ${detail.slice(0, 100)}`);
    const quotes = detail.slice(0, detail.indexOf(SAID)).match(/["“”]/g)?.length ?? 0;
    if (detail.includes(SAID) && quotes % 2 === 0) wrong.push(`the server's words as the agent's own: ${detail.slice(0, 300)}`);
  }
  return wrong;
}

function visitWrongs({ elsewhere, marks, server }: Scene): string[] {
  const own = server.requests.flatMap(({ authorization }) => authorization ?? []).map((text) => Buffer.from(text.slice(6), "base64"));
  server.requests.length = 0;
  return [
    ...elsewhere.visits.map((visit) => `a connection elsewhere: ${visit}`),
    ...own.filter((text) => text.includes(OTHER_SECRET)).map(() => "credentials of another host for the repository's server"),
    ...readdirSync(marks).map((name) => `a command ran: ${readFileSync(join(marks, name), "utf8").slice(0, 200)}`),
  ];
}

/** `status` says the last poll's word also when no agent runs. */
async function statusWrongs(stage: Scene, { word }: Blow): Promise<string[]> {
  // What agent.json says wrong, status says too, instead of a status.
  if (word === "config-refused") return [];
  const json = await asked(stage, ["-o", "json"]);
  const text = triesAll ? await asked(stage, []) : json;
  const wrong = [json, text]
    .filter(({ code }) => code !== 0)
    .map(({ code, errors }) => `status ends with ${code ?? "nothing"}: ${errors.slice(0, 300)}`);
  if (wrong.length > 0) return wrong;
  const { reason } = JSON.parse(json.output) as { reason: string };
  if (reason !== word && word !== "taken" && isReason(word)) wrong.push(`status says ${reason}, the poll said ${word}`);
  const unseen = (triesAll ? text.output : "").split("\n").filter((line) => UNSEEN.test(line));
  return [...wrong, ...unseen.map((line) => `unseen characters in status: ${JSON.stringify(line)}`)];
}

async function asked(
  stage: Scene,
  options: readonly string[],
): Promise<Pick<Cost, "code"> & { readonly output: string; readonly errors: string }> {
  const agent = stage.agents.start(stage.box, "status", stage.environment(), options);
  const { code } = await watch(agent, STATUS_SECONDS_MAX);
  return { code, output: agent.output, errors: agent.errors };
}

function changes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]);
  return paths.map((path) => `changed: ${path} from ${before[path]?.slice(0, 500)} to ${after[path]?.slice(0, 500)}`);
}

function isNewest(stage: Scene): boolean {
  const target = stage.box.target();
  return target !== undefined && digestOf(new Map(Object.entries(target))) === digestOf(stage.files());
}

/** The attack is over: an honest server brings the box to the newest release within two polls, for requests of the usual size. */
async function cureWrongs(stage: Scene): Promise<string[]> {
  stage.server.upstream = stage.honest;
  stage.server.requests.length = 0;
  stage.box.configure({});
  const codes: (number | string)[] = [];
  let said = "";
  while (codes.length < 2 && codes.at(-1) !== 0) {
    const agent = stage.agents.start(stage.box, "once", stage.environment());
    codes.push((await watch(agent, SECONDS_MAX)).code ?? "hangs");
    said = `${agent.output}${agent.errors}`;
  }
  const wrong: string[] = [];
  if (codes.at(-1) !== 0 || !isNewest(stage)) wrong.push(`no cure by an honest server: exit ${codes.join(", ")}: ${said}`);
  const large = stage.server.requests.filter(({ bytes }) => bytes > REQUEST_BYTES_MAX);
  wrong.push(...large.map(({ line, bytes }) => `afterwards ${line} sends ${bytes} bytes`));
  if (stage.cacheBytes() > CACHE_BYTES_MAX) wrong.push(`the cache keeps ${stage.cacheBytes()} bytes`);
  stage.server.requests.length = 0;
  return wrong;
}
