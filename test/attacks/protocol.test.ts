import { describe } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { entry, packOf } from "../agent/fixtures/pack-bytes.ts";
import type { Scene } from "./scene.ts";
import { aheadOfPack, band, beforePack, DELIMITER, FLUSH, on, packet, type Script, withoutPack } from "./server.ts";
import { type Attack, type Attacks, type End, SAID, tryAttacks } from "./strike.ts";

/** Servers that speak git's protocol, in another version than asked or with other lines than it has. */

const SITE_REF = "refs/heads/sites/eddm";
const TRUST_REF = "refs/heads/trust";
const NUMBERS = Array.from({ length: 100_000 }, (_, index) => (index + 1).toString(16).padStart(40, "0"));

/** The real git's answers for clients of an older version; what they send comes to the same git. */
function older(version: 0 | 1, change: (honest: Buffer) => Buffer = (honest) => honest): (scene: Scene) => Script {
  return (scene) => async (exchange) => {
    const honest = await exchange.honest(scene.honest, version);
    return exchange.phase === "info" ? change(honest) : honest;
  };
}

function afterFirstRef(...lines: readonly Buffer[]): (honest: Buffer) => Buffer {
  return (honest) => {
    const service = Number.parseInt(honest.toString("latin1", 0, 4), 16) + FLUSH.length;
    const place = service + Number.parseInt(honest.toString("latin1", service, service + 4), 16);
    return Buffer.concat([honest.subarray(0, place), ...lines, honest.subarray(place)]);
  };
}

const VERSIONS: Attacks = {
  "a server of protocol 0": { ends: ["taken", "not-git"], serve: older(0) },
  "a server of protocol 1": { ends: ["taken", "not-git"], serve: older(1) },
  "a server of protocol 0 with 100,000 refs": {
    ends: ["taken", "not-git", "too-large"],
    serve: older(0, afterFirstRef(...NUMBERS.map((id) => packet(`${id} refs/heads/sites/${id}\n`)))),
  },
  "a server of protocol 0 with 100,000 shallow lines": {
    ends: ["taken", "not-git", "bad-object", "too-large"],
    serve: older(0, afterFirstRef(...NUMBERS.map((id) => packet(`shallow ${id}`)))),
  },
  "a server that begins in protocol 2 and goes on in 0": {
    ends: ["not-git"],
    serve: (scene) => async (exchange) => (exchange.phase === "refs" ? exchange.honest(scene.honest, 0) : exchange.honest()),
  },
  "protocol 3": { ends: ["not-git"], serve: () => on({ info: () => info("version 3\n", "ls-refs\n", "fetch\n") }) },
  "a repository of another object format": {
    ends: ["not-git"],
    serve: () => on({ info: () => info("version 2\n", "ls-refs\n", "fetch=shallow\n", "object-format=sha256\n") }),
  },
  "a server without the command fetch": {
    ends: ["not-git"],
    serve: () => on({ info: () => info("version 2\n", "ls-refs\n") }),
  },
  "capabilities of 60 KB each": {
    ends: ["taken", "not-git"],
    serve: () =>
      on({
        info: () =>
          info("version 2\n", `agent=${"a".repeat(60_000)}\n`, "ls-refs=unborn\n", "fetch=shallow\n", `session-id=${"b".repeat(60_000)}\n`),
      }),
  },
};

function info(...lines: readonly string[]): Buffer {
  return Buffer.concat([packet("# service=git-upload-pack\n"), FLUSH, ...lines.map((line) => packet(line)), FLUSH]);
}

/** Lines before the honest refs, or in their place. */
function refs(lines: (scene: Scene) => readonly string[], ends: readonly End[], isAlone = false): Attack {
  return {
    ends,
    // The real git answers the wants that follow from them.
    serve: (scene) => async (exchange) => {
      const honest = await exchange.honest(scene.honest);
      if (exchange.phase !== "refs") return honest;
      return Buffer.concat([...lines(scene).map((line) => packet(line)), isAlone ? FLUSH : honest]);
    },
  };
}

const id = "2".repeat(40);
/** git may pass over a line or stop at it. */
const HARMLESS: readonly End[] = ["taken", "not-git", "bad-object"];

const REFS: Attacks = {
  "100,000 refs that nobody asked for": {
    ...refs(() => NUMBERS.map((each) => `${each} refs/heads/sites/${each}\n`), ["taken", "too-large"]),
  },
  "a ref name that leads out of the cache": refs(() => [`${id} refs/heads/../../../../outside\n`, `${id} /etc/passwd\n`], HARMLESS),
  "a ref name that steers a terminal": refs(() => [`${id} refs/heads/\u001b]0;${SAID}\u0007\u202e\n`], HARMLESS),
  "a ref name of 60 KB": refs(() => [`${id} refs/heads/${"a".repeat(60_000)}\n`], HARMLESS),
  "a ref name that ends in .lock, and one of another ref's folder": refs(
    () => [`${id} ${TRUST_REF}.lock\n`, `${id} refs/heads/sites\n`],
    HARMLESS,
  ),
  "branch trust twice, first with an id that is nowhere": refs(() => [`${id} ${TRUST_REF}\n`], ["some-word", "taken"]),
  "the site's ref twice, first with an id that is nowhere": refs(() => [`${id} ${SITE_REF}\n`], ["some-word", "taken"]),
  "refs with ids that are none": refs(() => [`${"z".repeat(40)} ${TRUST_REF}\n`, `${"0".repeat(64)} ${SITE_REF}\n`], ["not-git"], true),
  "refs that name nothing at all": refs(
    () => [`${"0".repeat(40)} ${TRUST_REF}\n`, `${"0".repeat(40)} ${SITE_REF}\n`],
    ["not-git", "bad-object"],
    true,
  ),
  "refs that were never born": refs(
    () => [`unborn ${TRUST_REF}\n`, `unborn HEAD symref-target:${SITE_REF}\n`],
    ["not-git", "trust-missing"],
    true,
  ),
  "symbolic refs to everywhere": refs(
    (scene) => [tip(scene, TRUST_REF, " symref-target:refs/../../etc/passwd"), tip(scene, SITE_REF, ` symref-target:${SAID} peeled:${id}`)],
    HARMLESS,
    true,
  ),
  "branch trust and the site's ref changed about": refs(
    (scene) => [tip(scene, TRUST_REF, "", SITE_REF), tip(scene, SITE_REF, "", TRUST_REF)],
    ["trust-broken"],
    true,
  ),
  "the site's ref on a blob": refs(
    (scene) => [tip(scene, TRUST_REF), `${scene.forge.object("blob", "x")} ${SITE_REF}\n`],
    ["bad-commit", "bad-object"],
    true,
  ),
  "branch trust on a tree": refs(
    (scene) => [`${scene.forge.tree(scene.files())} ${TRUST_REF}\n`, tip(scene, SITE_REF)],
    ["trust-broken"],
    true,
  ),
};

function tip({ forge }: Scene, of: string, more = "", under = of): string {
  return `${readFileSync(join(forge.folder, of), "latin1").trim()} ${under}${more}\n`;
}

/** Sections before the pack. */
function sections(ends: readonly End[], ...lines: readonly Buffer[]): Attack {
  return { ends, serve: () => on({ fetch: (honest) => beforePack(honest, ...lines) }) };
}

/** Thousands of commits of which the box has none. */
function shallow(count: number): readonly Buffer[] {
  return [packet("shallow-info\n"), ...NUMBERS.slice(0, count).map((each) => packet(`shallow ${each}\n`)), DELIMITER];
}

const SECTIONS: Attacks = {
  // The box's next request must not carry them back to the server.
  "1,000 commits that are shallow": { ...sections(["taken", "bad-object", "not-git", "too-large"], ...shallow(1_000)) },
  "1,000 shallow commits, and then no pack": {
    ends: ["offline", "bad-object", "not-git", "too-large"],
    serve: () => on({ fetch: (honest) => withoutPack(beforePack(honest, ...shallow(1_000))) }),
  },
  "100,000 commits that are shallow": { ...sections(["taken", "bad-object", "not-git", "too-large"], ...shallow(100_000)), seconds: 120 },
  "100,000 commits that are no longer shallow": sections(
    ["taken", "bad-object", "not-git"],
    packet("shallow-info\n"),
    ...NUMBERS.map((each) => packet(`unshallow ${each}\n`)),
    DELIMITER,
  ),
  "a shallow commit that is no id": sections(["not-git"], packet("shallow-info\n"), packet(`shallow ${SAID}\n`), DELIMITER),
  // git takes the section, and then lacks the object.
  "refs that nobody wanted by name": sections(
    ["not-git", "bad-object"],
    packet("wanted-refs\n"),
    packet(`${id} ${TRUST_REF}\n`),
    DELIMITER,
  ),
  "a section that no protocol has": sections(["not-git"], packet(`${SAID}\n`), packet(`${SAID}\n`), DELIMITER),
  "100,000 acknowledgements": {
    ends: [...HARMLESS, "too-large"],
    seconds: 90,
    serve: () =>
      on({
        fetch: (honest) =>
          Buffer.concat([
            packet("acknowledgments\n"),
            ...NUMBERS.map((each) => packet(`ACK ${each}\n`)),
            packet("ready\n"),
            DELIMITER,
            withoutAcks(honest),
          ]),
      }),
  },
  "acknowledgements for ever, and never ready": {
    ends: ["not-git", "bad-object", "offline", "slow-retrieval"],
    serve: () => on({ fetch: () => Buffer.concat([packet("acknowledgments\n"), packet(`ACK ${id}\n`), FLUSH]) }),
  },
  "an answer without a pack": { ends: ["not-git", "offline", "bad-object"], serve: () => on({ fetch: () => FLUSH }) },
  "an answer that ends in the middle of a packet's length": {
    ends: ["not-git", "offline"],
    serve: () => on({ fetch: () => Buffer.from("00") }),
  },
  "a packet of impossible length": {
    ends: ["not-git", "offline", "bad-object"],
    serve: () => on({ fetch: (honest) => aheadOfPack(honest, Buffer.from("0003")) }),
  },
  "a band that nobody has": {
    ends: ["not-git", "bad-object", "offline"],
    serve: () => on({ fetch: (honest) => aheadOfPack(honest, packet(`\u0007${SAID}`)) }),
  },
  "a second pack after the first": {
    ends: HARMLESS,
    serve: () =>
      on({ fetch: (honest) => Buffer.concat([honest.subarray(0, -4), band(1, packOf([entry("blob", Buffer.from(SAID))])), FLUSH]) }),
  },
};

/** From the pack's section on. */
function withoutAcks(answer: Buffer): Buffer {
  return answer.subarray(withoutPack(answer).length - "000dpackfile\n".length);
}

describe("T7, T10: a server that speaks git's protocol as it likes", () => {
  tryAttacks({ ...VERSIONS, ...REFS, ...SECTIONS }, ["1,000 commits that are shallow"]);
});
