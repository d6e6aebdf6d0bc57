import { afterAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Disk, systemDisk } from "../../core/index.ts";
import { Chance } from "./schedule/chance.ts";
import { DiskImage } from "./world/disk-image.ts";
import { simDisk } from "./world/sim-disk.ts";

const real = mkdtempSync("/tmp/skerry-sim-disk-");
afterAll(() => rmSync(real, { recursive: true, force: true }));

function simulated(): Disk {
  const image = new DiskImage();
  image.makeFolder("/box");
  const world = {
    image,
    before: () => undefined,
    after: () => undefined,
    hops: () => 0,
    wait: async () => undefined,
    mostDiskMs: 0,
    freeBytes: 1,
  };
  return simDisk(world, { isAlive: true });
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe.each([
  ["the simulated disk", simulated(), "/box"],
  ["the real disk", systemDisk, real],
] as const)("%s", (_name, disk, box) => {
  const at = (path: string): string => join(box, path);
  const code = (work: Promise<unknown>): Promise<string | undefined> =>
    work.then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );

  test("stores and replaces files, and lists names in order", async () => {
    await disk.makeFolder(at("a/b/c"));
    await disk.makeFolder(at("a/b"));
    for (const name of ["z", "B", "a"]) await disk.write(at(`a/${name}`), bytes(name));
    await disk.write(at("a/z"), bytes("again"));
    await disk.syncFile(at("a/z"));
    await disk.syncFolder(at("a"));
    expect(await disk.read(at("a/z"), 100)).toEqual(bytes("again"));
    expect((await disk.list(at("a"))).map(({ name, kind }) => `${kind} ${name}`)).toEqual(["file B", "file a", "folder b", "file z"]);
    expect(await disk.inspect(at("a/z"))).toMatchObject({ name: "z", kind: "file", size: 5 });
  });

  test("renames over a file, follows links to folders, and reads them without following", async () => {
    await disk.makeFolder(at("r/one"));
    await disk.write(at("r/one/file"), bytes("1"));
    await disk.write(at("r/new"), bytes("new"));
    await disk.write(at("r/old"), bytes("old"));
    await disk.rename(at("r/new"), at("r/old"));
    expect(await disk.read(at("r/old"), 100)).toEqual(bytes("new"));
    expect(await disk.inspect(at("r/new"))).toBeUndefined();
    await disk.link("one", at("r/link"));
    expect(await disk.read(at("r/link/file"), 100)).toEqual(bytes("1"));
    expect(await disk.inspect(at("r/link"))).toMatchObject({ kind: "link", size: 3 });
    expect(await disk.readLink(at("r/link"))).toBe("one");
    await disk.link("nowhere", at("r/next"));
    await disk.rename(at("r/next"), at("r/link"));
    expect(await code(disk.read(at("r/link/file"), 100))).toBe("ENOENT");
    await disk.remove(at("r/link"));
    await disk.remove(at("r/one"));
    await disk.remove(at("r/never"));
    expect((await disk.list(at("r"))).map(({ name }) => name)).toEqual(["old"]);
  });

  test("reports errors with the same codes", async () => {
    await disk.makeFolder(at("w/folder/inner"));
    await disk.write(at("w/file"), bytes("x"));
    await disk.link("file", at("w/link"));
    expect(
      await Promise.all([
        code(disk.read(at("w/none"), 100)),
        code(disk.read(at("w/folder"), 100)),
        code(disk.read(at("w/file"), 0)),
        code(disk.write(at("none/file"), bytes("x"))),
        code(disk.write(at("w/folder"), bytes("x"))),
        code(disk.list(at("w/none"))),
        code(disk.list(at("w/file"))),
        code(disk.rename(at("w/none"), at("w/other"))),
        code(disk.rename(at("w/file"), at("w/folder"))),
        code(disk.link("x", at("w/file"))),
        code(disk.readLink(at("w/file"))),
        code(disk.syncFile(at("w/none"))),
        code(disk.syncFolder(at("w/none"))),
        code(disk.makeFolder(at("w/file"))),
        code(disk.inspect(at("w/file/below")).then((entry) => expect(entry).toBeUndefined())),
      ]),
    ).toEqual([
      "ENOENT",
      "EISDIR",
      "EFBIG",
      "ENOENT",
      "EISDIR",
      "ENOENT",
      "ENOTDIR",
      "ENOENT",
      "EISDIR",
      "EEXIST",
      "EINVAL",
      "ENOENT",
      "ENOENT",
      "EEXIST",
      undefined,
    ]);
  });
});

describe("after a power cut of the simulated disk", () => {
  const kept = (image: DiskImage): Record<string, string> =>
    Object.fromEntries(Array.from(image.tryFiles("/") ?? [], ([path, body]) => [path, body.toString()]));

  test("only flushed bytes and the names of flushed folders survive", () => {
    const image = new DiskImage();
    image.makeFolder("/d");
    image.syncFolder("/");
    image.write("/d/unflushed", bytes("1"));
    image.write("/d/flushed", bytes("2"));
    image.syncFile("/d/flushed");
    expect(kept(image.afterCut("lost", new Chance(1)))).toEqual({});
    image.syncFolder("/d");
    expect(kept(image.afterCut("lost", new Chance(1)))).toEqual({ "d/unflushed": "", "d/flushed": "2" });
    image.write("/d/flushed", bytes("3"));
    image.rename("/d/flushed", "/d/renamed");
    expect(kept(image.afterCut("lost", new Chance(1)))).toEqual({ "d/unflushed": "", "d/flushed": "2" });
    expect(kept(image.afterCut("kept", new Chance(1)))).toEqual({ "d/unflushed": "1", "d/renamed": "3" });
  });

  test("a rename is atomic, and a later change of a name never survives without the earlier one", () => {
    for (let seed = 0; seed < 300; seed++) {
      const image = new DiskImage();
      for (const folder of ["/d", "/e"]) image.makeFolder(folder);
      image.write("/d/old", bytes("old"));
      image.syncFile("/d/old");
      for (const folder of ["/", "/d", "/e"]) image.syncFolder(folder);
      image.write("/e/new", bytes("new"));
      image.syncFile("/e/new");
      image.rename("/e/new", "/d/old");
      const names = Object.keys(kept(image.afterCut("torn", new Chance(seed))));
      expect([["d/old"], ["d/old", "e/new"]]).toContainEqual(names.sort());
    }
  });

  test("a failed flush saves nothing, and neither does the next one; torn bytes are from the old or the new content", () => {
    const image = new DiskImage();
    image.write("/f", bytes("old"));
    image.syncFile("/f");
    image.syncFolder("/");
    image.write("/f", bytes("newer"));
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => kept(image.afterCut("torn", new Chance(seed)))["f"]));
    expect(seen).toContain("old");
    expect(seen).toContain("newer");
    expect(seen.size).toBeGreaterThan(5);
    image.failSync("/f");
    image.syncFile("/f");
    expect(image.read("/f")).toEqual(bytes("newer"));
    expect(kept(image.afterCut("kept", new Chance(1)))).toEqual({ f: "old" });
  });
});
