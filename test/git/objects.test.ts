import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fill, type SiteTree, type Template, type TreePart, type TreeShape } from "../../core/index.ts";
import { Delta } from "../../git/pack/delta.ts";
import { encodeTree, FILE_MODE, FOLDER_MODE, objectId, siteTreeDigest, tryReadTree } from "../../git/index.ts";
import { LineDelta } from "../../git/pack/line-delta.ts";
import { ObjectWriter } from "../../git/pack/object-writer.ts";
import { SiteTreeWriter } from "../../git/pack/site-tree-writer.ts";
import { bareRepository, git, removeScratch } from "./scratch.ts";

afterAll(removeScratch);

const fileName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.=~_-]{0,12}$/).filter((name) => !/^\.|\.git$|~1$/i.test(name));

interface Files {
  readonly [path: string]: string;
}

/** Files whose folders never stand where another file does. */
const files: fc.Arbitrary<Files> = fc
  .uniqueArray(fc.tuple(fc.array(fileName, { maxLength: 3 }), fileName, fc.string()), {
    minLength: 1,
    maxLength: 12,
    selector: ([folders, name]) => [...folders, name].join("/"),
  })
  .map((list) => list.map(([folders, name, content]) => [[...folders.map((folder) => `${folder}.d`), name].join("/"), content] as const))
  .map((list) => Object.fromEntries(list.filter(([path]) => !path.endsWith(".d"))))
  .filter((all) => Object.keys(all).length > 0);

describe("objects and trees as values", () => {
  test("every tree digest equals the id of the same files in a SHA-256 repository", () => {
    const repository = bareRepository(["--object-format=sha256"]);
    fc.assert(
      fc.property(files, (all) => {
        const lines = Object.entries(all).map(([path, content]) => {
          const id = git(repository, ["hash-object", "-w", "--stdin"], content).trim();
          return `100644 ${id}\t${path}\n`;
        });
        const tree = mktree(repository, lines);
        const digest = siteTreeDigest(Object.entries(all).map(([path, content]) => ({ path, bytes: Buffer.from(content) })));
        expect(digest).toBe(`sha256:${tree}`);
      }),
      { numRuns: 10 },
    );
  });

  test("two files for one path, or a file where a folder must be, have no digest", () => {
    const bytes = Buffer.from("x");
    for (const paths of [["a", "a"], ["a", "a/b"], ["a/b", "a"], [""], ["a/"], ["a//b"]]) {
      expect(() => siteTreeDigest(paths.map((path) => ({ path, bytes })))).toThrow("two files conflict at");
    }
  });

  test("tree entries are in git's order, where a folder sorts as if it ended in a slash, and are read back", () => {
    const repository = bareRepository();
    const blob = Buffer.from(git(repository, ["hash-object", "-w", "--stdin"], "x").trim(), "hex");
    const empty = Buffer.from(git(repository, ["mktree"], "").trim(), "hex");
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fileName, fc.boolean()), { selector: ([name]) => name }), (names) => {
        const entries = names.map(([name, isFolder]) => ({ name, mode: isFolder ? FOLDER_MODE : FILE_MODE, id: isFolder ? empty : blob }));
        const body = encodeTree(entries);
        const listed = entries.map(
          ({ name, mode, id }) => `${mode.padStart(6, "0")} ${mode === FOLDER_MODE ? "tree" : "blob"} ${id.toString("hex")}\t${name}\n`,
        );
        expect(objectId("tree", body).toString("hex")).toBe(git(repository, ["mktree"], listed.join("")).trim());
        expect(
          tryReadTree(body)
            ?.map(({ name }) => name)
            .sort(),
        ).toEqual(names.map(([name]) => name).sort());
      }),
      { numRuns: 30 },
    );
  });

  test("a truncated tree, or one with an unknown mode, is not read", () => {
    const body = encodeTree([
      { mode: FILE_MODE, name: "a", id: Buffer.alloc(20, 1) },
      { mode: FOLDER_MODE, name: "b", id: Buffer.alloc(20, 2) },
    ]);
    const whole = [0, body.indexOf("40000"), body.length];
    for (let end = 0; end <= body.length; end++) expect(tryReadTree(body.subarray(0, end)) !== undefined).toBe(whole.includes(end));
    expect(tryReadTree(Buffer.concat([Buffer.from("1x0644 a\0"), Buffer.alloc(20)]))).toBeUndefined();
  });
});

describe("deltas", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "b", "\n", "skerry-line "), maxLength: 60 });
  test("a line delta creates the target from the base, for any two texts", () => {
    const delta = new Delta();
    fc.assert(
      fc.property(line, fc.array(line, { minLength: 1, maxLength: 4 }), (base, targets) => {
        const lines = new LineDelta(Buffer.from(base), delta);
        for (const target of targets) expect(applyDelta(Buffer.from(base), lines.to(Buffer.from(target))).toString()).toBe(target);
      }),
      { numRuns: 3000 },
    );
  });

  test("texts that differ in one word of a line need that word and two copies", () => {
    const text = (word: string) => Buffer.from(`${"first line\n".repeat(50)}the word is ${word}.\n${"last line\n".repeat(50)}`);
    expect(new LineDelta(text("one"), new Delta()).to(text("two")).length).toBeLessThan(24);
  });

  test("copies and inserts of every length work together", () => {
    const delta = new Delta();
    const base = Buffer.alloc(70_000, "0123456789abcdefghijklmnopqrstuvwxyz");
    for (const length of [1, 127, 128, 255, 256, 65_535, 65_536, 65_537, 69_000]) {
      delta.begin(base.length, length * 2);
      delta.copy(base.length - length, length);
      delta.insert(base, 0, length);
      expect(applyDelta(base, delta.bytes).equals(Buffer.concat([base.subarray(base.length - length), base.subarray(0, length)]))).toBe(
        true,
      );
    }
  });
});

describe("site trees become packs", () => {
  test("git reads back the filled templates, for random shapes, late names and any text", async () => {
    for (const fleet of fc.sample(fleets, { numRuns: 12, seed: 7 })) {
      const repository = bareRepository();
      const writer = new ObjectWriter(repository);
      const trees = new SiteTreeWriter(writer);
      const roots = fleet.map((tree) => ({ ...trees.write(tree) })).map(({ id1, id2 }) => [hex(id1), hex(id2)] as const);
      await writer.finish();
      writer.close();
      for (const [index, tree] of fleet.entries()) {
        const [tree1, tree2] = roots[index] as readonly [string, string];
        const expected = filesOf(tree);
        expect(siteTreeDigest(expected)).toBe(`sha256:${tree2}`);
        const listed = git(repository, ["ls-tree", "-r", "-z", tree1]).split("\0").filter(Boolean);
        expect(listed.sort()).toEqual(
          expected.map(({ path, bytes }) => `100644 blob ${objectId("blob", bytes).toString("hex")}\t${path}`).sort(),
        );
      }
      // Checks that the bytes under each id are the ones that the id names.
      git(repository, ["fsck", "--strict", "--no-dangling"]);
    }
  });

  test("sites that differ only in late facts cost deltas, not files", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    const trees = new SiteTreeWriter(writer);
    const shape = lateShape(20_000);
    for (let site = 0; site < 100; site++) trees.write({ site: `s${site}`, shape, values: [`site-${site}`] });
    const written = await writer.finish();
    writer.close();
    expect(written.objects).toBe(100 * 4 + 1);
    expect(written.packBytes).toBeLessThan(45_000);
  });

  test("a shape with two files of one name is a bug and throws", () => {
    const trees = new SiteTreeWriter(new ObjectWriter(bareRepository()));
    const twins = [
      { name: "a", content: "1" },
      { name: "a", content: "2" },
    ];
    const template: Template = { pieces: ["a", ""], holes: [0] };
    expect(() => trees.write({ site: "s", shape: { parts: [{ folder: "", files: twins }] }, values: [] })).toThrow("twice");
    const late = {
      parts: [
        {
          folder: "",
          files: [
            { name: "ab", content: "1" },
            { name: template, content: "2" },
          ],
        },
      ],
    };
    expect(() => trees.write({ site: "s", shape: late, values: ["b"] })).toThrow("have the same name");
    expect(() => trees.write({ site: "s", shape: late, values: ["c"] })).not.toThrow();
  });
});

const late = fc
  .tuple(fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 2, maxLength: 4 }), fc.nat(2))
  .map(([pieces, hole]): Template => ({ pieces, holes: pieces.slice(1).map((_, index) => (hole + index) % 3) }));
const part = fc.tuple(
  fc.constantFrom("", "a", "a/b", "a/b/c", "a.d", "z"),
  fc.uniqueArray(fc.tuple(fileName, fc.oneof(fc.string(), late), fc.boolean()), { selector: ([name]) => name.toLowerCase(), maxLength: 4 }),
);
const shapes = fc.array(fc.uniqueArray(part, { selector: ([folder]) => folder, minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 3,
});

/** Some shapes, some of whose parts are shared, each with sites of several values; about a third of the names are late. */
const fleets: fc.Arbitrary<SiteTree[]> = fc
  .tuple(
    shapes,
    fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ unit: "grapheme" }), fc.string()), { minLength: 1, maxLength: 6 }),
  )
  .map(([allShapes, values]) => {
    const parts = new Map<unknown, TreePart>();
    const made = allShapes.map((list): TreeShape => ({ parts: list.map((each) => partOf(each, parts)) }));
    return made.flatMap((shape, number) => values.map((own, index): SiteTree => ({ site: `s${number}-${index}`, shape, values: own })));
  });

function partOf(
  each: readonly [string, readonly (readonly [string, string | Template, boolean])[]],
  parts: Map<unknown, TreePart>,
): TreePart {
  const [folder, list] = each;
  // "file" keeps names apart from those of folders.
  const content = list.map(([name, text, isLate]) => ({
    name: isLate ? { pieces: [`file-${name}-`, ".yaml"], holes: [0] } : `file-${name}`,
    content: text,
  }));
  const known = parts.get(each) ?? { folder, files: content };
  parts.set(each, known);
  return known;
}

function lateShape(bytes: number): TreeShape {
  const content: Template = { pieces: [`# ${"text ".repeat(bytes / 5)}\nsite: "`, `"\n${"more ".repeat(bytes / 5)}`], holes: [0] };
  return {
    parts: [
      {
        folder: "manifests/unit",
        files: [
          { name: "late.yaml", content },
          { name: "same.yaml", content: "same" },
        ],
      },
    ],
  };
}

function filesOf({ shape, values }: SiteTree): { path: string; bytes: Buffer }[] {
  const text = (value: string | Template) => (typeof value === "string" ? value : fill(value, values));
  return shape.parts.flatMap(({ folder, files: list }) =>
    list.map((file) => ({ path: [...(folder === "" ? [] : [folder]), text(file.name)].join("/"), bytes: Buffer.from(text(file.content)) })),
  );
}

function hex(binary: string): string {
  return Buffer.from(binary, "latin1").toString("hex");
}

/** Builds nested trees with plain git, from `<mode> <id> TAB <path>` lines. */
function mktree(repository: string, lines: readonly string[]): string {
  const folders = new Map<string, string[]>();
  const here: string[] = [];
  for (const line of lines) {
    const [meta, path] = line.trimEnd().split("\t") as [string, string];
    const slash = path.indexOf("/");
    if (slash < 0) here.push(`${meta.replace(" ", " blob ")}\t${path}\n`);
    else folders.set(path.slice(0, slash), [...(folders.get(path.slice(0, slash)) ?? []), `${meta}\t${path.slice(slash + 1)}\n`]);
  }
  for (const [name, inside] of folders) here.push(`040000 tree ${mktree(repository, inside)}\t${name}\n`);
  return git(repository, ["mktree"], here.join("")).trim();
}

/** An independent reader of the delta format, after gitformat-pack(5). */
function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = delta[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  expect(size()).toBe(base.length);
  const targetSize = size();
  const pieces: Buffer[] = [];
  while (at < delta.length) {
    const code = delta[at++] as number;
    if (code < 128) {
      expect(code).toBeGreaterThan(0);
      pieces.push(delta.subarray(at, at + code));
      at += code;
      continue;
    }
    let [offset, length] = [0, 0];
    for (let bit = 0; bit < 4; bit++) if (code & (1 << bit)) offset += (delta[at++] as number) * 2 ** (8 * bit);
    for (let bit = 0; bit < 3; bit++) if (code & (16 << bit)) length += (delta[at++] as number) * 2 ** (8 * bit);
    pieces.push(base.subarray(offset, offset + (length || 65_536)));
  }
  const target = Buffer.concat(pieces);
  expect(target.length).toBe(targetSize);
  return target;
}
