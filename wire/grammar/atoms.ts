import { isDnsLabel, isSiteId } from "../../core/index.ts";

/** The grammar of one field of a text document. `description` completes "must be ...". */
export interface Atom<T> {
  readonly description: string;
  readonly tryRead: (text: string) => T | undefined;
}

/** Whole numbers are decimal without sign or leading zeros, so that each has one text. */
export function wholeNumber(least: number): Atom<number> {
  return {
    description: `a whole number from ${least} to 2^53-1, without leading zeros`,
    tryRead: (text) => {
      if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
      const value = Number(text);
      return Number.isSafeInteger(value) && value >= least ? value : undefined;
    },
  };
}

/** 2100-01-01. A site's clock must not be behind a signed time, so a signed time in the far future would keep its windows closed. */
const SECONDS_END = 4_102_444_800;

export function isSignedTime(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds >= 0 && seconds < SECONDS_END;
}

export const time: Atom<number> = {
  description: "seconds since 1970, before the year 2100, without leading zeros",
  tryRead: (text) => {
    const value = wholeNumber(0).tryRead(text);
    return value !== undefined && isSignedTime(value) ? value : undefined;
  },
};

function pattern(description: string, expression: RegExp): Atom<string> {
  return { description: description, tryRead: (text) => (expression.test(text) ? text : undefined) };
}

export const GIT_ID = /^[0-9a-f]{40}$/;
export const TREE_DIGEST = /^sha256:[0-9a-f]{64}$/;

export const gitId = pattern("an object id of 40 hex digits", GIT_ID);
/** The source is the user's own repository, which may be a SHA-256 one. */
export const sourceId = pattern("a commit id of 40 or 64 hex digits", /^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const treeDigest = pattern('"sha256:" and 64 hex digits', TREE_DIGEST);
export const siteId: Atom<string> = {
  description: "a site id: at most 40 of a-z, 0-9 and -, not digits only",
  tryRead: (text) => (isSiteId(text) ? text : undefined),
};
export const fleetId: Atom<string> = {
  description: "a fleet id: at most 63 of a-z, 0-9 and -",
  tryRead: (text) => (isDnsLabel(text) ? text : undefined),
};

/** For writers: a value that the reader would refuse is a bug of the caller, so it throws. */
export function requireAtom(atom: Atom<unknown>, value: string | number, field: string): void {
  if (atom.tryRead(String(value)) === undefined) throw new RangeError(`${field} must be ${atom.description}, not ${JSON.stringify(value)}`);
}
