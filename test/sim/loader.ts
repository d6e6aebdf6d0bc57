import { registerHooks } from "node:module";

/** One exact piece of the product's text, and what stands there instead. The file is named from the top of the repository. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const TOP = new URL("../../", import.meta.url).href;

/** What the product asks again and again with the same bytes, and who answers from memory: below a folder, one specifier. */
const REMEMBERED = [
  { below: "trust/", specifier: "node:crypto", by: new URL("./remembered-crypto.ts", import.meta.url).href },
  { below: "trust/index.ts", specifier: "./signing-key.ts", by: new URL("../trust/remembered-keys.ts", import.meta.url).href },
  { below: "wire/", specifier: "./json-document.ts", by: new URL("../wire/remembered-documents.ts", import.meta.url).href },
] as const;

/**
 * What is loaded from here on gets the patches, and readers and crypto that remember. A patch that does not fit exactly once is an error:
 * a planted bug that is no longer planted must not count as caught.
 */
export function prepareLoader(patches: readonly Patch[]): void {
  registerHooks({
    resolve(specifier, context, next) {
      const remembered = REMEMBERED.find((one) => specifier === one.specifier && context.parentURL?.startsWith(TOP + one.below) === true);
      return remembered ? { url: remembered.by, shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const wanted = patches.filter((patch) => url === TOP + patch.file);
      if (wanted.length === 0) return loaded;
      return { ...loaded, source: wanted.reduce(patched, String(loaded.source)) };
    },
  });
}

export function patched(source: string, { file, find, put }: Patch): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${JSON.stringify(find)} ${parts.length - 1} times, not once`);
  return parts.join(put);
}
