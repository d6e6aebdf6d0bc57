import { execFileSync, spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";

/**
 * Writes a fast-import stream of the trees that a release holds: each blob once, then one commit a site on its own branch. With `since`, each
 * commit holds only what differs from that release, on top of it: the least that fast-import can be asked for.
 */
export async function writeStream(repository: string, release: string, streamFile: string, since?: string): Promise<void> {
  const out = createWriteStream(streamFile);
  const write = async (chunk: string | Buffer): Promise<void> => {
    if (!out.write(chunk)) await once(out, "drain");
  };
  const marks = new Map<string, number>();
  const sites = new Map<string, string[]>();
  for (const { blob, path } of changedFiles(repository, release, since)) {
    const [, , site, ...rest] = path.split("/") as [string, string, string, ...string[]];
    if (!marks.has(blob)) marks.set(blob, marks.size + 1);
    const files = sites.get(site) ?? [];
    if (files.length === 0) sites.set(site, files);
    files.push(`M 100644 :${marks.get(blob)} ${rest.join("/")}\n`);
  }
  await writeBlobs(repository, marks, write);
  for (const [site, files] of sites) {
    const branch = `refs/heads/sites/${site}`;
    await write(`commit ${branch}\ncommitter Skerry <skerry@fleet.invalid> 1795000000 +0000\ndata 0\n`);
    if (since !== undefined) await write(`from ${branch}^0\n`);
    await write(files.join(""));
  }
  await write("done\n");
  out.end();
  await once(out, "finish");
}

export async function fastImport(repository: string, streamFile: string): Promise<void> {
  const child = spawn("git", ["fast-import", "--quiet", "--done"], { cwd: repository, stdio: ["pipe", "ignore", "inherit"] });
  createReadStream(streamFile).pipe(child.stdin);
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`git fast-import: exit ${code}`);
}

function changedFiles(repository: string, release: string, since: string | undefined): { blob: string; path: string }[] {
  return git(repository, since === undefined ? ["ls-tree", "-r", release, "sites/"] : ["diff-tree", "-r", since, release, "--", "sites/"])
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [left, path] = line.split("\t") as [string, string];
      const fields = left.split(" ");
      return { blob: (since === undefined ? fields[2] : fields[3]) as string, path };
    });
}

async function writeBlobs(
  repository: string,
  marks: ReadonlyMap<string, number>,
  write: (chunk: string | Buffer) => Promise<void>,
): Promise<void> {
  const contents = execFileSync("git", ["cat-file", "--batch=%(objectsize)"], {
    cwd: repository,
    input: [...marks.keys()].join("\n"),
    maxBuffer: 1 << 30,
  });
  let at = 0;
  for (const mark of marks.values()) {
    const lineEnd = contents.indexOf(10, at);
    const size = Number(contents.toString("latin1", at, lineEnd));
    await write(`blob\nmark :${mark}\ndata ${size}\n`);
    await write(contents.subarray(lineEnd + 1, lineEnd + 1 + size));
    await write("\n");
    at = lineEnd + 1 + size + 1;
  }
}

function git(repository: string, args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", maxBuffer: 1 << 30 });
}
