import { readFileSync, writeFileSync } from "node:fs";
import type { ModelState } from "./model.ts";

/**
 * Answers as `crictl` and `ctr` do, from a state file. Run as: tool.ts <state file> <crictl | ctr> <arguments>. Where each form comes from:
 * crictl 1.36 cmd/crictl/image.go and util.go (protojson with empty fields), its logs from logrus and klog; ctr of containerd 2.3
 * cmd/ctr/commands/images/images.go (tables of text/tabwriter, `ctr: <error>` on stderr); errors of pulls from core/remotes/docker/resolver.go,
 * internal/cri/server/images/image_pull.go and core/transfer/local/pull.go; labels from core/metadata/images.go.
 */
const [path = "", tool = "", ...args] = process.argv.slice(2);
const state = JSON.parse(readFileSync(path, "utf8")) as ModelState;
state.calls.push([tool, ...args]);
if (tool === "crictl") await crictl(args);
else if (tool === "ctr") ctr(args);
else fail(`unknown tool ${tool}`);

async function crictl(words: readonly string[]): Promise<void> {
  const endpoint = `unix://${state.socket}`;
  const globals = ["--runtime-endpoint", endpoint, "--image-endpoint", endpoint, "--timeout", "30s"];
  if (globals.some((word, index) => words[index] !== word)) fail("Incorrect Usage. flag provided but not defined");
  if (state.isDown)
    logged(
      `validate service connection: validate CRI v1 image API for endpoint "${endpoint}": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial ${endpoint.replace("://", " ")}: connect: connection refused"`,
    );
  const [command, ...rest] = words.slice(globals.length);
  if (command === "images" && rest.join(" ") === "--output json") return list();
  if (command === "pull" && rest.length === 1) return pull(rest[0] as string);
  fail(`No help topic for '${command}'`);
}

function list(): void {
  if (state.listBytes > 0) return end("x".repeat(state.listBytes));
  const lagging = state.pinLag > 0;
  state.pinLag = Math.max(0, state.pinLag - 1);
  const shown = Object.values(state.images).filter(({ isUnlisted }) => isUnlisted !== true);
  const ids = [...new Set(shown.map(({ id }) => id))];
  const images = ids.map((id) => {
    const refs = Object.entries(state.images).filter(([, image]) => image.id === id);
    const names = refs.map(([name]) => name).filter((name) => name.includes("/"));
    const isPinned = refs.some(([, { labels }]) => labels["io.cri-containerd.pinned"] === "pinned");
    return {
      id,
      repoTags: names.filter((name) => !name.includes("@")),
      repoDigests: names.filter((name) => name.includes("@")),
      size: "4509032",
      uid: null,
      username: "",
      spec: null,
      pinned: isPinned && !lagging && state.knowsPins,
    };
  });
  end(`${JSON.stringify({ images }, undefined, 2)}\n`);
}

async function pull(ref: string): Promise<void> {
  const answer = state.registry[ref] ?? "absent";
  if (answer === "hangs") {
    end("");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  if (answer !== "there") {
    const { code, words } = refusal(ref, answer);
    const desc = `failed to pull and unpack image "${ref}": ${words}`;
    const error = `rpc error: code = ${code} desc = ${desc}`;
    process.stderr.write(
      `E1121 14:00:00.000000    4242 remote_image.go:250] "PullImage from image service failed" err=${JSON.stringify(error)} image="${ref}"\n`,
    );
    logged(`pulling image: ${code === "Unknown" ? desc : error}`);
  }
  const id = `sha256:${ref.slice(-64)}`;
  for (const name of [id, ref])
    state.images[name] ??= { id, labels: { "io.cri-containerd.image": "managed" }, content: "complete", unpacked: true };
  end(`Image is up to date for ${id}\n`);
}

function refusal(ref: string, answer: string): { readonly code: string; readonly words: string } {
  const host = ref.split("/")[0] as string;
  const resolve = `failed to resolve reference "${ref}": `;
  const head = `failed to do request: Head "https://${host}/v2/x/manifests/y?ns=secret": `;
  const kinds: Readonly<Record<string, readonly [code: string, words: string]>> = {
    absent: ["NotFound", `${resolve}${ref}: not found`],
    "absent-by-transfer": ["NotFound", `failed to resolve image: ${ref}: not found`],
    "no-name": ["Unknown", `${resolve}${head}dial tcp: lookup ${host} on 10.0.0.2:53: no such host`],
    "no-route": ["Unknown", `${resolve}${head}dial tcp 192.0.2.1:443: connect: network is unreachable`],
    "layer-lost": ["NotFound", `httpReadSeeker: failed open: content at https://${host}/v2/x/blobs/sha256:0 not found: not found`],
    "store-lost": ["NotFound", "failed to unpack image on snapshotter overlayfs: content digest sha256:00: not found"],
    full: [
      "Unknown",
      `failed to extract layer sha256:00: mount callback failed on /var/lib/x: write /var/lib/x/a: no space left on device`,
    ],
    denied: [
      "Unknown",
      `${resolve}pull access denied, repository does not exist or may require authorization: server message: token=secret`,
    ],
    "denied-token": [
      "Unknown",
      `${resolve}failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://u:secret@${host}/token: 401 Unauthorized`,
    ],
    fault: ["Unavailable", `${resolve}unexpected status from HEAD request to https://${host}/v2/: 503 Service Unavailable`],
    other: ["Internal", "something new secret"],
  };
  const [code, words] = kinds[answer] as readonly [string, string];
  return { code, words };
}

function ctr(words: readonly string[]): void {
  const globals = ["--address", state.socket, "--namespace", "k8s.io", "images"];
  if (globals.some((word, index) => words[index] !== word)) fail("Incorrect Usage: flag provided but not defined");
  if (state.isDown) fail(`ctr: cannot access socket ${state.socket}: stat ${state.socket}: no such file or directory`);
  const [command, ...rest] = words.slice(globals.length);
  if (command === "list" && rest[0] === "--quiet")
    return end(
      filtered(rest.slice(1))
        .map((name) => `${name}\n`)
        .join(""),
    );
  if (command === "label") return label(rest[0] as string, rest.slice(1));
  if (command === "check") return check(filtered(rest));
  fail(`No help topic for '${command}'`);
}

/** Several filters: an image that fits one of them (core/images and pkg/filters). */
function filtered(filters: readonly string[]): readonly string[] {
  const fits = filters.map((filter) => {
    const [, name, key, value] =
      /^(?:name=="([^"]+)"|labels\."([^"]+)"(?:==(\w+))?)$/.exec(filter) ?? fail(`ctr: filters: parse error: [${filter}]`);
    return (ref: string): boolean => {
      if (name !== undefined) return ref === name;
      const label = state.images[ref]?.labels[key as string];
      return value === undefined ? label !== undefined : label === value;
    };
  });
  return Object.keys(state.images).filter((ref) => fits.some((fit) => fit(ref)));
}

function label(ref: string, labels: readonly string[]): void {
  const image = state.images[ref] ?? fail(`ctr: image "${ref}": not found`);
  for (const one of labels) {
    const [key = "", value = ""] = one.split("=");
    if (value === "") delete image.labels[key];
    else image.labels[key] = value;
  }
  end(
    `${Object.entries(image.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(",")}\n`,
  );
}

function check(refs: readonly string[]): void {
  if (refs.length === 0) return end("");
  const rows = refs.map((ref) => {
    const { content, unpacked } = state.images[ref] as ModelState["images"][string];
    const [status, size] = {
      complete: ["complete (7/7)", "2.0 MiB/2.0 MiB"],
      incomplete: ["incomplete (6/7)", "1.1 MiB/2.0 MiB"],
      unavailable: ["unavailable (0/?)", "0.0 B/?"],
      error: ["error", "-"],
    }[content];
    return [ref, "application/vnd.oci.image.index.v1+json", `sha256:${"a".repeat(64)}`, status, size, String(unpacked)] as string[];
  });
  const table = [["REF", "TYPE", "DIGEST", "STATUS", "SIZE", "UNPACKED"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)) + 1) as number[];
  process.stdout.write(table.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] as number)).join("")}\n`).join(""));
  const broken = refs.find((ref) => state.images[ref]?.content === "error");
  end("", broken === undefined ? undefined : `ctr: unable to check ${broken}: content digest sha256:00: not found`);
}

function logged(message: string): never {
  fail(`time="2026-11-21T14:00:00Z" level=fatal msg=${JSON.stringify(message)}`);
}

function end(stdout: string, stderr?: string): void {
  writeFileSync(path, JSON.stringify(state));
  process.stdout.write(stdout);
  if (stderr !== undefined) fail(stderr);
}

function fail(stderr: string): never {
  writeFileSync(path, JSON.stringify(state));
  process.stderr.write(`${stderr}\n`);
  process.exit(1);
}
