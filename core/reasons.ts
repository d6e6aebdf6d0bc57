/**
 * Every reason word of an agent's status and report, with its meaning. A reader of reports refuses any other word, so a new word is
 * added here first. Grouped by the step that gives the word.
 */
export const reasons = {
  // fetch
  offline: "The repository cannot be reached. The site keeps running what it has.",
  "slow-retrieval": "The fetch was stopped because the data arrived too slowly.",
  "too-large": "The fetch was stopped because it exceeded a limit on size, memory or work.",
  "git-missing": "git cannot be started on this box.",
  "access-refused": "The repository, or the registry of an image, requires other credentials.",
  "certificate-refused":
    "The server's certificate is expired, was issued for another name, or is signed by an authority that this box does not trust.",
  "proxy-refused": "The proxy requires credentials, or does not allow this connection.",
  "owner-refused": "The repository is a folder that belongs to another user, so git does not read it.",
  "bad-address": "The address of the repository is not valid.",
  "repository-missing": "The server has no repository at this address.",
  "ids-not-served": "The server does not give out the site's commit by its id, and the repository has no branch of the site.",
  redirected: "The server answered with a redirect. The agent does not follow redirects.",
  "not-git": "The answer is not from a git server: a captive portal or a proxy may be in between.",
  "bad-object": "The pack from the server is damaged, incomplete, or holds an object that git rejects.",
  "cache-damaged": "The fetch cache cannot be read. The agent deletes it and fetches again.",
  "ref-missing": "The repository has no ref for this site.",
  "trust-missing": "The repository has no branch named trust.",
  "not-promoted-yet": "The site has no ref yet and has never run a release.",
  withheld: "The repository shows an older state than the office's freshness notes name, or the notes have stopped or cannot be verified.",
  "ref-moved": "The site's ref moved without a valid higher seq.",
  // trust
  "trust-broken": "A trust version is missing, malformed or wrongly signed, or differs from the accepted one.",
  // the site commit, in the order of judgement
  "bad-commit": "The site commit does not match its format byte for byte.",
  unsigned: "There is no signature.",
  "bad-signature": "The signature is malformed or does not match the signed bytes.",
  "wrong-namespace": "The signature was made for another kind of document.",
  "unknown-key": "The signature is valid, but its key is not in the current trust document.",
  "revoked-key": "The signature is valid, but its key is revoked.",
  "wrong-role": "The signature is valid, but its key does not hold the required role.",
  "wrong-fleet": "The document was made for another fleet.",
  "wrong-site": "The site commit was made for another site.",
  "retired-mismatch": "The commit and the plan disagree about whether the site is retired.",
  "bad-proof": "The proof does not lead from this site's tree to the release's Merkle root.",
  "bad-tag": "The release tag does not match its format byte for byte.",
  "wrong-release": "The release tag names another release or fleet than the site commit.",
  "release-not-yet-known": "The release tag has not arrived yet. The agent tries again.",
  "release-not-signed": "Fewer current release keys signed the release tag than the threshold requires.",
  "release-too-old": "The release is older than the lowest release that the trust document allows.",
  rollback: "The seq is lower than the highest that this site has seen.",
  "seq-conflict": "The seq was seen before, with another commit.",
  "seq-jump": "The seq is too far above the highest that this site has seen.",
  "bad-name": "The tree holds a path that is not allowed in a site tree.",
  "bad-mode": "The tree holds a symbolic link, a submodule or an executable. Only plain files and folders are accepted.",
  "name-twins": "Two names in the tree are equal or differ only in case.",
  "bad-tree": "A folder of the tree is malformed, empty or out of order, or is a file.",
  "plan-mismatch": "The files in the tree do not match the objects in its plan.",
  "tree-too-large": "The tree exceeds a limit on entries, depth or bytes.",
  "wrong-tree": "The digest of the files is not the signed one.",
  "bad-plan": "plan.json does not match its format.",
  "empty-tree": "The plan has no steps, and the site is not retired.",
  "agent-too-old": "The plan requires a newer agent.",
  "one-way": "The release would go back across a data change that cannot be undone.",
  // staging, applying, trial
  staged: "A verified release is staged in the other slot.",
  "window-closed": "A verified release waits for the site's maintenance window.",
  settling: "A verified release waits because the running one still has time to become healthy.",
  "clock-unsure": "The clock is behind the newest signed time, so the window counts as closed.",
  "bad-manifest": "A manifest does not hold the object that its file name says.",
  refused: "The target rejected the release before anything was changed.",
  "target-occupied": "The target holds something that the agent does not own, so the agent does not write to it.",
  contested: "Another writer keeps changing an object that the release declares.",
  "api-unreachable": "The Kubernetes API does not answer.",
  "on-trial": "The release is being applied or is on trial.",
  unhealthy: "A unit did not become healthy in time, or did not stay healthy.",
  "agent-crash": "The agent stopped three times within one boot while it applied this release.",
  interrupted: "The release could not be judged. The agent tries again.",
  "image-not-available": "An image is not on the box and cannot be pulled.",
  unprobed: "The agent cannot run any probe of this unit.",
  unproven: "The release was committed without a single probe.",
  committed: "The release runs: its tree is in place.",
  "prune-blocked": "An object cannot be deleted. The agent tries again.",
  "left-over": "An object of an older release stays because no consent allows its removal.",
  // going back, people, storage
  "no-previous": "There is no previous release to fall back to.",
  "fallback-impaired": "A fallback may fail because the images of the previous release are not pinned.",
  fallback: "The site fell back to its previous release.",
  degraded: "The fallback failed or did not help. The agent keeps applying the current release and takes any newer release at once.",
  operator: "A person at the site requested it.",
  paused: "A person paused the agent.",
  retired: "The site was retired.",
  "bad-request": "The agent does not know this request.",
  busy: "Too many clients are connected to the agent.",
  standby: "Another agent is active for this site.",
  "storage-failed": "A write to the disk failed.",
  "foreign-state": "The state folder belongs to another site or fleet.",
  "unsafe-path": "A user other than root and the agent's user can change a file or folder that the agent relies on.",
  "disk-full": "The disk has no space for another release.",
  "state-rebuilt": "The journal was lost and was rebuilt from the slots.",
  "report-fork": "Two boxes report with the same key.",
  "not-started": "The agent has not looked for a release yet.",
} as const;

export type Reason = keyof typeof reasons;

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}

/** The reason word at the beginning of a reader's fault, or `otherwise` when there is none. */
export function reasonOf(fault: string, otherwise: Reason): Reason {
  const word = fault.slice(0, fault.indexOf(":"));
  return isReason(word) ? word : otherwise;
}
