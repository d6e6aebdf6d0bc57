import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { capacityOf, jsonSchema, levelTree, NearestSites, parseSelector, selectSites, type SiteFacts } from "../../sites/index.ts";
import { AirportLabels, airports } from "../../sites/airports.ts";
import { cidrRule, contains } from "../../sites/values/address.ts";
import { CsvRecords } from "../../sites/sources/csv-records.ts";
import { mayHideFaults } from "../../sites/sources/json-skim.ts";
import { offsetIn, readJsonTree } from "../../sites/sources/json-tree.ts";
import { readBytes } from "../../sites/values/quantity.ts";
import { timeZoneRule } from "../../sites/values/time-zone.ts";
import { windowFault } from "../../sites/values/window.ts";

describe("CSV", () => {
  const recordsOf = (text: string): { readonly rows: (readonly string[] | undefined)[]; readonly faults: number } => {
    const records = new CsvRecords(text);
    const rows: (readonly string[] | undefined)[] = [];
    while (records.next()) rows.push(records.fields);
    return { rows, faults: records.faults.length };
  };

  test("reads any table that follows RFC 4180, quoted or not", () => {
    const cell = fc.array(fc.constantFrom("a", "é", ",", '"', "\n", "\r\n", " ", ""), { maxLength: 4 }).map((parts) => parts.join(""));
    const row = fc.array(fc.tuple(cell, fc.boolean()), { minLength: 2, maxLength: 4 });
    const written = ([text, quote]: readonly [string, boolean]): string =>
      quote || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), fc.constantFrom("\n", "\r\n"), fc.boolean(), (rows, lineEnd, endsOpen) => {
        const text = rows.map((cells) => cells.map(written).join(",")).join(lineEnd) + (endsOpen ? "" : lineEnd);
        const { rows: found, faults } = recordsOf(text);
        expect(faults).toBe(0);
        expect(found).toEqual(rows.map((cells) => cells.map(([value]) => value)));
      }),
      { numRuns: 1000 },
    );
  });

  test("continues after a broken row, except after an unclosed quote", () => {
    const cases = [
      'a,b\n"x"y,1\nc,d\n',
      'a,b\nx"y,1\nc,d\n',
      'a,b\n1,"x\nc,d\n',
      'a,b\n"x\ny"z,1\nc,d',
      'a,b\n"x""y,1\nc,d\n',
      '"a"\r,b\nc,d\n',
    ];
    const seen = cases.map((text) => {
      const { rows, faults } = recordsOf(text);
      return [faults, rows.map((row) => row?.join("+") ?? "?").join(" ")];
    });
    expect(seen).toEqual([
      [1, "a+b ? c+d"],
      [1, "a+b ? c+d"],
      [1, "a+b ?"],
      [1, "a+b ? c+d"],
      [1, "a+b ?"],
      [1, "? c+d"],
    ]);
  });

  test("gives the offset of each record", () => {
    const records = new CsvRecords('a,b\n\n"x\ny",1\r\nz,"');
    const offsets: number[] = [];
    while (records.next()) offsets.push(records.offset);
    expect(offsets).toEqual([0, 5, 14]);
    expect(records.faults.map(({ offset }) => offset)).toEqual([16]);
  });
});

describe("JSON", () => {
  const value = fc.jsonValue({ maxDepth: 4 });

  test("accepts exactly the texts that JSON.parse accepts", () => {
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(undefined, 2),
        fc.nat(),
        fc.constantFrom("", ",", '"', "}", "0", "\\"),
        (one, indent, at, junk) => {
          const text = JSON.stringify(one, undefined, indent);
          const broken = text.slice(0, at % (text.length + 1)) + junk + text.slice(at % (text.length + 1));
          for (const source of [text, broken]) {
            let isJson = true;
            try {
              JSON.parse(source);
            } catch {
              isJson = false;
            }
            expect(readJsonTree(source).root !== undefined).toBe(isJson);
          }
        },
      ),
    );
  });

  test("finds any value by its path", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.array(fc.integer(), { minLength: 1 }), { minKeys: 1 }),
        fc.constantFrom(undefined, 1),
        (one, indent) => {
          const text = JSON.stringify(one, undefined, indent);
          const { root } = readJsonTree(text);
          for (const [key, list] of Object.entries(one)) {
            const last = list.length - 1;
            expect(root && text.slice(offsetIn(root, [key, last], "value")).startsWith(JSON.stringify(list[last]))).toBe(true);
            expect(root && text.slice(offsetIn(root, [key], "key")).startsWith(JSON.stringify(key))).toBe(true);
          }
        },
      ),
    );
  });

  test("duplicate keys and rounded numbers are always found by the quick check", () => {
    const key = fc.constantFrom("a", "b", 'q"', "\\", ":", "é");
    const number = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, number)), fc.constantFrom(":", " : "), (members, colon) => {
        const text = `{${members.map(([name, count]) => `${JSON.stringify(name)}${colon}[${count}]`).join(",")}}`;
        const hides = new Set(members.map(([name]) => name)).size < members.length || members.some(([, count]) => count > 2n ** 53n);
        const { faults } = readJsonTree(text);
        expect(faults.length > 0).toBe(hides);
        if (hides) expect(mayHideFaults(text, JSON.parse(text))).toBe(true);
      }),
    );
    expect(mayHideFaults('{"a":{"b":"x: \\":"},"c":[{"d":1}]}', JSON.parse('{"a":{"b":"x: \\":"},"c":[{"d":1}]}'))).toBe(false);
  });
});

describe("rules", () => {
  test("for quantities follow Kubernetes and are exact", () => {
    const read = ["1", "8Gi", "1.5Gi", "512G", "1k", "9007199254740991", "0.5Ki"].map((text) => readBytes(text));
    expect(read).toEqual([1, 8 * 2 ** 30, 1.5 * 2 ** 30, 512e9, 1000, Number.MAX_SAFE_INTEGER, 512].map((bytes) => ({ bytes })));
    for (const text of ["", "0", "-1", "1e3", "100m", "8 Gi", "8gi", "8GB", "1Zi", "9007199254740992", "8Ei", "0.3Ki", "."])
      expect(readBytes(text)).toHaveProperty("violation.code", "bad-quantity");
  });

  test("for windows find long closures and overlaps", () => {
    const verdicts = (
      [
        ["0 2 * * *", 180],
        ["0 2 * * *", 1439],
        ["0 2 * * *", 1440],
        ["0 2 1 * *", 60],
        ["0 2 28 * *", 60],
        ["0 2 29 * *", 60],
        ["0 2 L * *", 60],
        ["0 2 * 3-12 *", 60],
        ["0 2 * * MON", 10_079],
        ["0 2 * * MON", 10_080],
        ["0 2 * * 1#5", 60],
        ["0 2 30 2 *", 60],
        ["0 2,3 * * *", 60],
        ["0 2,3 * * *", 59],
        ["*/5 2 * * *", 5],
      ] as const
    ).map(([cron, minutes]) => windowFault(cron, minutes)?.code.replace("window-", "") ?? "fine");
    expect(verdicts.join(" ")).toBe(
      "fine fine overlaps-itself fine fine opens-too-seldom fine opens-too-seldom fine overlaps-itself opens-too-seldom never-opens overlaps-itself fine overlaps-itself",
    );
  });

  test("for time zones accept every name of the airports, with exact case only", () => {
    const zones = [...new Set(airports.sites.map(({ timeZone }) => timeZone))];
    expect(zones.length).toBeGreaterThan(300);
    expect(zones.filter((zone) => timeZoneRule(zone))).toEqual([]);
    expect(zones.filter((zone) => !timeZoneRule(zone.toLowerCase()) || !timeZoneRule(zone.toUpperCase()))).toEqual([]);
  });

  test("for networks know which addresses are inside", () => {
    const v4 = fc.ipV4();
    fc.assert(
      fc.property(v4, v4, fc.integer({ min: 0, max: 32 }), (a, b, bits) => {
        const number = (text: string): bigint => text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
        const shift = BigInt(32 - bits);
        expect(contains(`${a}/${bits}`, b)).toBe(number(a) >> shift === number(b) >> shift);
        const isFirst = (number(a) >> shift) << shift === number(a);
        expect(cidrRule(`${a}/${bits}`) === undefined).toBe(isFirst);
      }),
    );
    expect([
      contains("fd00::/8", "fd12:3::9"),
      contains("fd00::/8", "fe12::9"),
      contains("::ffff:10.0.0.0/104", "::ffff:10.9.9.9"),
      contains("10.0.0.0/8", "::1"),
    ]).toEqual([true, false, true, false]);
  });
});

describe("selectors", () => {
  const count = (text: string): number | string[] => {
    const read = parseSelector(text, airports.sites);
    if ("value" in read) return selectSites(airports.sites, read.value).length;
    return read.problems.map(({ at, message, next }) => `${at[0]?.column}: ${message} -> ${next}`);
  };

  test("select sites by level, id and label", () => {
    const large = airports.sites.filter(({ labels }) => labels.size === "large");
    const german = airports.sites.filter(({ level }) => level.join("/") === "eu/de");
    expect(count("size=large")).toBe(large.length);
    expect(count("level=eu/de")).toBe(german.length);
    expect(count("level=EU/DE/,size=large")).toBe(german.filter(({ labels }) => labels.size === "large").length);
    expect(count("id=eddm|kjfk")).toBe(2);
    expect(count("!scheduled")).toBe(airports.sites.filter(({ labels }) => !labels.scheduled).length);
    expect(count("scheduled")).toBe(count("scheduled=true"));
    expect(count("size in (large, medium)")).toBe(airports.sites.length);
    expect(count('size notin ("large"),size!=medium')).toBe(0);
    expect(count("labels.size=large, level != eu , id = eddm")).toBe(0);
  });

  test("with a mistake are reported with the column and a suggestion", () => {
    const slips = [
      "siez=large",
      "size=lage",
      "level=eu/dee",
      "id=edmm",
      "level",
      "",
      "size=",
      "size=large level=eu",
      "size=large,,x",
      "!size=large",
      "size in (large",
      "@x",
      "profile=x|",
    ];
    expect(slips.map(count)).toMatchInlineSnapshot(`
[
  [
    "1: no site has a label "siez" -> did you mean "size"?",
  ],
  [
    "6: no site has size=lage -> did you mean "large"?",
  ],
  [
    "7: no site has level "eu/dee" -> did you mean "eu/de"?",
  ],
  [
    "4: no site has id "edmm" -> did you mean "edam"?",
  ],
  [
    "1: "level" needs a value -> write "level=…"",
  ],
  [
    "1: a term is missing -> write "key=value", "key" or "!key"",
  ],
  [
    "6: a value is missing -> write a value; put values with special characters in double quotes: name="a, b"",
  ],
  [
    "17: a comma is missing between two terms -> write "level=eu/de,size=large"",
  ],
  [
    "12: ",x" is not the beginning of a term -> write "key=value", "key" or "!key"",
  ],
  [
    "7: "!" is in front of a comparison -> write "key!=value"",
  ],
  [
    "15: ")" is missing -> write "size in (large, medium)"",
  ],
  [
    "1: "@x" is not the beginning of a term -> write "key=value", "key" or "!key"",
  ],
  [
    "11: a value is missing -> write a value; put values with special characters in double quotes: name="a, b"",
  ],
]
`);
    expect(parseSelector("anything=goes")).toHaveProperty("value.text", "anything=goes");
  });

  test("match labels named like inherited properties only where a site has them", () => {
    const sites = [
      { labels: {}, level: [], id: "a" },
      { labels: { tags: ["x", "y"] }, level: [], id: "b" },
    ] as unknown as SiteFacts<unknown>[];
    const ids = (text: string): string[] => {
      const read = parseSelector(text);
      return "value" in read ? selectSites(sites, read.value).map(({ id }) => id) : [];
    };
    expect([ids("constructor"), ids("toString"), ids("tags=y"), ids("tags!=y"), ids("!tags")]).toEqual([[], [], ["b"], ["a"], ["a"]]);
  });
});

describe("topology", () => {
  test("is the tree of all level paths with their sites", () => {
    const tree = levelTree(airports.sites);
    expect(tree.sites).toBe(9383);
    expect(tree.below.map(({ path, sites }) => `${path.join("/")} ${sites}`)).toEqual([
      "af 1174",
      "an 1",
      "as 1460",
      "eu 1988",
      "na 3289",
      "oc 507",
      "sa 964",
    ]);
    expect(tree.below.reduce((sum, { sites }) => sum + sites, 0)).toBe(tree.sites);
  });

  test("finds the nearest site by great-circle distance, across the date line and the poles, with ties broken by id", () => {
    const place = fc.record({ latitude: fc.integer({ min: -90, max: 90 }), longitude: fc.integer({ min: -180, max: 180 }) });
    const distance = (a: SiteFacts, b: SiteFacts): number => {
      const [p, q] = [a, b].map(
        ({ location: { latitude, longitude } }) => [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180] as const,
      ) as [readonly [number, number], readonly [number, number]];
      const sum = Math.sin((p[0] - q[0]) / 2) ** 2 + Math.cos(p[0]) * Math.cos(q[0]) * Math.sin((p[1] - q[1]) / 2) ** 2;
      return 2 * Math.asin(Math.min(1, Math.sqrt(sum)));
    };
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 12 }), (places) => {
        const sites = places.map((location, at) => ({ id: `s${at}`, location }) as SiteFacts);
        const nearest = new NearestSites(sites.toReversed());
        for (const site of sites) {
          const found = nearest.nearestTo(site) as SiteFacts;
          const least = Math.min(...sites.filter((other) => other !== site).map((other) => distance(site, other)));
          expect(distance(site, found)).toBeCloseTo(least, 8);
        }
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray([..."abcdefgh"], { minLength: 2 }), (ids) => {
        const here = ids.map((id) => ({ id, location: { latitude: 1, longitude: 2 } }) as SiteFacts);
        const away = { id: "z", location: { latitude: 40, longitude: -70 } } as SiteFacts;
        expect(new NearestSites([away, ...here]).nearestTo(away)?.id).toBe([...ids].sort()[0]);
      }),
    );
    const antipodes = [
      { id: "a", location: { latitude: 4, longitude: -7 } },
      { id: "b", location: { latitude: -4, longitude: 173 } },
    ] as SiteFacts[];
    expect(antipodes.map((site) => new NearestSites(antipodes).nearestTo(site)?.id)).toEqual(["b", "a"]);
    const twins = ["b", "a", "c"].map((id) => ({ id, location: { latitude: 1, longitude: 2 } }) as SiteFacts);
    expect(new NearestSites(twins).nearestTo(twins[1] as SiteFacts)?.id).toBe("b");
  });

  test("sums up the capacity of a site", () => {
    const [gpu] = airports.sites.filter(({ nodes }) => nodes.some((node) => node.gpus.length > 0));
    expect(capacityOf(gpu as SiteFacts)).toEqual({
      nodes: 3,
      servers: 3,
      cpu: 48,
      memoryBytes: 3 * 64 * 2 ** 30,
      diskBytes: 3e12,
      gpus: 1,
      gpuMemoryBytes: 24 * 2 ** 30,
      devices: 0,
    });
  });
});

test("JSON Schemas for editors accept valid sites and defaults and refuse mistakes", () => {
  const { site, defaults } = jsonSchema(AirportLabels);
  const check = (schema: unknown, value: unknown): boolean =>
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success;
  const node = { id: "n1", role: "server", arch: "amd64", cpu: 4, memory: "8Gi" };
  const good = {
    id: "oslo",
    name: "Oslo",
    level: ["eu", "no"],
    labels: { size: "large" },
    window: { minutes: 30, cron: null },
    link: null,
    nodes: [node],
  };
  expect(check(site, good)).toBe(true);
  for (const slip of [
    { regoin: 1 },
    { labels: { siez: "large" } },
    { labels: { size: "lage" } },
    { nodes: [{ ...node, cpu: "4" }] },
    { name: null },
    { id: "Oslo" },
  ]) {
    expect([slip, check(site, { ...good, ...slip })]).toEqual([slip, false]);
  }
  expect(
    check(defaults, {
      fleet: { labels: { size: "large" } },
      levels: { "eu/no": { link: { kind: "lte" } } },
      labels: { "size=large": { nodes: [node] } },
    }),
  ).toBe(true);
  for (const slip of [
    { flet: {} },
    { fleet: { id: "x" } },
    { labels: { "size=large": { labels: {} } } },
    { levels: { eu: { link: { kind: "x" } } } },
  ]) {
    expect([slip, check(defaults, slip)]).toEqual([slip, false]);
  }
});

describe("the airports", () => {
  // The first two columns hold no quotes and commas, so a plain split finds the codes.
  const codes = readFileSync("sites/airports.csv", "utf8")
    .split("\n")
    .slice(1, -1)
    .map((line) => line.split(",", 2) as [string, string]);

  test("are all sites: none is skipped and none has a problem", () => {
    expect(airports.problems).toEqual([]);
    expect(airports.skipped).toEqual([]);
    expect(codes.length).toBe(9383);
    expect(airports.sites.length).toBe(9383);
  });

  test("keep the codes of their table", () => {
    const missing = codes.filter(([icao, iata]) => airports.tryFind((icao || iata).toLowerCase()) === undefined);
    expect(missing).toEqual([]);
    expect(codes.filter(([icao]) => icao === "").length).toBe(386);
    expect(airports.tryFind("lirz")?.name).toBe("Perugia San Francesco d'Assisi – Umbria International Airport");
  });

  test("have machines and links by the rules of the README", () => {
    const count = (of: (site: SiteFacts<AirportLabels>) => string): Record<string, number> =>
      Object.fromEntries([...Map.groupBy(airports.sites, of)].map(([name, group]) => [name, group.length] as const).toSorted());
    expect(
      count(({ labels, nodes, link }) => `${labels.size} ${nodes.length} ${nodes[0]?.arch} ${nodes.at(-1)?.gpus.length} ${link?.kind}`),
    ).toMatchInlineSnapshot(`
{
  "large 3 amd64 0 fibre": 469,
  "large 3 amd64 1 fibre": 332,
  "medium 1 amd64 0 fibre": 1862,
  "medium 1 amd64 0 lte": 5433,
  "medium 1 arm64 0 satellite": 1287,
}
`);
    expect(airports.tryFind("cnv8")).toMatchObject({ level: ["na", "ca"], timeZone: "America/Toronto" });
    expect(airports.tryFind("clc4")?.location).toEqual({ latitude: 50.845556, longitude: -104.323611 });
    expect(airports.tryFind("eddm")?.window).toEqual({ cron: "0 2 * * *", minutes: 180, timeZone: "Europe/Berlin" });
  });

  test("have time zones that match their location", () => {
    const offset = (timeZone: string): number => {
      const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(Date.UTC(2027, 0, 15));
      const [, hours = "0"] = /GMT([+-]\d+)/.exec(parts.find(({ type }) => type === "timeZoneName")?.value ?? "") ?? [];
      return Number(hours);
    };
    const offsets = new Map([...new Set(airports.sites.map(({ timeZone }) => timeZone))].map((zone) => [zone, offset(zone)]));
    const far = airports.sites.filter(({ location, timeZone }) => {
      const difference = Math.abs((offsets.get(timeZone) as number) - location.longitude / 15) % 24;
      return Math.min(difference, 24 - difference) > 4;
    });
    // Halley in Antarctica uses a time zone far from its longitude.
    expect(far.map(({ id }) => id)).toEqual(["egah"]);
  });
});
