import type { Reason } from "../../core/index.ts";
import { type GitError, ownWords } from "../process/git-trace.ts";

const WORDS = ["bad-object", "bad-commit", "bad-tree", "bad-name", "bad-mode", "name-twins"] as const satisfies readonly Reason[];

/** Reason words for an object that git rejected. */
export type ObjectWord = (typeof WORDS)[number];

export function isObjectWord(word: string): word is ObjectWord {
  return (WORDS as readonly string[]).includes(word);
}

/** git's fsck names the object, then the message id of `fsck.<msg-id>` in git-config(1), which does not change. */
const FINDING = /^object [0-9a-f]{40}: ([A-Za-z0-9]+): /;
const FINDING_FORMAT = "object %s: %s";

/** The first matching pattern counts; `badName` is about a person in a commit, not about a file. */
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

/** Formats of errors about an object without a message id. */
const OTHERS: readonly (readonly [ObjectWord, RegExp])[] = [
  ["bad-tree", /^object %s is a %s, not a %s$/],
  ["bad-commit", /trying to write non-commit object|^fetching ref \S+ failed: invalid new value/],
  ["bad-object", /^object %s|fsck error|^error in object|SHA1 COLLISION|^invalid (%s|blob object|object)|is not a valid/],
];

/** The reason word for git's error about an object, and the error; undefined when no error is about an object. */
export function tryObjectWord(errors: readonly GitError[]): { readonly word: ObjectWord; readonly error: GitError } | undefined {
  for (const error of errors) {
    const finding = error.format === FINDING_FORMAT ? FINDING.exec(error.text)?.[1] : undefined;
    if (finding !== undefined) return { word: FINDINGS.find(([, names]) => names.test(finding))?.[0] ?? "bad-object", error };
  }
  for (const [word, format] of OTHERS) {
    const error = errors.find((each) => format.test(ownWords(each)));
    if (error !== undefined) return { word, error };
  }
  return undefined;
}
