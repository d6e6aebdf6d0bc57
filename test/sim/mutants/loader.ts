import { registerHooks } from "node:module";

/** One exact piece of the product's text, and what stands there instead. The file is named from the top of the repository. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const TOP = new URL("../../../", import.meta.url).href;

/** What the product asks again and again with the same bytes, and what answers from memory: below a folder, each specifier with this end. */
const REMEMBERED = [
  { below: "trust/", end: "node:crypto", by: new URL("../world/remembered-crypto.ts", import.meta.url).href },
  { below: "trust/index.ts", end: "./signing-key.ts", by: new URL("../../trust/remembered-keys.ts", import.meta.url).href },
  { below: "wire/", end: "/json-document.ts", by: new URL("../../wire/remembered-documents.ts", import.meta.url).href },
] as const;

/**
 * What is loaded from here on gets the patches, and readers and crypto that remember. A patch that does not fit exactly once is an error.
 * Returns a function that lists the files of the patches that were never loaded: a bug that is not planted whole must not count as caught.
 */
export function prepareLoader(patches: readonly Patch[]): () => string[] {
  const applied = new Set<Patch>();
  registerHooks({
    resolve(specifier, context, next) {
      const remembered = REMEMBERED.find((one) => specifier.endsWith(one.end) && context.parentURL?.startsWith(TOP + one.below) === true);
      return remembered ? { url: remembered.by, shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const wanted = patches.filter((patch) => url === TOP + patch.file);
      if (wanted.length === 0) return loaded;
      for (const patch of wanted) applied.add(patch);
      return { ...loaded, source: wanted.reduce(patched, String(loaded.source)) };
    },
  });
  return () => patches.filter((patch) => !applied.has(patch)).map(({ file }) => file);
}

export function patched(source: string, { file, find, put }: Patch): string {
  if (find === put) throw new Error(`${file}: the patch of ${JSON.stringify(find)} changes nothing`);
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${JSON.stringify(find)} ${parts.length - 1} times, not once`);
  return parts.join(put);
}
