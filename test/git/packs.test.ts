import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { WorldError } from "../../core/index.ts";
import { IdTable } from "../../git/pack/id-table.ts";
import { readObjectList, readObjects } from "../../git/index.ts";
import { KnownObjects } from "../../git/pack/known-objects.ts";
import { binaryId, objectId } from "../../git/objects/object.ts";
import { ObjectWriter } from "../../git/pack/object-writer.ts";
import { bareRepository, git, removeScratch } from "./scratch.ts";

afterAll(removeScratch);

describe("the pack writer", () => {
  test("writes objects of every kind and size that git reads back, each once", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    const bodies = [0, 1, 15, 16, 511, 512, 65_535, 65_536, 200_000].map((length) => noise(length));
    const ids = [...bodies, ...bodies].map((body) => writer.add("blob", body));
    const text = Buffer.from("words ".repeat(50_000));
    ids.push(writer.add("blob", text));
    const written = await writer.finish();
    writer.close();
    expect(written).toMatchObject({ objects: bodies.length + 1, packs: 1 });
    const read = await readObjectList(repository, ids, "blob");
    expect(read.map((body) => body.length)).toEqual([...bodies, ...bodies, text].map((body) => body.length));
    expect(read.at(-1)?.equals(text)).toBe(true);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("closes a long pack, and no delta uses a base in another one", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    let base = writer.writeWhole("blob", noise(10, 0));
    writer.isNew(binaryId("blob", noise(10, 0)));
    let bases = 1;
    for (let number = 1; number < 40; number++) {
      const body = noise(500_000, number);
      writer.isNew(binaryId("blob", body));
      if (!writer.isReachable(base)) bases++;
      base = writer.writeWhole("blob", body);
    }
    const written = await writer.finish();
    writer.close();
    expect(written.packs).toBe(bases);
    expect(written.packs).toBeGreaterThan(1);
    git(repository, ["fsck", "--strict", "--no-dangling"]);
  });

  test("starts a git process for a pack early only when the pack is large enough", async () => {
    const writer = new ObjectWriter(bareRepository());
    writer.add("blob", noise(1_000, 1));
    writer.flush(2_000);
    writer.add("blob", noise(1_000, 2));
    writer.flush(2_000);
    writer.add("blob", noise(1_000, 3));
    const written = await writer.finish();
    writer.close();
    expect(written).toMatchObject({ objects: 3, packs: 2 });
  });

  test("git refuses bad objects with its own message, and keeps no pack of them", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    writer.add("tree", Buffer.from(`100644 a\0${"x".repeat(20)}`, "latin1"));
    await expect(writer.finish()).rejects.toMatchObject({ code: "git-failed", message: expect.stringContaining("git index-pack") });
    writer.close();
    // git itself leaves its temporary file, for `git gc` to prune.
    expect(readdirSync(join(repository, "objects/pack")).filter((name) => !name.startsWith("tmp_pack_"))).toEqual([]);
    const broken = new ObjectWriter(repository);
    broken.add("commit", Buffer.from("tree nonsense\n"));
    await expect(broken.finish()).rejects.toThrow(WorldError);
  });

  test("a repository that is removed during the run ends it with an error, not with a hang", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    for (let number = 0; number < 40; number++) writer.add("blob", noise(100_000, number));
    rmSync(repository, { recursive: true });
    await expect(writer.finish()).rejects.toThrow(WorldError);
  });

  test("packs are kept from git gc until the writer is closed", async () => {
    const repository = bareRepository();
    const writer = new ObjectWriter(repository);
    const id = writer.add("blob", Buffer.from("not reachable yet"));
    await writer.finish();
    git(repository, ["gc", "--prune=now", "--quiet"]);
    expect(String(await readObjectList(repository, [id], "blob"))).toBe("not reachable yet");
    writer.close();
    git(repository, ["gc", "--prune=now", "--quiet"]);
    await expect(readObjectList(repository, [id], "blob")).rejects.toMatchObject({ code: "object-missing" });
  });
});

describe("known objects", () => {
  const blob = (text: string) => Buffer.from(text);
  const idOf = (text: string) => binaryId("blob", blob(text));

  test("are those of packs, loose files and alternates", () => {
    const lender = bareRepository();
    const repository = bareRepository();
    for (const text of ["lent-packed", "lent-loose"]) git(lender, ["hash-object", "-w", "--stdin"], text);
    pack(lender, ["lent-packed"]);
    mkdirSync(join(repository, "objects/info"), { recursive: true });
    writeFileSync(join(repository, "objects/info/alternates"), `# a remark\n${join(lender, "objects")}\n`);
    for (const text of ["packed", "loose"]) git(repository, ["hash-object", "-w", "--stdin"], text);
    pack(repository, ["packed"]);
    const known = KnownObjects.of(repository);
    const texts = ["lent-packed", "lent-loose", "packed", "loose", "nowhere"];
    expect(texts.filter((text) => known.has(idOf(text)))).toEqual(texts.slice(0, 4));
    expect(known.add(idOf("nowhere"))).toBe(true);
    expect(known.add(idOf("nowhere"))).toBe(false);
  });

  test("an index without its pack, of another version, or truncated is ignored", () => {
    const repository = bareRepository();
    for (const text of ["a", "b", "c"]) git(repository, ["hash-object", "-w", "--stdin"], text);
    const [first, second, third] = ["a", "b", "c"].map((text) => pack(repository, [text])) as [string, string, string];
    rmSync(`${first}.pack`);
    const index = readFileSync(`${second}.idx`);
    index[7] = 1;
    rmSync(`${second}.idx`);
    writeFileSync(`${second}.idx`, index);
    const cut = readFileSync(`${third}.idx`).subarray(0, 8 + 1024 + 10);
    rmSync(`${third}.idx`);
    writeFileSync(`${third}.idx`, cut);
    const known = KnownObjects.of(repository);
    expect(["a", "b", "c"].filter((text) => known.has(idOf(text)))).toEqual([]);
  });

  test("the files of objects that were not written again get a new time, so that git gc keeps them", () => {
    const repository = bareRepository();
    for (const text of ["packed", "other", "loose"]) git(repository, ["hash-object", "-w", "--stdin"], text);
    const packed = pack(repository, ["packed"]);
    const other = pack(repository, ["other"]);
    const loose = join(repository, "objects", looseName(blob("loose")));
    for (const path of [`${packed}.pack`, `${other}.pack`, loose]) utimesSync(path, 1000, 1000);
    const known = KnownObjects.of(repository);
    known.add(idOf("packed"));
    known.add(idOf("loose"));
    known.freshen();
    expect(statSync(`${packed}.pack`).mtimeMs).toBeGreaterThan(1e12);
    expect(statSync(loose).mtimeMs).toBeGreaterThan(1e12);
    expect(statSync(`${other}.pack`).mtimeMs).toBe(1_000_000);
    rmSync(loose);
    expect(() => known.freshen()).not.toThrow();
  });

  test("the second run of the same work writes nothing, and keeps the objects that it needs", async () => {
    const repository = bareRepository();
    const packs = () => readdirSync(join(repository, "objects/pack")).map((name) => join(repository, "objects/pack", name));
    for (const expected of [3, 0]) {
      for (const path of packs()) utimesSync(path, 1000, 1000);
      const writer = new ObjectWriter(repository);
      for (const text of ["one", "two", "three"]) writer.add("blob", blob(text));
      expect((await writer.finish()).objects).toBe(expected);
      writer.close();
    }
    const written = packs().filter((path) => path.endsWith(".pack"));
    expect(written.map((path) => statSync(path).mtimeMs > 1e12)).toEqual([true]);
  });

  test("the table distinguishes ids that differ in one byte, across every growth", () => {
    const table = new IdTable();
    const ids = Array.from({ length: 5000 }, (_, number) => `${"\x01".repeat(16)}${String.fromCharCode(number & 255, number >> 8, 0, 7)}`);
    for (const [index, id] of ids.entries()) expect(table.add(id, index % 60_000)).toBeUndefined();
    expect(table.size).toBe(5000);
    expect(ids.every((id, index) => table.ownerOf(id) === index)).toBe(true);
    expect(table.add(ids[17] as string, 3)).toBe(17);
    expect(table.ownerOf("\xff".repeat(20))).toBeUndefined();
  });

  function looseName(body: Buffer): string {
    const id = objectId("blob", body).toString("hex");
    return `${id.slice(0, 2)}/${id.slice(2)}`;
  }

  function pack(repository: string, texts: readonly string[]): string {
    const ids = texts.map((text) => objectId("blob", blob(text)).toString("hex"));
    const name = git(repository, ["pack-objects", "-q", join(repository, "objects/pack/pack")], `${ids.join("\n")}\n`).trim();
    git(repository, ["prune-packed"]);
    return join(repository, `objects/pack/pack-${name}`);
  }
});

describe("reading objects", () => {
  test("returns each in order, and names a missing one", async () => {
    const repository = bareRepository();
    const ids = ["one", "two"].map((text) => git(repository, ["hash-object", "-w", "--stdin"], text).trim());
    const missing = "0".repeat(39).concat("1");
    const seen: unknown[] = [];
    await readObjects(repository, [ids[1] as string, missing, ids[0] as string], (index, object) =>
      seen.push([index, object?.kind, object?.body.toString()]),
    );
    expect(seen).toEqual([
      [0, "blob", "two"],
      [1, undefined, undefined],
      [2, "blob", "one"],
    ]);
    await expect(readObjectList(repository, [ids[0] as string, missing], "blob")).rejects.toThrow(`${missing} is missing, not a blob`);
    await expect(readObjectList(repository, ids.slice(0, 1), "tree")).rejects.toThrow("is a blob, not a tree");
    expect(await readObjectList(repository, [], "blob")).toEqual([]);
  });

  test("an error in the reader of one object ends the git process", async () => {
    const repository = bareRepository();
    const id = git(repository, ["hash-object", "-w", "--stdin"], noise(1_000_000)).trim();
    const work = readObjects(
      repository,
      Array.from({ length: 200 }, () => id),
      () => {
        throw new Error("enough");
      },
    );
    await expect(work).rejects.toThrow("enough");
    expect(existsSync(repository)).toBe(true);
  });
});

/** Bytes that do not compress, the same in each run. */
function noise(length: number, seed = length): Buffer {
  return createHash("shake256", { outputLength: length }).update(String(seed)).digest();
}
