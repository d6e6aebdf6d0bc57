import { readFileSync } from "node:fs";
import type { Place } from "../../core/index.ts";
import type { CallSite } from "./call-site.ts";
import { type FactPath, formatPath } from "../fact-path.ts";
import type { Locator } from "../text/locator.ts";
import { tryShownLine } from "../text/source-line.ts";

/** For facts in TypeScript objects: the place is the call with the objects, the path names object and fact. */
export class ObjectLocator implements Locator {
  readonly file: string;
  readonly #call: CallSite | undefined;
  #shown: { readonly text?: string } | undefined;

  constructor(call: CallSite | undefined) {
    this.#call = call;
    this.file = call?.file ?? "";
  }

  place(_block: number, path: FactPath): Place {
    if (!this.#call) return { path: formatPath(path) };
    this.#shown ??= shownLine(this.#call);
    return { ...this.#call, ...this.#shown, path: formatPath(path) };
  }

  forget(): void {
    this.#shown = undefined;
  }
}

// Read for the first place and cached, because all places of one call have the same line.
function shownLine({ file, line, column }: CallSite): { readonly text?: string } {
  try {
    const source = readFileSync(file, "utf8").split("\n")[line - 1];
    const text = source === undefined ? undefined : tryShownLine(source, column);
    return text === undefined ? {} : { text };
  } catch {
    // Generated code may have no file; file name and line are shown without the text.
    return {};
  }
}
