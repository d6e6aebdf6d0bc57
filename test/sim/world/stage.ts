import type { Act, Drift, Rot, Word } from "./act.ts";
import { type Box, STATE } from "./box.ts";
import type { Chance } from "../schedule/chance.ts";
import { FORBIDDEN, type Promotion, RESET_SEQ, type Signer } from "./fleet.ts";
import type { Watch } from "../checks/watch.ts";
import { TARGET } from "./workload.ts";

const SEQ_JUMP = 200_000;

/** Plays acts on a box, and the office behind it: which seq comes next, which key signs, what was shown before. */
export class Stage {
  readonly #box: Box;
  readonly #watch: Watch;
  readonly #chance: Chance;
  /** Of the last honest promotion. */
  #seq: number;
  #trust = 1;
  #nature: string | undefined;
  readonly #shownBefore: { readonly site: string | undefined; readonly trust: string }[] = [];

  constructor(box: Box, watch: Watch, chance: Chance) {
    this.#box = box;
    this.#watch = watch;
    this.#chance = chance;
    this.#seq = 0;
  }

  play(act: Act): void {
    this.#watch.trace(JSON.stringify(act));
    switch (act.do) {
      case "promote":
        this.promote(act.nature, act.urgent);
        if (act.isAsked) this.#box.runner?.pollNow();
        return undefined;
      case "trust":
        return this.raiseTrust(act.version, act.isResigned);
      case "lie":
        return this.#lie(act);
      case "line":
        this.#box.server.line = { state: act.state, delayMs: act.delayMs };
        return this.#later(act.forMs, () => (this.#box.server.line = { state: "up", delayMs: 200 }));
      case "cut":
        if (this.#box.isAlive) this.#box.cutIn = { calls: act.inCalls, cut: act.cut };
        return undefined;
      case "disk":
        return this.#harmDisk(act);
      case "clock":
        return this.#box.time.jumpWall(act.byMs);
      case "drift":
        return this.#drift(act.kind);
      case "rot":
        return this.#rot(act.what);
      case "sick":
        this.#watch.sickSinceMs = this.#watch.nowMs;
        this.#box.workload.sickUntilMs = this.#watch.nowMs + act.forMs;
        return undefined;
      case "blind":
        this.#box.workload.isBlind = true;
        return this.#later(act.forMs, () => (this.#box.workload.isBlind = false));
      case "held":
        this.#box.workload.isHeld = true;
        return this.#later(act.forMs, () => (this.#box.workload.isHeld = false));
      case "say":
        return this.#say(act.word);
      case "evict":
        return this.#box.images.evict();
      case "ask":
        this.#box.runner?.pollNow();
        return undefined;
    }
  }

  /** As an honest office does it: a higher seq, signed by a key that holds. */
  promote(wanted: string, urgent = false): void {
    // The office knows what trust forbids.
    const nature = this.#trust >= 4 && wanted === FORBIDDEN ? "good-b" : wanted;
    this.#seq++;
    this.#nature = nature;
    this.#remember();
    this.#box.server.honest = { ...this.#box.server.honest, site: this.#offer({ nature, seq: this.#seq, urgent, signer: this.#signer }) };
  }

  /** Ends all faults: network, server, clock and disk work again, and the agent can start. */
  endFaults(): void {
    const box = this.#box;
    box.cutIn = undefined;
    box.server.line = { state: "up", delayMs: 200 };
    box.server.lie = undefined;
    box.time.correctWallClock();
    Object.assign(box.faults, { isFull: false, isReadOnly: false, syncFails: 0, ioFails: 0 });
    box.workload.isBlind = false;
    box.workload.isHeld = false;
    box.workload.sickUntilMs = 0;
    box.images.registry = "up";
    box.runner?.pollNow();
    if (box.machine?.journal.paused != null) this.#say("resume");
  }

  #say(word: Word): void {
    if (word !== "resume") this.#watch.operatorSaid = true;
    const event =
      word === "pause"
        ? { type: "pause-asked" as const, seconds: 600, why: "the fridge is being moved" }
        : { type: `${word}-asked` as const };
    // An agent that ends before it answers says so by rejecting.
    this.#box.runner?.command(event).then(
      ({ text }) => this.#watch.trace(`  answer: ${text}`),
      (error: Error) => this.#watch.trace(`  no answer: ${error.message}`),
    );
  }

  get #signer(): Signer {
    return this.#trust >= 2 ? "promote-new" : "promote";
  }

  #offer(promotion: Promotion): string {
    const id = this.#watch.fleet.commit(promotion);
    this.#watch.offers.set(id, { ...promotion, id });
    return id;
  }

  /** Keys change hands as the manual says: the new key is known before the old one goes, and what it signed is signed again. */
  raiseTrust(version: number, isResigned = true): void {
    if (version <= this.#trust) return;
    this.#remember();
    this.#trust = version;
    this.#box.server.honest = { ...this.#box.server.honest, trust: this.#watch.fleet.trustTip(version) };
    // A reset names the lowest seq that is taken, and the office goes on above it.
    if (version >= 4) this.#seq = Math.max(this.#seq, RESET_SEQ);
    if (version >= 3 && this.#nature !== undefined && isResigned) this.promote(this.#nature);
  }

  #remember(): void {
    this.#shownBefore.push(this.#box.server.honest);
  }

  #lie({ lie, forMs }: Extract<Act, { do: "lie" }>): void {
    const { server } = this.#box;
    const seq = this.#seq + 1;
    // Another one than the honest: the same words would be the same commit.
    const nature = this.#nature === "good-c" ? "good-d" : "good-c";
    const signer = this.#signer;
    const told = (change: Partial<Promotion>): string => this.#offer({ nature, seq, signer, ...change });
    const { honest } = server;
    switch (lie) {
      case "stale":
      case "replay": {
        const before = this.#shownBefore.length === 0 ? honest : this.#chance.oneOf(this.#shownBefore);
        server.lie = lie === "stale" ? before : { ...honest, site: before.site };
        break;
      }
      case "no-ref":
        server.lie = { ...honest, site: undefined };
        break;
      case "broken-trust":
        server.lie = { ...honest, trust: this.#watch.fleet.trustTip(Math.max(3, this.#trust), true) };
        break;
      case "conflict":
        // Before the honest one is seen, either is as good as the other.
        if (this.#seq > 0 && this.#watch.journal?.seen?.seq === this.#seq)
          server.lie = { ...honest, site: told({ seq: this.#seq, lie: "conflict" }) };
        break;
      case "jump":
        server.lie = { ...honest, site: told({ seq: this.#seq + SEQ_JUMP, lie: "jump" }) };
        break;
      case "stranger":
        server.lie = { ...honest, site: told({ signer: "stranger", lie: "stranger" }) };
        break;
      default:
        server.lie = { ...honest, site: told({ lie }) };
    }
    this.#box.runner?.pollNow();
    this.#later(forMs, () => (server.lie = undefined));
  }

  #harmDisk({ fault, forMs }: Extract<Act, { do: "disk" }>): void {
    const { faults } = this.#box;
    this.#watch.hadDiskFault = true;
    if (fault === "full") faults.isFull = true;
    else if (fault === "read-only") faults.isReadOnly = true;
    else if (fault === "sync-fails") faults.syncFails = this.#chance.oneOf([0.05, 0.3, 1]);
    else faults.ioFails = this.#chance.oneOf([0.01, 0.1]);
    this.#later(forMs, () => Object.assign(faults, { isFull: false, isReadOnly: false, syncFails: 0, ioFails: 0 }));
  }

  #drift(kind: Drift): void {
    const inside = `${TARGET}/`;
    this.#box.change((image) => {
      // Behind a link that is bent already lies somebody else's folder.
      if (image.inspect(TARGET)?.kind !== "link" || image.readLink(TARGET).startsWith("/")) return;
      const shown = image.tryFiles(TARGET);
      const file = shown === undefined || shown.size === 0 ? undefined : this.#chance.oneOf([...shown.keys()].sort());
      // Before the first COMMIT a link that the agent did not make is somebody else's (A21).
      if (shown === undefined || file === undefined || (kind === "bend-link" && !this.#watch.journal?.current)) return;
      this.#watch.isBent = true;
      this.#watch.wasBent = true;
      this.#watch.isTrialBent = true;
      if (kind === "edit") image.write(inside + file, Buffer.from("edited\n"));
      else if (kind === "remove-file") image.remove(inside + file);
      else if (kind === "extra-file") image.write(`${inside}extra.yaml`, Buffer.from("extra\n"));
      else image.remove(TARGET);
      if (kind === "bend-link") image.link("/etc", TARGET);
      // Two changes may undo each other.
      this.#watch.isBent = this.#watch.visible === undefined || this.#watch.visible === "mixture";
    });
  }

  #rot(what: Rot): void {
    this.#box.change((image) => {
      if (what === "target" && image.inspect(TARGET)?.kind === "link" && image.readLink(TARGET).startsWith("/")) return;
      const folder = what === "target" ? TARGET : what.startsWith("slot-") ? `${STATE}/slots/${what.slice(-1)}` : undefined;
      const files = folder === undefined ? [] : [...(image.tryFiles(folder)?.keys() ?? [])].sort().map((name) => `${folder}/${name}`);
      const path = folder === undefined ? `${STATE}/${this.#fileOf(what)}` : files[this.#chance.below(files.length || 1)];
      const bytes = path === undefined ? undefined : image.tryRead(path);
      if (path === undefined || bytes === undefined || bytes.length === 0) return;
      if (what === "target") this.#watch.isBent = this.#watch.wasBent = this.#watch.isTrialBent = true;
      else this.#watch.rotten.add(folder !== undefined ? "slot" : what === "report" || what === "trust" ? what : "journal");
      image.write(path, what.startsWith("journal") ? this.#withOtherDigit(bytes) : this.#withOtherBit(bytes));
      image.syncFile(path);
    });
    // Only a start reads it.
    if ((what === "trust" || what.startsWith("journal")) && this.#box.isAlive) this.#box.kill();
  }

  /** What no grammar notices. */
  #withOtherDigit(bytes: Buffer): Buffer {
    const digits = [...bytes.keys()].filter((at) => isDigit(bytes[at] as number));
    return digits.length === 0 ? this.#withOtherBit(bytes) : withFlipped(bytes, this.#chance.oneOf(digits), 0);
  }

  #withOtherBit(bytes: Buffer): Buffer {
    return withFlipped(bytes, this.#chance.below(bytes.length), this.#chance.below(8));
  }

  #fileOf(what: Rot): string {
    const versions = [...(this.#box.image.tryFiles(`${STATE}/trust`)?.keys() ?? [])].sort();
    if (what === "trust") return `trust/${versions[this.#chance.below(versions.length || 1)] ?? ""}`;
    return what === "report" ? "report.json" : what;
  }

  #later(ms: number, work: () => void): void {
    this.#box.time.at(this.#box.time.monotonicMs + ms, work);
  }
}

function withFlipped(bytes: Buffer, place: number, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[place] = (flipped[place] as number) ^ (1 << bit);
  return flipped;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
