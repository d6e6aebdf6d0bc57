/**
 * Every word that an agent gives as a reason in its status and report, with what it means. A reader of reports refuses other words,
 * so a new word is a new line here first. Grouped by the step at which the word is said.
 */
export const reasons = {
  // fetch
  offline: "The repository could not be reached; the site works on with what it has.",
  "slow-retrieval": "The fetch was stopped because too little came in too long a time.",
  "too-large": "The fetch was stopped because it went over a limit of size, memory or work.",
  "git-missing": "git could not be started at this box.",
  "access-refused": "The repository, or the registry of an image, wants other credentials.",
  "repository-missing": "The server has no repository at this address.",
  redirected: "The server sent the agent elsewhere; the agent does not follow.",
  "not-git": "The server's answer is not git's: a captive portal, or a fault on the way.",
  "bad-object": "The pack that the server sent is damaged, incomplete, or holds an object that git refuses.",
  "cache-damaged": "The fetch cache could not be read; it is thrown away and fetched anew.",
  "ref-missing": "The repository has no ref for this site.",
  "trust-missing": "The repository has no branch trust.",
  "not-promoted-yet": "The site has no ref yet and has never run a release.",
  withheld: "The repository shows less than the office's own note says, or its notes have stopped or cannot be believed.",
  "ref-moved": "The site's ref moved without a valid higher seq.",
  // trust
  "trust-broken": "A trust version is missing, malformed, wrongly signed, or differs from the one already accepted.",
  // the site commit, in the order of judgement
  "bad-commit": "The site commit does not follow the grammar byte for byte.",
  unsigned: "There is no signature.",
  "bad-signature": "The signature is malformed or does not fit the bytes.",
  "wrong-namespace": "The signature was made for another purpose than this document.",
  "unknown-key": "The signature fits, but the key is not in the current trust document.",
  "revoked-key": "The signature fits, but the key was revoked.",
  "wrong-role": "The signature fits, but the key does not hold the role that may say this.",
  "wrong-fleet": "The document was made for another fleet.",
  "wrong-site": "The site commit was made for another site.",
  "retired-mismatch": "Commit and plan disagree on whether the site is retired.",
  "bad-proof": "The proof does not lead from this site's tree to the release's root.",
  "bad-tag": "The release tag does not follow the grammar byte for byte.",
  "wrong-release": "The release tag names another release or fleet than the commit that points to it.",
  "release-not-yet-known": "The release tag has not arrived yet; it is tried again.",
  "release-not-signed": "Fewer distinct current release keys signed the release tag than the threshold asks for.",
  "release-too-old": "Trust names a higher lowest release.",
  rollback: "The seq is below the highest that this site has seen.",
  "seq-conflict": "The seq was seen before, with another commit.",
  "seq-jump": "The seq is further above the highest seen than an honest promoter would go.",
  "bad-name": "The tree holds a path that no site tree may hold.",
  "bad-mode": "The tree holds a link, a submodule or a program: only plain files and folders are taken.",
  "name-twins": "Two names of the tree are the same, or differ in case alone.",
  "bad-tree": "A folder of the tree is malformed, empty, out of order, or is a file.",
  "plan-mismatch": "The tree's files are not the objects of its plan.",
  "tree-too-large": "The tree goes over a limit on entries, depth or bytes.",
  "wrong-tree": "The files' digest is not the signed one.",
  "bad-plan": "plan.json does not follow its format.",
  "empty-tree": "The plan has no steps and the site is not retired.",
  "agent-too-old": "The plan needs a newer agent.",
  "one-way": "The release goes back over a change of data that cannot be undone.",
  // staging, applying, trial
  staged: "A verified release waits in the other slot.",
  "window-closed": "A verified release waits for the site's window.",
  settling: "A verified release waits until what runs had its own time to become healthy.",
  "clock-unsure": "The clock is behind the newest signed time, so the window counts as closed.",
  "bad-manifest": "A manifest is not the object that its file name says.",
  refused: "The target refused the release before anything was changed.",
  "target-occupied": "The target is not ours to write.",
  contested: "Another writer keeps changing what we declare.",
  "api-unreachable": "The Kubernetes API does not answer.",
  "on-trial": "The release is being put in place, or is watched before it counts.",
  unhealthy: "Something was seen unhealthy within its own time.",
  "agent-crash": "The agent stopped three times within one boot while this release was going in.",
  interrupted: "The release could not be judged here and now; it is tried again.",
  "image-not-available": "An image is neither here nor in reach.",
  unprobed: "No probe could be made of this unit.",
  unproven: "The release was committed without a single probe.",
  committed: "The release runs: its tree is in place.",
  "prune-blocked": "Something forbids a deletion; it is tried again.",
  "left-over": "An object stays because the release gave no consent to remove it.",
  // going back, people, storage
  "no-previous": "There is no previous release to go back to.",
  "fallback-impaired": "Going back is not certain to work, because its images are not held.",
  fallback: "The site went back to its previous release.",
  degraded:
    "Going back did not help, or could not be done; the current release is put in place again and again, and any cure is taken at once.",
  operator: "A person at the site said so.",
  paused: "A person paused the agent.",
  retired: "The site was retired.",
  "bad-request": "The agent was asked for something that it does not know.",
  busy: "Too many ask the agent at once.",
  standby: "Another agent holds this site.",
  "storage-failed": "The disk refused a write.",
  "foreign-state": "The state folder belongs to another site or fleet.",
  "unsafe-path": "Somebody besides root and the agent's user may change a file or folder that the agent relies on.",
  "disk-full": "The disk has no room for another release.",
  "state-rebuilt": "The journal was lost and rebuilt from the slots.",
  "report-fork": "Two boxes report with the same key.",
  "not-started": "The agent has not looked for a release yet.",
} as const;

export type Reason = keyof typeof reasons;

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}

/** The reason word that a reader's fault begins with, or `otherwise` when it begins with none. */
export function reasonOf(fault: string, otherwise: Reason): Reason {
  const word = fault.slice(0, fault.indexOf(":"));
  return isReason(word) ? word : otherwise;
}
