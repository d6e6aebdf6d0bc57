import type { Reason } from "../core/index.ts";

const WORDS = ["bad-object", "bad-commit", "bad-tree", "bad-name", "bad-mode", "name-twins"] as const satisfies readonly Reason[];

/** What an object that git refused is called. */
export type ObjectWord = (typeof WORDS)[number];

export function isObjectWord(word: string): word is ObjectWord {
  return (WORDS as readonly string[]).includes(word);
}

/** git's check names the object, then its finding, as in `fsck.<finding>` of git-config(1): those names do not change. */
const FINDING = /^error: object [0-9a-f]{40}: ([A-Za-z0-9]+): /m;

/** The first pattern that fits; `badName` is of a person in a commit, and not of a file. */
const FINDINGS: readonly (readonly [ObjectWord, RegExp])[] = [
  ["bad-mode", /^(zeroPaddedFilemode|badFilemode|git[a-z]+Symlink)$/],
  ["bad-name", /^(emptyName|fullPathname|hasDot|hasDotdot|hasDotgit|largePathname|git(modules|attributes)[A-Z][A-Za-z]*)$/],
  ["name-twins", /^duplicateEntries$/],
  ["bad-tree", /^(badTree|treeNotSorted|nullSha1)$/],
  [
    "bad-commit",
    /^(badName|badEmail|badGpgsig|badDate|badDateOverflow|badTimezone|zeroPaddedDate|bad(Tree|Parent)Sha1|multipleAuthors|missing(Tree|Author|Committer|Email|NameBeforeEmail|SpaceBefore(Date|Email))|nulIn(Header|Commit)|unterminatedHeader)$/,
  ],
];

/** Complaints about an object that carry no finding. */
const OTHERS: readonly (readonly [ObjectWord, RegExp])[] = [
  ["bad-tree", /^error: object [0-9a-f]{40} is a [a-z]+, not a [a-z]+$/m],
  ["bad-commit", /trying to write non-commit object/],
  ["bad-object", /^error: object [0-9a-f]{40}|fsck error|error in object|SHA1 COLLISION|invalid object|is not a valid/m],
];

/** The word for git's complaint about an object, and the pattern that finds its line; undefined when git complains of something else. */
export function tryObjectWord(stderr: string): { readonly word: ObjectWord; readonly sign: RegExp } | undefined {
  const finding = FINDING.exec(stderr)?.[1];
  if (finding !== undefined) return { word: FINDINGS.find(([, names]) => names.test(finding))?.[0] ?? "bad-object", sign: FINDING };
  const other = OTHERS.find(([, sign]) => sign.test(stderr));
  return other && { word: other[0], sign: other[1] };
}
