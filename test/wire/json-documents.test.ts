import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalDocument, canonicalJson, isReason, limits, type Read, reasonOf, reasons } from "../../core/index.ts";
import {
  AGENT_STATES,
  inventoryLine,
  readAgentConfig,
  readFleetDocument,
  readFreshnessNote,
  readJournal,
  readPlan,
  readReport,
  readTrustDocument,
  shardOf,
  writeAgentConfig,
  writeFreshnessNote,
  writeJournal,
  writePlan,
  writeReport,
  writeTrustDocument,
} from "../../wire/index.ts";
import { HEALTH_WORDS } from "../../wire/agent-words.ts";
import { readInventoryLine } from "../../wire/inventory-line.ts";
import { bytesOf, faultOf, given } from "./read-result.ts";
import { armor, config, journal, journalRecord, line, note, plan, print, report, sealed, signatures, trust, vectors } from "./samples.ts";

/** Every JSON document by name: a sample with all fields, its reader and its writer. */
const documents: Readonly<
  Record<string, readonly [value: object, read: (json: string) => Read<unknown>, write: (value: never) => string]>
> = {
  plan: [plan, (json) => readPlan(bytesOf(json)), writePlan],
  trust: [trust, (json) => readTrustDocument(bytesOf(json)), writeTrustDocument],
  "freshness note": [note, (json) => readFreshnessNote(bytesOf(json)), writeFreshnessNote],
  report: [report, (json) => readReport(bytesOf(json)), writeReport],
  journal: [journal, (json) => readJournal(bytesOf(sealed(json))), (value) => journalRecord(writeJournal(value))],
  "agent.json": [config, (json) => readAgentConfig(bytesOf(json)), writeAgentConfig],
  "inventory line": [line, (json) => readInventoryLine(json), inventoryLine],
};

describe("every JSON document", () => {
  test("reads the vectors' plan, trust document, report and journal and writes the same bytes", () => {
    expect(writePlan(given(readPlan(bytesOf(vectors.plan))))).toBe(vectors.plan);
    expect(writeTrustDocument(given(readTrustDocument(bytesOf(vectors.trust.document))))).toBe(vectors.trust.document);
    expect(writeReport(given(readReport(bytesOf(vectors.report))))).toBe(vectors.report);
    expect(writeJournal(given(readJournal(bytesOf(vectors.journal))))).toBe(vectors.journal);
  });

  test.each(Object.keys(documents))("%s: the reader returns what the writer wrote", (name) => {
    const [value, read, write] = documents[name] as (typeof documents)[string];
    expect(given(read(write(value as never)))).toEqual(value);
    expect(write(given(read(write(value as never))) as never)).toBe(canonicalDocument(value));
  });

  // Fields whose keys are data: an additional or missing key is valid.
  const MAPS = /(^|\.)(units|keys|resets|sites|baseline|services|probes|labels)$/;
  const OPTIONAL = /(^|\.)(retired|resets|minRelease|cache|caFile|services|images|pollSeconds|listen|location|timeZone|reportKey)$/;

  test.each(Object.keys(documents))("%s: an additional, missing or wrongly typed field is refused with its path", (name) => {
    const [value, read] = documents[name] as (typeof documents)[string];
    let tried = 0;
    const refused = (path: string, change: (copy: Record<string, unknown>) => void, ...parts: readonly (string | number)[]) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      change(parts.reduce<Record<string, unknown>>((inner, part) => inner[part] as Record<string, unknown>, copy));
      const read1 = read(canonicalDocument(copy));
      const nearest = path.replace(/\[\d+\].*$|\.labels\..*$/, "");
      if (!faultOf(read1).includes(nearest)) throw new Error(`${path}: the fault does not say where: ${faultOf(read1)}`);
      tried++;
    };
    const walk = (inner: unknown, path: string, parts: readonly (string | number)[]): void => {
      if (typeof inner !== "object" || inner === null || /(^|\.)labels$/.test(path)) return;
      const isList = Array.isArray(inner);
      const at = (key: string) => (isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`);
      // Inside a probe or a target the union speaks for all its forms.
      const isUnion = /probes|target/.test(path);
      if (!isList && !MAPS.test(path)) refused(isUnion ? "" : at("zz"), (copy) => Object.assign(copy, { zz: 1 }), ...parts);
      for (const [key, child] of Object.entries(inner)) {
        const here = at(key);
        if (!isList && !MAPS.test(path) && !OPTIONAL.test(here)) refused(isUnion ? "" : here, (copy) => delete copy[key], ...parts);
        for (const wrong of [true, { "Zz!": 1 }, 1.5, "\u0007"]) {
          if (here === "clock.unsure" || (typeof wrong === "number" && typeof child === "number" && key.endsWith("tude"))) continue;
          if (JSON.stringify(wrong) === JSON.stringify(child) || (wrong === true && typeof child === "boolean")) continue;
          if (/(^|\.)labels$/.test(here) && typeof wrong === "object") continue;
          refused(isUnion ? "" : here, (copy) => Object.assign(copy, { [key]: wrong }), ...parts);
        }
        walk(child, here, [...parts, isList ? Number(key) : key]);
      }
    };
    walk(value, "", []);
    expect(tried).toBeGreaterThan(20);
  });

  test.each(Object.keys(documents))("%s: a key __proto__ is refused everywhere, and no input makes the reader throw", (name) => {
    const [value, read] = documents[name] as (typeof documents)[string];
    const json = canonicalDocument(value);
    for (let at = json.indexOf("{"); at >= 0; at = json.indexOf("{", at + 1)) {
      const changed = `${json.slice(0, at + 1)}"__proto__":{}${json[at + 1] === "}" ? "" : ","}${json.slice(at + 1)}`;
      expect(faultOf(read(changed))).toMatch(/__proto__ is not a field|^is not canonical/);
    }
    for (const odd of ["", "\n", "null\n", "[]\n", "3\n", '"x"\n', "{}\n", `${"[".repeat(20_000)}${"]".repeat(20_000)}\n`])
      expect(read(odd)).toHaveProperty("fault");
  });

  test("other bytes for the same value are refused: key order, white space, duplicate keys, BOM, line ends, number formats", () => {
    expect(faultOf(readPlan(bytesOf(`\ufeff${vectors.plan}`)))).toBe("is not JSON");
    const disguises = [
      JSON.stringify(JSON.parse(vectors.plan), null, 1),
      vectors.plan.replace(",", ", "),
      vectors.plan.trimEnd(),
      `${vectors.plan}\n`,
      vectors.plan.replace("\n", "\r\n"),
      vectors.plan.replace('{"agent"', '{"format":"skerry.plan/1","agent"'),
      vectors.plan.replace('"consents":[],', '"consents":[],"consents":[],'),
      vectors.plan.replace("300", "3e2"),
      vectors.plan.replace("300", "300.0"),
      vectors.plan.replace("boards", "\\u0062oards"),
    ];
    for (const text of disguises) expect(faultOf(readPlan(bytesOf(text)))).toBe("is not canonical JSON (RFC 8785) with one line end");
    expect(faultOf(readPlan(Buffer.concat([bytesOf(vectors.plan.trimEnd()), Buffer.of(0xff, 10)])))).toBe("is not UTF-8");
    expect(faultOf(readPlan(Buffer.alloc(limits.planBytes + 1, " ")))).toBe("has 2000001 bytes, over the limit of 2000000");
  });

  test("an unknown format is reported before other faults, with the reader's reason word", () => {
    const later = (text: string, from: string) => text.replace(from, `${from.slice(0, -1)}2`);
    const plan2 = faultOf(readPlan(bytesOf(later(vectors.plan, "skerry.plan/1"))));
    expect(plan2).toBe('agent-too-old: format must be "skerry.plan/1", not "skerry.plan/2"');
    expect(reasonOf(plan2, "bad-plan")).toBe("agent-too-old");
    expect(reasonOf(faultOf(readTrustDocument(bytesOf(later(vectors.trust.document, "skerry.trust/1")))), "bad-plan")).toBe("trust-broken");
    expect(faultOf(readReport(bytesOf(later(vectors.report, "skerry.report/1"))))).toBe(
      'signed.format must be "skerry.report/1", not "skerry.report/2"',
    );
    expect(faultOf(readFleetDocument(bytesOf('{"fleet":"a","format":"skerry.fleet/9"}\n')))).toBe(
      'format must be "skerry.fleet/1", not "skerry.fleet/9"',
    );
  });

  test("the writer refuses what the reader would refuse and names the field", () => {
    expect(() => writePlan({ ...plan, steps: [] })).toThrow("plan.json: empty-tree: steps must not be empty unless the site is retired");
    expect(() => writeReport({ ...report, signatures: [] })).toThrow("report: signatures must be a list of 1 to 64 entries");
    expect(() => inventoryLine({ ...line, id: "1" })).toThrow("id must be a site id");
    expect(() => inventoryLine({ ...line, labels: { text: "x".repeat(70_000) } })).toThrow("over the limit of 65536 bytes");
    expect(() => writeJournal({ ...journal, record: -1 })).toThrow("journal: record must be a whole number from 0");
  });
});

describe("trust documents, reports, journals and notes", () => {
  test("roles name existing keys, each once, and have thresholds that can be reached", () => {
    const { signed } = trust;
    const role = (over: object) => ({ ...signed, roles: { ...signed.roles, release: { ...signed.roles.release, ...over } } });
    const promote = { threshold: 1, keys: [print] };
    const other = `SHA256:${"A".repeat(43)}`;
    const faults = [
      { signed: role({ keys: [other] }) },
      { signed: role({ keys: [print, print] }) },
      { signed: role({ threshold: 2 }) },
      { signed: role({ threshold: 0 }) },
      { signed: role({ keys: [] }) },
      {
        signed: {
          ...signed,
          keys: { ...signed.keys, [other]: signed.keys[print] },
          roles: { ...signed.roles, promote: { threshold: 2, keys: [print, other] } },
        },
      },
      { signed: { ...signed, roles: { ...signed.roles, promote, extra: promote } } },
      { signed: { ...signed, keys: { [print]: `${signed.keys[print]} comment` } } },
      { signed: { ...signed, keys: { x: signed.keys[print] } } },
      { signed: { ...signed, revoked: [signed.revoked[0], signed.revoked[0]] } },
      { signed: { ...signed, resets: { EDDM: 1 } } },
      { signed: { ...signed, version: 257 } },
      { signatures: [...signatures, ...signatures] },
      { signatures: [{ key: print, signature: `${armor}\n` }] },
    ].map((change) => faultOf(readTrustDocument(bytesOf(canonicalDocument({ ...trust, ...change })))));
    expect(faults).toMatchInlineSnapshot(`
[
  "signed.roles.release.keys[0] must be one of signed.keys, but SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA is not",
  "signed.roles.release.keys must be distinct",
  "signed.roles.release.threshold must not be above the number of its keys, 1",
  "signed.roles.release.threshold must be a whole number from 1 to 64",
  "signed.roles.release.keys must be a list of 1 to 64 entries",
  "signed.roles.promote.threshold must be 1",
  "signed.roles.extra is not a field of this document",
  "signed.keys.SHA256:cWDxPwRO1WWqFLYiAzPzMz6DJLcQburhsnY4ZBEPc/o must be "ssh-ed25519 " and the key in base64, without a comment",
  "signed.keys.x must be keyed by a key fingerprint SHA256:...",
  "signed.revoked must name each key once",
  "signed.resets.EDDM must be keyed by a site id: at most 40 of a-z, 0-9 and -, not digits only",
  "signed.version must be a whole number from 1 to 256",
  "signatures[1].key must be unique, but SHA256:cWDxPwRO1WWqFLYiAzPzMz6DJLcQburhsnY4ZBEPc/o signed twice",
  "signatures[0].signature must be an armored SSH signature without a final line end",
]
`);
  });

  test("a report may only hold documented words", () => {
    const change = (over: object) => readReport(bytesOf(canonicalDocument({ ...report, signed: { ...report.signed, ...over } })));
    for (const state of AGENT_STATES) expect(change({ state })).toHaveProperty("value");
    for (const reason of Object.keys(reasons))
      expect(change({ reason, units: { boards: { health: "unknown", reason } } })).toHaveProperty("value");
    for (const health of HEALTH_WORDS) expect(change({ units: { boards: { health, reason: "" } } })).toHaveProperty("value");
    expect(faultOf(change({ reason: "toString" }))).toBe("signed.reason must be one of the documented reason words");
    expect(faultOf(change({ units: { boards: { health: "fine", reason: "" } } }))).toContain("signed.units.boards.health must be one of");
    expect(faultOf(change({ units: { boards: { health: "healthy", reason: "x" } } }))).toBe(
      "signed.units.boards.reason must be empty or one of the documented reason words",
    );
    expect(faultOf(change({ failed: Array(17).fill(report.signed.failed[0]) }))).toBe("signed.failed must be a list of 0 to 16 entries");
  });

  test("each reason word is well-formed and has a sentence", () => {
    for (const [word, sentenceOf] of Object.entries(reasons)) {
      expect(word).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(sentenceOf).toMatch(/^[A-Za-z].*\.$/);
    }
    expect([isReason("unsigned"), isReason("constructor"), isReason("")]).toEqual([true, false, false]);
    expect([
      reasonOf("unsigned: there is none", "bad-commit"),
      reasonOf("line 3: x", "bad-commit"),
      reasonOf("unsigned", "bad-commit"),
    ]).toEqual(["unsigned", "bad-commit", "bad-commit"]);
  });

  test("a journal that is truncated or damaged at any byte is refused", () => {
    const bytes = bytesOf(writeJournal(journal));
    for (let place = 0; place < bytes.length; place++) {
      expect(readJournal(bytes.subarray(0, place))).toHaveProperty("fault");
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] as number) ^ 1;
      expect(readJournal(damaged)).toHaveProperty("fault");
    }
    expect(readJournal(Buffer.concat([bytes, bytesOf("\n")]))).toHaveProperty("fault");
    expect(faultOf(readJournal(bytesOf(sealed('{"format":"skerry.journal/2"}\n'))))).toMatch(/^agent-too-old: /);
  });

  test("a freshness note may only name sites of its own shard", () => {
    const change = (sites: object) => readFreshnessNote(bytesOf(canonicalDocument({ ...note, signed: { ...note.signed, sites } })));
    expect(faultOf(change({ eddm: 1, rjtt: 1 }))).toBe(`signed.sites.rjtt must be in shard ${shardOf("rjtt")}, not 3a`);
  });
});

describe("agent.json", () => {
  test("accepts any layout of JSON but no duplicate keys", () => {
    const read = (text: string) => readAgentConfig(bytesOf(text));
    expect(given(read(JSON.stringify(config, null, 4)))).toEqual(config);
    expect(given(read(`\ufeff${JSON.stringify(Object.fromEntries(Object.entries(config).reverse())).replaceAll(",", " ,\r\n")}`))).toEqual(
      config,
    );
    expect(faultOf(read(JSON.stringify(config).replace('"site"', '"fleet" : "x", "site"')))).toBe("has the same key twice in one object");
    expect(given(read(JSON.stringify({ ...config, repository: 'a":b \\" {"c":1}' })))).toHaveProperty("repository", 'a":b \\" {"c":1}');
  });

  test("a syntax fault names the position and never quotes the file, which may hold a password", () => {
    const text = JSON.stringify({ ...config, repository: "https://user:hunter2@git.example/fleet.git" }, null, 1);
    for (const broken of [
      text.replace('"fleet.git"', "fleet"),
      text.replace(/hunter2.*/, "hunter2"),
      `${text}hunter2`,
      text.slice(0, -3),
    ]) {
      if (broken !== text) expect(faultOf(readAgentConfig(bytesOf(broken)))).toMatch(/^is not JSON( \(line \d+ column \d+\))?$/);
    }
    expect(faultOf(readAgentConfig(bytesOf(text.replace("https://user:hunter2@git.example/fleet.git", "\\u0007hunter2"))))).not.toContain(
      "hunter2",
    );
  });

  test("only a loopback address is accepted for listen", () => {
    const read = (listen: unknown) => readAgentConfig(bytesOf(canonicalDocument({ ...config, listen })));
    for (const listen of ["127.0.0.1:9469", "127.0.0.254:1", "[::1]:65535"]) expect(given(read(listen))).toHaveProperty("listen", listen);
    const outside = [
      "0.0.0.0:9469",
      "[::]:9469",
      "192.168.0.1:9469",
      "127.1:9469",
      "127.0.0.0:9469",
      "127.0.0.255:9469",
      "[::ffff:127.0.0.1]:1",
    ];
    const odd = [
      "localhost:9469",
      ":9469",
      "9469",
      "127.0.0.1",
      "127.0.0.1:0",
      "127.0.0.1:65536",
      "127.0.0.1:9469 ",
      "127.0.0.01:1",
      9469,
      null,
    ];
    for (const listen of [...outside, ...odd]) {
      expect(faultOf(read(listen))).toBe('listen must be a loopback address and a port, such as "127.0.0.1:9469" or "[::1]:9469"');
    }
  });

  test("a target must have exactly one of its three forms", () => {
    const read = (target: object) => readAgentConfig(bytesOf(canonicalDocument({ ...config, target })));
    for (const target of [
      { directory: { path: "/x", mode: "k3s" } },
      { kubernetes: { kubeconfig: "/x" } },
      { kubernetes: { inCluster: true } },
    ]) {
      expect(given(read(target))).toHaveProperty("target", target);
    }
    for (const target of [
      {},
      { directory: { path: "x", mode: "plain" } },
      { directory: { path: "/x" } },
      { kubernetes: {} },
      { kubernetes: { inCluster: false } },
      { kubernetes: { inCluster: true, kubeconfig: "/x" } },
    ]) {
      expect(faultOf(read(target))).toMatch(/^target(\.[.a-zA-Z]+)? (must be|is)/);
    }
  });
});

describe("canonical JSON (RFC 8785)", () => {
  test("sorts keys by UTF-16 units and writes the RFC's example strings and numbers", () => {
    // Sections 3.2.2 and 3.2.3 of the RFC.
    const numbers = [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
    expect(canonicalJson({ numbers, string: '\u20ac$\u000f\u000aA\'B"\\\\"/', literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6", "9", "10"];
    const sorted = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    expect([...sorted.matchAll(/"([^"]*)":/g)].map(([, key]) => key)).toEqual([
      "\\r",
      "1",
      "10",
      "9",
      "\u0080",
      "\u00f6",
      "\u20ac",
      "\ud83d\ude00",
      "\ufb33",
    ]);
  });

  test("any value can be read back, whatever its key order, and strings are written as JSON.stringify writes them", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(...'"\\/\n\u0000\u001f\u007f ~aé€😀') }));
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), text, (value, string) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        if (string.isWellFormed()) expect(canonicalJson(string)).toBe(JSON.stringify(string));
        else expect(() => canonicalJson(string)).toThrow("lone surrogate");
        const backwards = Object.fromEntries(Object.entries({ value, b: 1, a: 2 }).toReversed());
        expect(canonicalJson(backwards)).toBe(canonicalJson({ a: 2, b: 1, value }));
      }),
    );
  });

  test("throws on values that JSON cannot hold and omits undefined fields", () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    for (const odd of [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      Symbol("x"),
      () => 1,
      [undefined],
      { a: "\ud800" },
      { "\udc00": 1 },
    ])
      expect(() => canonicalJson(odd)).toThrow("canonical JSON");
  });
});
