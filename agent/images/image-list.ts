import type { Read } from "../../core/index.ts";
import * as z from "zod/mini";

/** An image as the kubelet sees it. */
export interface ListedImage {
  /** With a tag or with a digest. */
  readonly names: readonly string[];
  /** Whether the kubelet's garbage collection skips it. */
  readonly isPinned: boolean;
}

// Only the fields that are read: later versions of the interface add fields. Older ones have no `pinned`.
const schema = z.object({
  images: z.array(z.object({ repoTags: z.array(z.string()), repoDigests: z.array(z.string()), pinned: z.optional(z.boolean()) })),
});

/** `crictl images -o json`: the runtime interface's ListImagesResponse, with empty fields written out. */
export function readImageList(stdout: string): Read<readonly ListedImage[]> {
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    return { fault: "crictl did not answer in JSON" };
  }
  const read = schema.safeParse(json);
  if (!read.success) return { fault: "crictl did not answer with a list of images" };
  return {
    value: read.data.images.map(({ repoTags, repoDigests, pinned }) => ({
      names: [...repoTags, ...repoDigests],
      isPinned: pinned === true,
    })),
  };
}

// REF TYPE DIGEST STATUS SIZE UNPACKED; status and size hold spaces: `complete (7/7) 2.0 MiB/2.0 MiB`.
const CHECKED = /^(\S+)\s+\S+\s+sha\d+:[0-9a-f]+\s+(complete|incomplete|unavailable|error)\b.*\s(true|false)\s*$/;

/**
 * `ctr images check`: the names of complete images. Either all blobs are in the store, and containerd unpacks them when a container starts,
 * or they are unpacked, and may have been discarded since (`discard_unpacked_layers`).
 */
export function readWholeImages(stdout: string): ReadonlySet<string> {
  const rows = stdout.split("\n").map((line) => CHECKED.exec(line));
  return new Set(rows.flatMap((row) => (row !== null && (row[2] === "complete" || row[3] === "true") ? [row[1] as string] : [])));
}

/** `crictl imagefsinfo`: the box's snapshotters, from the folders that containerd names after them. Without overlayfs, which is always checked. */
export function readSnapshotters(stdout: string): readonly string[] {
  const names = [...stdout.matchAll(/\/io\.containerd\.snapshotter\.v1\.([\w-]+)"/g)].map(([, name]) => name as string);
  return [...new Set(names)].filter((name) => name !== "overlayfs");
}
