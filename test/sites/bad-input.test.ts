import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { csv, inventory, json, ndjson, sites, yaml } from "../../sites/index.ts";
import { files, Labels, node, site, problemLinesOf } from "./problem-lines.ts";

test("reports twenty faults from all kinds of sources in one run, in under a second", () => {
  const made = files({
    "defaults.yaml": `fleet:\n  window: { cron: "0 2 * * *", minutes: 1440 }\nlabels:\n  size=huge: {}\n`,
    "shops.yaml": [
      `id: oslo\nname: Oslo\nlevel: [eu, no]\nlocation: { latitude: 95, longitude: 10.7 }\ntimeZone: europe/oslo\nregoin: x\nlabels: { size: lage, scheduled: true }\nnodes:\n  - { id: n1, role: server, arch: x86_64, cpu: 0, memory: 32GB }\n  - { id: n1, role: server, arch: amd64, cpu: 1, memory: 32Gi }\n`,
      `id: bergen\nname: Bergen\nname: Bergen\n`,
      `id: tromso\n\tname: x\n`,
    ].join("---\n"),
    "b.ndjson": `${JSON.stringify(site("oslo"))}\n${JSON.stringify(site("оslo"))}\n{"id": nope}\n${JSON.stringify(site("x", { neighbours: ["osl"] }))}\n`,
    "c.csv": "id,name\nc1,short,long\nc2,throws\n",
  });
  const started = performance.now();
  const found = inventory({
    labels: Labels,
    defaults: made.path("defaults.yaml"),
    from: [
      yaml(made.path("shops.yaml")),
      ndjson(made.path("b.ndjson")),
      csv<"id" | "name">(made.path("c.csv"), () => {
        throw new Error("boom");
      }),
      json(made.path("b.json")),
    ],
  });
  expect(performance.now() - started).toBeLessThan(1000);
  expect(made.lines(found.problems)).toMatchInlineSnapshot(`
[
  "b.json file-not-found: "b.json" does not exist -> did you mean "b.ndjson"?",
  "b.ndjson:1:7 + shops.yaml:1:5 duplicate-site-id: site id "oslo" is used twice -> give one of them another id, or remove it",
  "b.ndjson:2:7 bad-site-id: site id "оslo" holds U+043E at character 1, which only looks like "o" -> use "oslo"",
  "b.ndjson:3:8 bad-json: invalid JSON: "nope" is not a JSON value -> put strings in double quotes: "nope"",
  "c.csv:2:1 bad-csv: the row has 3 fields, but the header has 2 -> put fields that hold commas in quotes, or add the missing fields",
  "c.csv:3:1 row-function-failed: the row function throws: boom -> correct the row function for this row; return skip("reason") for a row that is not a site",
  "defaults.yaml:2:41 window-overlaps-itself: the window lasts 1440 minutes and opens again after 1440, before it has closed -> make it shorter than 1440 minutes; for a site without a window leave the field out",
  "defaults.yaml:4:3 unknown-value: label size cannot be "huge"; it can be large, medium -> use one of these values",
  "shops.yaml:3:13 ambiguous-value: the unquoted value no is ambiguous -> write "no" for the string or false for the boolean",
  "shops.yaml:4:23 out-of-range: location.latitude must be at most 90, not 95 -> correct the value",
  "shops.yaml:5:11 bad-time-zone: time zone "europe/oslo" must be written Europe/Oslo -> write "Europe/Oslo"",
  "shops.yaml:6:1 unknown-field: unknown field "regoin" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  "shops.yaml:7:17 unknown-value: labels.size must be one of large, medium, not "lage" -> did you mean "large"?",
  "shops.yaml:9:35 unknown-value: nodes[0].arch must be one of amd64, arm64, arm, riscv64, ppc64le, s390x, not "x86_64" -> did you mean "amd64"?",
  "shops.yaml:9:48 out-of-range: nodes[0].cpu must be at least 1, not 0 -> correct the value",
  "shops.yaml:9:59 bad-quantity: "32GB" is not a quantity of bytes -> write it like "32G"",
  "shops.yaml:12:1 missing-fact: level, location, timeZone, nodes are missing -> add them here, or to the defaults when sites share them",
  "shops.yaml:12:1 missing-fact: labels.scheduled is missing -> add it: one of true, false",
  "shops.yaml:12:1 missing-fact: labels.size is missing -> add it: one of large, medium",
  "shops.yaml:13:1 + shops.yaml:14:1 duplicate-key: key "name" is in one map twice -> keep one of the two",
  "shops.yaml:17:1 bad-yaml: YAML must not be indented with tabs -> indent with spaces",
]
`);
  expect(found.problems.length).toBeGreaterThanOrEqual(20);
  expect(found.problems.every(({ next, code, message }) => next !== "" && /^[a-z-]+$/.test(code) && !message.includes("\n"))).toBe(true);
  const [first] = found.problems.filter(({ code }) => code === "bad-time-zone");
  expect(first?.at).toEqual([{ file: made.path("shops.yaml"), line: 5, column: 11, text: "timeZone: europe/oslo", path: "timeZone" }]);
});

describe("ids", () => {
  test("that are paths, options, reserved, too long or made of look-alike letters are refused, with a valid suggestion", () => {
    const ids = [
      "../x",
      "a/b",
      ".git",
      "con",
      "lpt1",
      "-rf",
      "",
      "x".repeat(41),
      "oslo.",
      "0123",
      "OSLO",
      "оslo",
      "oslo\u200b",
      "cafe\u0301",
      "a_b",
      "a b",
    ];
    expect(ids.map((id) => problemLinesOf(site(id))[0]?.replace(/^s:[0-9:]+ /, ""))).toMatchInlineSnapshot(`
[
  "bad-site-id: site id "../x" holds "." -> use "x"",
  "bad-site-id: site id "a/b" holds "/" -> use "a-b"",
  "bad-site-id: site id ".git" holds "." -> use "git"",
  "bad-site-id: site id "con" is a reserved device name on Windows -> use "con-1" or the site's full name; reserved are con, prn, aux, nul, com0 to com9, lpt0 to lpt9",
  "bad-site-id: site id "lpt1" is a reserved device name on Windows -> use "lpt1-1" or the site's full name; reserved are con, prn, aux, nul, com0 to com9, lpt0 to lpt9",
  "bad-site-id: site id "-rf" begins or ends with - -> use "rf"",
  "bad-site-id: site id "" is empty -> choose a valid one; it can never change later",
  "bad-site-id: site id "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" has 41 characters -> use "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"",
  "bad-site-id: site id "oslo." holds "." -> use "oslo"",
  "bad-site-id: site id "0123" has digits only; JavaScript would sort such keys before all others -> use "s0123"",
  "bad-site-id: site id "OSLO" has capital letters -> use "oslo"",
  "bad-site-id: site id "оslo" holds U+043E at character 1, which only looks like "o" -> use "oslo"",
  "bad-site-id: site id "oslo\\u{200b}" holds U+200B at character 5 -> use "oslo"",
  "bad-site-id: site id "café" holds U+0301 at character 5 -> use "cafe"",
  "bad-site-id: site id "a_b" holds "_" -> use "a-b"",
  "bad-site-id: site id "a b" holds " " -> use "a-b"",
]
`);
  });

  test("that several sites have are reported with all places, ignoring case", () => {
    expect(problemLinesOf(site("oslo"), site("OSLO"), site("oslo"))).toEqual([
      's:1:7 + s:2:7 + s:3:7 duplicate-site-id: site id "oslo" is used 3 times -> give one of them another id, or remove it',
      's:2:7 bad-site-id: site id "OSLO" has capital letters -> use "oslo"',
    ]);
  });

  test("of neighbours must exist, differ from the site's own and be listed once", () => {
    expect(problemLinesOf(site("oslo", { neighbours: ["bergn", "oslo", "bergen", "bergen"] }), site("bergen"))).toMatchInlineSnapshot(`
[
  "s:1:243 bad-neighbour: neighbour "bergn" is not a site of this inventory -> did you mean "bergen"?",
  "s:1:251 bad-neighbour: the site is its own neighbour -> remove the entry",
  "s:1:267 bad-neighbour: neighbour "bergen" is listed twice -> remove one of the entries",
]
`);
  });
});

describe("facts", () => {
  test("that are unknown, missing or of a wrong type are reported with the next step", () => {
    const cases: Readonly<Record<string, unknown>>[] = [
      { regoin: "x", tiemZone: "y" },
      { name: undefined, nodes: undefined },
      { name: 12, level: "eu/no" },
      { level: ["eu/no", "", "-", 7] },
      { location: { latitude: "59.9", longitude: 181, altitude: 3 } },
      { location: { latitude: 0, longitude: 0 } },
      { location: { latitude: 1 } },
      { labels: { size: "lage", scheduled: "true", siez: 1 } },
      { labels: [] },
      { labels: { size: "large", scheduled: true, constructor: 1 } },
      { profile: "Big One" },
      { name: null, nodes: null },
      { name: " x", profile: 3 },
      { name: "two\nlines" },
      { name: "mirror \u202e" },
      { name: "\ud800" },
      JSON.parse('{ "__proto__": { "id": "y" } }') as Readonly<Record<string, unknown>>,
      { link: { kind: "fiber", downMbps: 0, upMbps: 1, speed: 3 } },
      { link: { kind: "lte" } },
      { network: { cidr: "10.4.17.5/24", gateway: "10.4.17", proxy: "proxy:1" } },
      {
        network: { cidr: "10.4.17.0/24", gateway: "10.4.18.1", vip: "10.4.17.9" },
        nodes: [{ ...node, nics: [{ name: "e", ip: "10.4.17.9" }] }],
      },
      { timeZone: "CEST" },
      { timeZone: "Europe/Olso" },
      { window: { cron: "@daily", minutes: 0 } },
      { window: { cron: "0 2 31 * *", minutes: 60 } },
      { window: { cron: "0 2 31 2 *", minutes: 60 } },
      { window: { cron: "0 * * * *", minutes: 60 } },
      { window: { cron: "0 2 * * *" } },
      { reportKey: "ssh-rsa AAAA" },
    ];
    expect(cases.flatMap((more) => problemLinesOf({ ...site("x"), ...more }))).toMatchInlineSnapshot(`
[
  "s:1:226 unknown-field: unknown field "regoin" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  "s:1:239 unknown-field: unknown field "tiemZone" -> did you mean "timeZone"?",
  "s:1:1 missing-fact: name, nodes are missing -> add them here, or to the defaults when sites share them",
  "s:1:18 wrong-type: name must be a string, not the number 12 -> put the value in quotes",
  "s:1:29 wrong-type: level must be a list, not the string "eu/no" -> write a list: [ … ]",
  "s:1:36 bad-level: level "eu/no" holds "/" -> write a list: [eu, no]",
  "s:1:44 bad-level: a level is empty -> name the level, or leave it out of the list",
  "s:1:47 bad-level: level "-" holds a character that is not allowed in a level, or is too long -> rename the level",
  "s:1:51 wrong-type: level[3] must be a string, not the number 7 -> put the value in quotes",
  "s:1:65 wrong-type: location.latitude must be a number, not the string "59.9" -> remove the quotes: 59.9",
  "s:1:84 out-of-range: location.longitude must be at most 180, not 181 -> correct the value",
  "s:1:88 unknown-field: unknown field "altitude" in location -> did you mean "latitude"?",
  "s:1:53 null-island: the location is 0, 0 -> write the real location; for a site that is really there write 0.0001",
  "s:1:53 missing-fact: location.longitude is missing -> add it",
  "s:1:124 unknown-value: labels.size must be one of large, medium, not "lage" -> did you mean "large"?",
  "s:1:143 wrong-type: labels.scheduled must be true or false, not the string "true" -> write true or false, without quotes (yes, no, on and off are strings)",
  "s:1:150 unknown-field: unknown field "siez" in labels -> did you mean "size"?",
  "s:1:116 wrong-type: labels must be a map, not a list -> write a map",
  "s:1:149 bad-label: label "constructor" is a property of every JavaScript object -> rename the label",
  "s:1:236 bad-profile: profile "Big One" has capital letters -> use "big-one"",
  "s:1:1 missing-fact: nodes is missing -> add it here, or to the defaults when sites share it",
  "s:1:18 wrong-type: name must be a string, not null -> null only removes a default, and this fact has none: leave the field out",
  "s:1:18 bad-name: name " x" begins or ends with a space -> write "x"",
  "s:1:232 wrong-type: profile must be a string, not the number 3 -> put the value in quotes",
  "s:1:18 bad-name: name "two\\u{a}lines" holds U+000A at character 4 -> remove that character; it is invisible and can make the text look different",
  "s:1:18 bad-name: name "mirror \\u{202e}" holds U+202E at character 8 -> remove that character; it is invisible and can make the text look different",
  "s:1:18 bad-name: name "\\u{d800}" holds U+D800 at character 1 -> remove that character; it is invisible and can make the text look different",
  "s:1:226 unknown-field: unknown field "__proto__" -> remove it, or use one of: id, name, level, location, timeZone, labels, profile, window, network, link, nodes, neighbours, reportKey",
  "s:1:241 unknown-value: link.kind must be one of fibre, cable, dsl, radio, lte, 5g, satellite, not "fiber" -> did you mean "fibre"?",
  "s:1:260 out-of-range: link.downMbps must be more than 0, not 0 -> correct the value",
  "s:1:273 unknown-field: unknown field "speed" in link -> remove it, or use one of: kind, downMbps, upMbps, metered, latencyMs",
  "s:1:233 missing-fact: link.downMbps is missing -> add it",
  "s:1:233 missing-fact: link.upMbps is missing -> add it",
  "s:1:244 bad-address: "10.4.17.5/24" is an address inside the network, not the network itself -> write "10.4.17.0/24"",
  "s:1:269 bad-address: "10.4.17" is not an IP address -> write an address like "10.4.17.5" or "fd00::5"",
  "s:1:287 bad-proxy: "proxy:1" is not a proxy address -> write it like "http://proxy.example:3128"",
  "s:1:249 duplicate-address: address 10.4.17.9 is used twice at this site -> give each its own address",
  "s:1:308 address-outside-network: address 10.4.18.1 is outside the site's network 10.4.17.0/24 -> correct the address or network.cidr",
  "s:1:93 bad-time-zone: time zone "CEST" is not an IANA name -> write an IANA name, like "Europe/Berlin"",
  "s:1:93 bad-time-zone: time zone "Europe/Olso" does not exist -> did you mean "Europe/Oslo"?",
  "s:1:243 bad-cron: cron "@daily" does not have five fields -> write five fields, minute hour day month weekday: "0 2 * * *" is every day at 02:00",
  "s:1:262 out-of-range: window.minutes must be at least 1, not 0 -> correct the value",
  "s:1:243 window-opens-too-seldom: the window "0 2 31 * *" stays closed for 59 days (2027-01-31 to 2027-03-31); at most 35 are allowed -> open it at least once a month: "0 2 1 * *" is the first of each month at 02:00",
  "s:1:243 window-never-opens: no day matches the window's cron "0 2 31 2 *" -> open it at least once a month: "0 2 1 * *" is the first of each month at 02:00",
  "s:1:265 window-overlaps-itself: the window lasts 60 minutes and opens again after 60, before it has closed -> make it shorter than 60 minutes; for a site without a window leave the field out",
  "s:1:235 missing-fact: window.minutes is missing -> add it",
  "s:1:238 bad-report-key: reportKey is a key of another type; only ssh-ed25519 is supported -> copy the whole line: "ssh-ed25519 AAAA… comment"",
]
`);
  });

  test("of nodes are checked for each node and for the list", () => {
    const nodes: unknown[] = [
      [],
      Array.from({ length: 33 }, (_, at) => ({ ...node, id: `n${at}` })),
      [{ ...node, role: "worker" }],
      [{ ...node, role: "agent" }],
      [node, node],
      [
        { ...node, id: "12" },
        { ...node, id: "n".repeat(21) },
      ],
      [{ ...node, arch: "x86_64", cpu: 1.5, memory: "32GB" }],
      [{ ...node, memory: -1 }],
      [{ ...node, memory: "0.5" }],
      [{ ...node, gpu: 1, disks: [{ name: "sda", type: "ssd", sizeBytes: "1T" }], nics: [{ name: "e0", mac: "02-AA-00-04-17-01" }] }],
      [{ ...node, disks: {} }],
      [null],
      "n1",
    ];
    expect(nodes.flatMap((list) => problemLinesOf(site("x", { nodes: list })))).toMatchInlineSnapshot(`
[
  "s:1:158 out-of-range: nodes must have at least 1 entry, not 0 -> correct the value",
  "s:1:158 out-of-range: nodes must have at most 32 entries, not 33 -> correct the value",
  "s:1:177 unknown-value: nodes[0].role must be one of server, agent, not "worker" -> did you mean "agent"?",
  "s:1:158 no-server: no node of this site has the role server -> give one or three nodes the role server",
  "s:1:231 duplicate-node-id: node id "n1" is used twice at this site (nodes[0] and nodes[1]) -> give each node its own id",
  "s:1:165 bad-node-id: node id "12" has digits only; JavaScript would sort such keys before all others -> use "s12"",
  "s:1:231 bad-node-id: node id "nnnnnnnnnnnnnnnnnnnnn" has 21 characters -> use "nnnnnnnnnnnnnnnnnnnn"",
  "s:1:193 unknown-value: nodes[0].arch must be one of amd64, arm64, arm, riscv64, ppc64le, s390x, not "x86_64" -> did you mean "amd64"?",
  "s:1:208 wrong-type: nodes[0].cpu must be an integer, not the number 1.5 -> write an integer",
  "s:1:221 bad-quantity: "32GB" is not a quantity of bytes -> write it like "32G"",
  "s:1:218 out-of-range: nodes[0].memory must be at least 1, not -1 -> correct the value",
  "s:1:218 bad-quantity: "0.5" is not a whole number of bytes -> write it like "16Gi"",
  "s:1:224 unknown-field: unknown field "gpu" in nodes[0] -> did you mean "cpu"?",
  "s:1:262 unknown-value: nodes[0].disks[0].type must be one of HDD, SSD, NVME, not "ssd" -> did you mean "SSD"?",
  "s:1:314 bad-address: "02-AA-00-04-17-01" is not a MAC address in lower case with colons -> write it like "02:aa:00:04:17:01"",
  "s:1:232 wrong-type: nodes[0].disks must be a list, not a map -> write a list: [ … ]",
  "s:1:159 wrong-type: nodes[0] must be a map, not null -> null only removes a default, and this fact has none: leave the field out",
  "s:1:158 wrong-type: nodes must be a list, not the string "n1" -> write a list: [ … ]",
]
`);
  });

  test("with a misspelled name are one problem each: the fact that was meant is not missing as well", () => {
    const { timeZone, nodes, ...rest } = site("x");
    const [{ role, ...only }] = nodes as unknown as [{ role: string }];
    const codes = (raw: object) => problemLinesOf(raw as never).map((line) => line.replace(/^\S+ /, ""));
    expect(codes({ ...rest, tiemZone: timeZone, nodes })).toEqual(['unknown-field: unknown field "tiemZone" -> did you mean "timeZone"?']);
    expect(codes({ ...rest, timeZone, nodes: [{ ...only, rol: role }] })).toEqual([
      'unknown-field: unknown field "rol" in nodes[0] -> did you mean "role"?',
    ]);
    expect(codes({ ...rest, timeZone, nodes, labels: { siez: "large", scheduled: true } })).toEqual([
      'unknown-field: unknown field "siez" in labels -> did you mean "size"?',
    ]);
    // Another fact is still missing, and one that is there under its right name is still judged.
    expect(codes({ ...rest, tiemZone: timeZone })).toEqual([
      "missing-fact: nodes is missing -> add it here, or to the defaults when sites share it",
      'unknown-field: unknown field "tiemZone" -> did you mean "timeZone"?',
    ]);
    expect(codes({ ...rest, timeZone, nodes, labls: {}, labels: { size: "large" } })).toEqual([
      "missing-fact: labels.scheduled is missing -> add it: one of true, false",
      'unknown-field: unknown field "labls" -> did you mean "labels"?',
    ]);
  });

  test("like a secret are never shown", () => {
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----";
    const made = files({
      s: [site("a", { reportKey: key }), site("b", { password: "hunter2" }), site("c", { network: { proxy: "http://me:hunter2@proxy:1" } })]
        .map((one) => JSON.stringify(one))
        .join("\n"),
    });
    const { problems } = inventory({ labels: Labels, from: [ndjson(made.path("s"))] });
    expect(problems.map(({ code }) => code)).toEqual(["bad-report-key", "unknown-field", "bad-proxy"]);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|b3BlbnN/);
  });

  test("of a cloned box are recognized by its report key", () => {
    const body = `${"AAAAC3NzaC1lZDI1NTE5AAAAI".padEnd(67, "A")}b`;
    const lines = problemLinesOf(site("a", { reportKey: `ssh-ed25519 ${body} one` }), site("b", { reportKey: `ssh-ed25519 ${body}` }));
    expect(lines).toEqual(["s:1:238 + s:2:238 duplicate-report-key: 2 sites have the same report key -> create a new key at each site"]);
  });

  test("with getters that throw are one problem each and hide no other fault", () => {
    const get = () => {
      throw new Error("no database");
    };
    const throwing = { get, enumerable: true };
    const cpu = Object.defineProperty({ ...node }, "cpu", throwing);
    const found = inventory({
      labels: Labels,
      defaults: { levels: { eu: Object.defineProperty({}, "link", throwing) } } as never,
      from: [
        sites([
          Object.defineProperty(site("a"), "id", throwing),
          site("B"),
          site("c", { nodes: [cpu] }),
          Object.defineProperty(site("d"), "window", throwing),
        ]),
        sites(undefined as never),
      ],
    });
    const lines = found.problems.map(({ code, message, at }) => `${at[0]?.path} ${code}: ${message}`);
    expect(lines.toSorted()).toEqual([
      " wrong-type: a site must be a map, not undefined",
      "[0].id fact-not-readable: id cannot be read because its getter throws: no database",
      '[1].id bad-site-id: site id "B" has capital letters',
      "[2].nodes fact-not-readable: nodes cannot be read because its getter throws: no database",
      "[3].window fact-not-readable: window cannot be read because its getter throws: no database",
      "defaults.levels.eu.link fact-not-readable: link cannot be read because its getter throws: no database",
    ]);
  });

  test("that a label schema refuses, drops or throws on are problems and never exceptions", () => {
    const lines = (labels: z.ZodType, value: Readonly<Record<string, unknown>>): string[] => {
      const found = inventory({ labels, from: [sites([site("x", { labels: value })])] });
      return found.problems.map(({ code, message }) => `${code}: ${message}`);
    };
    expect(lines(z.object({ size: z.string() }), { size: "l", siez: "l" })).toEqual(['unknown-field: unknown field "siez" in labels']);
    expect(lines(z.object({ size: z.string() }), { siez: "l" })).toEqual(['unknown-field: unknown field "siez" in labels']);
    expect(lines(z.looseObject({ size: z.string() }), { size: "l", siez: "l" })).toEqual([]);
    expect(lines(z.record(z.string(), z.string()), { a: "b" })).toEqual([]);
    expect(lines(z.object({ at: z.string().transform((text) => new Map([[text, 1]])) }), { at: "x" })).toEqual([
      "bad-label-schema: the label schema returns a value that JSON cannot hold",
    ]);
    const failing = z.object({
      at: z.string().transform(() => {
        throw new Error("no");
      }),
    });
    expect(lines(failing, { at: "x" })).toEqual(["bad-label-schema: the label schema throws: no"]);
    expect(lines(z.object({ at: z.string().refine((text) => text !== "x", "x is taken") }), { at: "x" })).toEqual([
      "bad-value: labels.at: x is taken",
    ]);
  });
});

test("warns once about ids that are prefixes of many others, naming the worst one", () => {
  const numbered = (count: number): ReturnType<typeof site>[] => Array.from({ length: count }, (_, index) => site(`s${index + 1}`));
  const found = inventory({ labels: Labels, from: [sites(numbered(400))] });
  expect(found.sites).toHaveLength(400);
  expect(found.problems).toMatchObject([
    {
      code: "costly-id",
      severity: "warning",
      message: '110 other site ids begin with "s1"; the same holds for 2 more ids',
      because: "git lists refs by name prefix, so each idle poll of this site transfers 8 kB more",
    },
  ]);
  // Among 31 sites only s1 is a prefix, of ten others; ids of equal length are no prefixes.
  expect(inventory({ labels: Labels, from: [sites(numbered(31))] }).problems).toEqual([]);
  const even = numbered(400).map((input) => ({ ...input, id: input.id.padEnd(5, "x") }));
  expect(inventory({ labels: Labels, from: [sites(even)] }).problems).toEqual([]);
});
