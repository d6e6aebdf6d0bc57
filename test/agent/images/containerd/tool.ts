import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ModelState } from "./model.ts";

/**
 * Answers as `crictl` and `ctr` do, from a state file. Run as: tool.ts <state file> <crictl | ctr> <arguments>. The forms are those that
 * crictl 1.34 and the ctr of containerd 1.6.20 and 2.1.4 gave to the suite beside this file, where that can bring them about; the others
 * are from the sources: crictl's cmd/crictl/util.go and logs from logrus and klog, errors of pulls from containerd's
 * core/remotes/docker/resolver.go and internal/cri/server/images/image_pull.go.
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
  if (command === "imagefsinfo" && rest.join(" ") === "--output json") return fileSystems();
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

function fileSystems(): void {
  const mountpoint = `/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.${state.snapshotter}`;
  const one = { fsId: { mountpoint }, inodesUsed: { value: "0" }, timestamp: "1795284054457302088", usedBytes: { value: "0" } };
  end(`${JSON.stringify({ status: { containerFilesystems: [], imageFilesystems: [one] } }, undefined, 2)}\n`);
}

async function pull(ref: string): Promise<void> {
  // Of a mirror's 404 and a registry that is out of reach, 1.6.20 tells the last and 2.1 the first.
  const answer = state.registry[ref] ?? (ref.startsWith("127.0.0.1:1/") && !state.knowsPins ? "no-route" : "absent");
  if (answer === "hangs") {
    end("");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  if (answer !== "there") {
    const { code, words } = refusal(ref, answer);
    const desc = `failed to pull and unpack image "${ref}": ${words}`;
    const error = `rpc error: code = ${code} desc = ${desc}`;
    process.stderr.write(
      `E1121 14:00:00.000000    4242 log.go:32] "PullImage from image service failed" err=${JSON.stringify(error)} image="${ref}"\n`,
    );
    logged(`pulling image: ${code === "Unknown" ? desc : error}`);
  }
  const id = `sha256:${ref.slice(-64)}`;
  for (const name of [id, ref]) {
    const known = (state.images[name] ??= { id, labels: { "io.cri-containerd.image": "managed" }, content: "complete", unpacked: true });
    // A layer that is unpacked is not fetched again.
    if (known.content !== "complete") known.content = known.unpacked ? "incomplete" : "complete";
  }
  end(`Image is up to date for ${id}\n`);
}

function refusal(ref: string, answer: string): { readonly code: string; readonly words: string } {
  const host = ref.split("/")[0] as string;
  const resolve = state.knowsPins ? "failed to resolve image: " : `failed to resolve reference "${ref}": `;
  const head = `failed to do request: Head "https://${host}/v2/x/manifests/y?ns=secret": `;
  const url = `http://${host}/v2/secret`;
  const status = state.knowsPins
    ? `unexpected status from HEAD request to ${url}: `
    : `pulling from host ${host} failed with status code [manifests sha256:00]: `;
  const token = `${resolve}failed to authorize: failed to fetch anonymous token: `;
  const tokenStatus = state.knowsPins ? `unexpected status from GET request to ${url}?service=a: ` : "unexpected status: ";
  const kinds: Readonly<Record<string, readonly [code: string, words: string]>> = {
    absent: ["NotFound", `${resolve}${ref}: not found`],
    cut: ["Unknown", `${resolve}${head}EOF`],
    "no-name": ["Unknown", `${resolve}${head}dial tcp: lookup ${host} on 10.0.0.2:53: no such host`],
    "no-route": ["Unknown", `${resolve}${head}dial tcp 192.0.2.1:443: connect: network is unreachable`],
    "layer-lost": [
      "NotFound",
      "failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:00 (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found",
    ],
    "layer-other": [
      "FailedPrecondition",
      `failed commit on ref "layer-sha256:00": unexpected commit digest sha256:11, expected sha256:00: failed precondition`,
    ],
    "store-lost": ["NotFound", "failed to unpack image on snapshotter overlayfs: content digest sha256:00: not found"],
    full: ["Unknown", "write /var/lib/rancher/k3s/agent/containerd/io.containerd.metadata.v1.bolt/meta.db: no space left on device"],
    denied: ["Unknown", `${resolve}${status}401 Unauthorized`],
    "denied-basic": [
      "Unknown",
      state.knowsPins
        ? `${resolve}pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`
        : `${resolve}${status}401 Unauthorized`,
    ],
    "denied-token": ["Unknown", `${token}${tokenStatus}403 Forbidden`],
    "fault-token": ["Unknown", `${token}${tokenStatus}503 Service Unavailable`],
    "no-token": ["Unknown", `${token}Get "${url}?service=a": dial tcp 127.0.0.1:1: connect: connection refused`],
    forbidden: ["Unknown", `${resolve}${status}403 Forbidden`],
    busy: ["Unknown", `${resolve}${status}429 Too Many Requests`],
    fault: ["Unknown", `${resolve}${status}503 Service Unavailable`],
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
  if (command === "check" && rest[0] === "--snapshotter") return check(filtered(rest.slice(2)), rest[1] as string);
  if (command === "check") return check(filtered(rest), "overlayfs");
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

function check(refs: readonly string[], snapshotter: string): void {
  if (refs.length === 0) return end("");
  const isLoaded = snapshotter === state.snapshotter;
  const rows = refs.map((ref) => {
    const { content, unpacked } = state.images[ref] as ModelState["images"][string];
    const [status, size] = {
      complete: ["complete (7/7)", "2.0 MiB/2.0 MiB"],
      incomplete: ["incomplete (6/7)", "1.1 MiB/2.0 MiB"],
      unavailable: ["unavailable (0/?)", "0.0 B/?"],
      error: ["error", "-"],
    }[content];
    const isUnpacked = unpacked && isLoaded && isReadable(ref);
    return [ref, "application/vnd.oci.image.index.v1+json", `sha256:${"a".repeat(64)}`, status, size, String(isUnpacked)] as string[];
  });
  const table = [["REF", "TYPE", "DIGEST", "STATUS", "SIZE", "UNPACKED"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)) + 1) as number[];
  // The heads' row alone ends in a tab, so only it is filled up.
  const lines = table.map((row, at) => row.map((cell, column) => (at > 0 && column === 5 ? cell : cell.padEnd(widths[column] as number))));
  process.stdout.write(lines.map((cells) => `${cells.join("")}\n`).join(""));
  const broken = refs.find((ref) => !isLoaded || !isReadable(ref));
  const why = isLoaded ? "content digest sha256:00: not found" : `snapshotter not loaded: ${snapshotter}: invalid argument`;
  const told = `unable to check unpack for ${broken}`;
  if (broken !== undefined) process.stderr.write(`time="2026-11-21T14:00:00Z" level=error msg="${told}" error="${why}"\n`);
  end("", broken === undefined ? undefined : `ctr: ${told}: ${why}`);
}

/** Whether its manifest is here, without which ctr cannot tell what would have to be unpacked. */
function isReadable(ref: string): boolean {
  return state.images[ref]?.content === "complete" || state.images[ref]?.content === "incomplete";
}

function logged(message: string): never {
  fail(`time="2026-11-21T14:00:00Z" level=fatal msg=${JSON.stringify(message)}`);
}

function end(stdout: string, stderr?: string): void {
  replaceFile(path, JSON.stringify(state));
  process.stdout.write(stdout);
  if (stderr !== undefined) fail(stderr);
}

function fail(stderr: string): never {
  replaceFile(path, JSON.stringify(state));
  process.stderr.write(`${stderr}\n`);
  process.exit(1);
}

/** Whoever reads meanwhile finds the old text or the new one. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
