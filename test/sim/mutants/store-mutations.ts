import { bug, type PlantedBug } from "./planted-bug.ts";

const DURABLE = "agent/store/durable.ts";
const SLOTS = "agent/store/slots.ts";
const TRUST = "agent/store/trust-store.ts";
const JOURNAL = "agent/store/journal-store.ts";

/** Each flush, digest and order of the stores, taken away or turned round one at a time. */
export const STORE_MUTATIONS: readonly PlantedBug[] = [
  bug(
    "a file is renamed before its bytes are flushed",
    DURABLE,
    "  await disk.syncFile(temporary);\n  await disk.rename",
    "  await disk.rename",
  ),
  bug("the folder of a renamed file is not flushed", DURABLE, "  await disk.syncFolder(dirname(path));\n}", "}"),
  bug("a file is written in its place", DURABLE, "const temporary = `${path}.new`;", "const temporary = path;"),
  bug(
    "one temporary name for all files of a folder",
    DURABLE,
    "const temporary = `${path}.new`;",
    "const temporary = `${dirname(path)}/new`;",
  ),
  bug(
    "the files of a folder are not flushed",
    DURABLE,
    "  await inParallel(files, ({ path }) => disk.syncFile(join(folder, path)));\n",
    "",
  ),
  bug(
    "the names in a folder are not flushed",
    DURABLE,
    "  await inParallel(foldersOf(folder, files), (path) => disk.syncFolder(path));\n",
    "",
  ),
  bug("only the outermost folder is flushed", DURABLE, "inParallel(foldersOf(folder, files), (path)", "inParallel([folder], (path)"),

  bug(
    "the name of a slot is not flushed",
    SLOTS,
    "    await this.#disk.syncFolder(this.#folder);\n    await writeDurably",
    "    await writeDurably",
  ),
  // The digest beside a slot and the commit in it are compared before the files are; each alone is held up by the digest over all files.
  {
    name: "a slot is taken for another",
    patches: [
      { file: SLOTS, find: "if (digest !== tree || bytes === undefined)", put: "if (bytes === undefined)" },
      { file: SLOTS, find: '"fault" in commit || commit.value.treeDigest !== tree', put: '"fault" in commit' },
      { file: SLOTS, find: "files === undefined || digestOf(files) !== tree", put: "files === undefined" },
    ],
  },
  bug("a slot's files are not digested", SLOTS, "files === undefined || digestOf(files) !== tree", "files === undefined"),
  bug(
    "a restamp moves the commit before its tag",
    SLOTS,
    '    await writeFolder(this.#disk, slot, proofFiles(verified));\n    await writeDurably(this.#disk, join(slot, "commit"), verified.bytes);',
    '    await writeDurably(this.#disk, join(slot, "commit"), verified.bytes);\n    await writeFolder(this.#disk, slot, proofFiles(verified));',
  ),
  bug(
    "a restamp clears the old tag first",
    SLOTS,
    '    await writeDurably(this.#disk, join(slot, "commit"), verified.bytes);\n    const kept',
    '    for (const entry of await this.#disk.list(join(slot, "releases"))) await this.#disk.remove(join(slot, "releases", entry.name));\n    await writeDurably(this.#disk, join(slot, "commit"), verified.bytes);\n    const kept',
  ),
  bug("a slot is not wiped before it is written", SLOTS, "    await this.#disk.remove(slot);\n", ""),

  bug("both records in one file", JOURNAL, "journal.record % 2", "0"),
  bug("the older record wins", JOURNAL, "journal.record > newest.record", "journal.record < newest.record"),
  bug("a torn record counts", "wire/journal.ts", "if (digest !== `${sha256Hex(record)}\\n`)", "if (digest === '')"),

  bug(
    "trust is used before it is durable",
    TRUST,
    "    await this.#write(version);\n    this.#versions = [...this.#versions, version];",
    "    this.#versions = [...this.#versions, version];\n    await this.#write(version);",
  ),
  bug("the name of the state folder is not flushed", "agent/start.ts", "makeDurableFolder(disk, ", "disk.makeFolder("),
  bug("an accepted trust version is not kept", TRUST, "    await this.#write(version);\n    this", "    this"),
  bug(
    "stored trust is not verified again",
    TRUST,
    'if (verdict === undefined || "refusal" in verdict) break;',
    'if (verdict === undefined) break;\n      if ("refusal" in verdict) throw new Error(verdict.because);',
  ),

  bug(
    "the public half of the key is written last",
    "agent/store/site-key.ts",
    "  await writeDurably(disk, `${path}.pub`, Buffer.from(writePublicKeyLine(key)));\n  await writeDurably(disk, path, Buffer.from(writeSigningKey(key, random)), 0o600);",
    "  await writeDurably(disk, path, Buffer.from(writeSigningKey(key, random)), 0o600);\n  await writeDurably(disk, `${path}.pub`, Buffer.from(writePublicKeyLine(key)));",
  ),
];
