import { objectId, type PathAndBytes } from "../../git/index.ts";
import { type Journal, type JournalSlot, type OwnedObject, readPlan, readReleaseTag } from "../../wire/index.ts";
import type { SlotName, Slots } from "./slots.ts";
import type { TrustStore } from "./trust-store.ts";
import { signedTimeOf } from "../verify/release.ts";
import type { LogLine } from "../log-line.ts";

/** What a journal is made of when there is none. */
interface Remains {
  readonly boot: string;
  readonly trust: Pick<TrustStore, "current" | "sha256">;
  readonly slots: Slots;
  readonly log: (line: LogLine) => void;
}

/** The journal of a box that never ran anything. */
export function firstJournal({ boot, trust }: Pick<Remains, "boot" | "trust">): Journal {
  return {
    format: "skerry.journal/1",
    record: 0,
    state: "PROVISIONING",
    current: null,
    candidate: null,
    previous: null,
    starts: 0,
    boot,
    failed: [],
    refused: null,
    owned: [],
    baseline: {},
    retryAt: null,
    paused: null,
    seen: null,
    trust: { version: trust.current.version, sha256: trust.sha256 },
    signedTime: 0,
    unsureSeconds: 0,
    counter: 0,
  };
}

/** Reports that a lost journal had counted, and that were never written. */
const COUNTER_GAP = 1_000;

interface WholeSlot {
  readonly placed: JournalSlot;
  readonly commit: string;
  readonly signedTime: number;
  readonly isCommitted: boolean;
  readonly owned: readonly OwnedObject[];
}

/**
 * Both records are damaged. The slots still hold signed commits: the highest of them is what the box has seen, so an older release does
 * not come back. What ran is the slot with a commit date; of two without one the lower, because the higher may never have been applied.
 * Whatever either slot names may be at the target and be ours (I5); PRUNE comes only after the target was compared once (I6).
 */
export async function rebuiltJournal(remains: Remains, counter: number, because: string): Promise<Journal> {
  remains.log({ level: "error", event: "started", reason: "state-rebuilt", detail: because });
  const whole = (await Promise.all((["a", "b"] as const).map((name) => tryWhole(remains, name)))).filter((slot) => slot !== undefined);
  const [lowest, highest] = [...whole.toSorted((one, other) => one.placed.seq - other.placed.seq)] as [WholeSlot?, WholeSlot?];
  const first = { ...firstJournal(remains), counter: counter + COUNTER_GAP };
  if (lowest === undefined) return first;
  const newest = highest ?? lowest;
  const seen = { seq: newest.placed.seq, commit: newest.commit, tree: newest.placed.tree };
  const owned = new Map([newest, lowest].flatMap((slot) => slot.owned).map((object) => [object.id, object]));
  const rebuilt = { ...first, seen, signedTime: newest.signedTime, owned: [...owned.values()] };
  const [committed, before] = whole.filter((slot) => slot.isCommitted).toSorted((one, other) => other.placed.seq - one.placed.seq);
  const current = committed ?? (whole.length === 2 ? lowest : undefined);
  if (current === undefined) return { ...rebuilt, candidate: lowest.placed };
  return { ...rebuilt, state: "IDLE", current: current.placed, previous: before?.placed ?? null };
}

async function tryWhole({ slots }: Pick<Remains, "slots">, name: SlotName): Promise<WholeSlot | undefined> {
  const tree = await slots.tryDigest(name);
  const content = tree === undefined ? undefined : await slots.load(name, tree);
  if (tree === undefined || content === undefined || "refusal" in content) return undefined;
  const { bytes, commit, release } = content.value;
  const tag = release === undefined ? undefined : readReleaseTag(release.tag);
  return {
    placed: { slot: name, release: commit.release, seq: commit.seq, tree },
    commit: objectId("commit", bytes).toString("hex"),
    // A slot that lost its tag proves no time.
    signedTime: tag !== undefined && "value" in tag ? signedTimeOf(commit, tag.value) : 0,
    owned: ownedBy(content.value.files, commit.seq),
    isCommitted: (await slots.tryCommitted(name)) !== undefined,
  };
}

/** By its plan, which passed its reader when it was staged; an agent that went back a version may still not read it. */
function ownedBy(files: readonly PathAndBytes[], seq: number): readonly OwnedObject[] {
  const read = readPlan(files.find(({ path }) => path === "plan.json")?.bytes ?? Buffer.alloc(0));
  if ("fault" in read) return [];
  return read.value.steps.flatMap(({ unit, objects }) => objects.map((id) => ({ id, uid: "", unit, seq })));
}
