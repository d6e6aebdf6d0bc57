import { objectId, type PathAndBytes } from "../../git/index.ts";
import { type Journal, type JournalSlot, type OwnedObject, readPlan, readReleaseTag } from "../../wire/index.ts";
import type { SlotName, Slots } from "./slots.ts";
import type { TrustStore } from "./trust-store.ts";
import { signedTimeOf } from "../verify/release.ts";
import type { LogLine } from "../log-line.ts";

/** What the journal is rebuilt from. */
interface RebuildSource {
  readonly boot: string;
  readonly trust: Pick<TrustStore, "current" | "sha256">;
  readonly slots: Slots;
  readonly log: (line: LogLine) => void;
}

/** The journal of a new box. */
export function firstJournal({ boot, trust }: Pick<RebuildSource, "boot" | "trust">): Journal {
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

/** More than the number of reports that a lost journal may have counted but not written. */
const COUNTER_GAP = 1_000;

interface WholeSlot {
  readonly placed: JournalSlot;
  readonly commit: string;
  readonly signedTime: number;
  readonly isCommitted: boolean;
  readonly owned: readonly OwnedObject[];
}

/**
 * Both records are damaged. The slots still hold signed commits: the highest one is the accepted seq, so an older release cannot come back.
 * The running release is the one with a commit date; without any date the lower one, because the higher may never have been applied. Every
 * object of both slots may be at the target and counts as owned (I5); PRUNE runs only after a comparison with the target (I6).
 */
export async function rebuiltJournal(source: RebuildSource, counter: number, because: string): Promise<Journal> {
  source.log({ level: "error", event: "started", reason: "state-rebuilt", detail: because });
  const whole = (await Promise.all((["a", "b"] as const).map((name) => tryWhole(source, name)))).filter((slot) => slot !== undefined);
  const [lowest, highest] = [...whole.toSorted((one, other) => one.placed.seq - other.placed.seq)] as [WholeSlot?, WholeSlot?];
  const first = { ...firstJournal(source), counter: counter + COUNTER_GAP };
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

async function tryWhole({ slots }: Pick<RebuildSource, "slots">, name: SlotName): Promise<WholeSlot | undefined> {
  const tree = await slots.tryDigest(name);
  const content = tree === undefined ? undefined : await slots.load(name, tree);
  if (tree === undefined || content === undefined || "refusal" in content) return undefined;
  const { bytes, commit, release } = content.value;
  const tag = release === undefined ? undefined : readReleaseTag(release.tag);
  return {
    placed: { slot: name, release: commit.release, seq: commit.seq, tree },
    commit: objectId("commit", bytes).toString("hex"),
    // A slot without its tag proves no time.
    signedTime: tag !== undefined && "value" in tag ? signedTimeOf(commit, tag.value) : 0,
    owned: ownedBy(content.value.files, commit.seq),
    isCommitted: (await slots.tryCommitted(name)) !== undefined,
  };
}

/** Objects of the plan. An agent that was downgraded may be unable to read it. */
function ownedBy(files: readonly PathAndBytes[], seq: number): readonly OwnedObject[] {
  const read = readPlan(files.find(({ path }) => path === "plan.json")?.bytes ?? Buffer.alloc(0));
  if ("fault" in read) return [];
  return read.value.steps.flatMap(({ unit, objects }) => objects.map((id) => ({ id, uid: "", unit, seq })));
}
