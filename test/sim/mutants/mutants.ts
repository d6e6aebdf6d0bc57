import { bug, type PlantedBug } from "./planted-bug.ts";

const MACHINE = "agent/machine";

/** Faults that agents of this kind have had, or could have. What the stores' own lines hold up stands in store-mutations.ts. */
export const MUTANTS: readonly PlantedBug[] = [
  // the journal
  bug("effects start before the journal is durable", "agent/runner.ts", "await this.#save(machine);", "void this.#save(machine);"),
  bug("a journal that cannot be written is passed over", "agent/runner.ts", "throw new JournalRefused(", "void new JournalRefused("),
  bug("the report counter is not kept", `${MACHINE}/step.ts`, "counter: report.counter }", "counter: next.journal.counter }"),
  bug("the start is not counted", `${MACHINE}/release-actions.ts`, "starts: journal.starts + 1", "starts: journal.starts"),
  bug(
    "new objects are not owned before they are written",
    `${MACHINE}/release-actions.ts`,
    "      owned,\n      ...(journal.current === null",
    "      ...(journal.current === null",
  ),

  // what is believed
  bug("any signature will do", "agent/verify/site-commit.ts", 'if ("refusal" in signed) return signed;', ""),
  bug("a commit of another site is taken", "agent/verify/site-commit.ts", "if (commit.site !== identity.site)", "if (commit.site === '')"),
  bug(
    "a commit of another fleet is taken",
    "agent/verify/site-commit.ts",
    "if (commit.fleet !== identity.fleet)",
    "if (commit.fleet === '')",
  ),
  bug("the proof is not looked at", "agent/verify/release.ts", "if (!verifyInclusion(", "if (false && !verifyInclusion("),
  bug("the files are not digested", "agent/verify/contents.ts", "if (digest !== commit.treeDigest)", "if (digest === '')"),
  bug("an old seq is taken again", "agent/verify/seq.ts", "commit.seq < highest || ", ""),
  bug(
    "another commit of the same seq is taken",
    "agent/verify/seq.ts",
    "commit.id === seen.commit ? undefined",
    "commit.id !== '' ? undefined",
  ),
  bug("any jump of seq is taken", "agent/verify/seq.ts", "highest + limits.seqJump", "highest + 1e9"),
  {
    name: "a candidate survives the revocation of its key",
    patches: [
      { file: "agent/effects/walk-branch.ts", find: "candidate !== null && accepted.length > 0", put: "false" },
      { file: "agent/effects/perform.ts", find: "if (fallen !== undefined) return", put: "if (fallen?.refusal === 'staged') return" },
    ],
  },

  // the trial
  bug(
    "COMMIT does not wait for the quiet time",
    `${MACHINE}/watch.ts`,
    ".quietSeconds * 1000;\n}\n\n/** Unhealthy at",
    ".quietSeconds * 0;\n}\n\n/** Unhealthy at",
  ),
  bug(
    "a restart in TRIAL commits",
    `${MACHINE}/table.ts`,
    '"TRIAL",        "started",          is.startable,        "APPLY",        drift.begin, release.apply',
    '"TRIAL",        "started",          is.startable,        "COMMIT",        drift.begin, release.commit, release.finalize',
  ),
  bug(
    "a box that cannot ask counts as an unhealthy release",
    `${MACHINE}/watch.ts`,
    'const isAnswered = answers.every(({ health }) => health !== "unknown");',
    "const isAnswered = true;\n  answers = answers.map((answer) => (answer.health === 'unknown' ? { ...answer, health: 'unhealthy' } : answer));",
  ),
  bug(
    "the baseline is forgotten",
    `${MACHINE}/release-actions.ts`,
    "baseline: baselineOf((memory.current as SlotFacts).probes, answers)",
    "baseline: {}",
  ),
  bug(
    "a flap counts as quiet",
    `${MACHINE}/watch.ts`,
    'health === "healthy" ? (probe.healthySinceMs ?? countedMs) : null',
    "probe.healthySinceMs ?? (health === 'healthy' ? countedMs : null)",
  ),
  bug(
    "a release that may be a cure is not watched",
    `${MACHINE}/watch.ts`,
    'return { is: isWatchedOut(watch, facts) ? "healthy" : "open" };',
    'return { is: isWatchedOut(watch, facts) || facts !== undefined ? "healthy" : "open" };',
  ),
  bug(
    "progress without end fails nothing",
    `${MACHINE}/watch.ts`,
    'probe.wasUnhealthy || health === "unhealthy" || cause === "release"',
    'probe.wasUnhealthy || health === "unhealthy"',
  ),
  bug(
    "what waits for the box fails the release",
    `${MACHINE}/watch.ts`,
    'function causeOf({ health, cause = "release" }: HealthAnswer): ProgressCause | null {\n  return health === "progressing" ? cause : null;',
    'function causeOf({ health }: HealthAnswer): ProgressCause | null {\n  return health === "progressing" ? "release" : null;',
  ),
  bug("a failed release is not marked", `${MACHINE}/trial-actions.ts`, "failed: marks.slice(-FAILED_MAX),", "failed: journal.failed,"),
  bug(
    "a mark does not keep a release out",
    `${MACHINE}/due.ts`,
    "return failed.some(({ seq }) => seq === candidate?.seq);",
    "return failed.length > 99 && candidate !== null;",
  ),
  bug(
    "deaths within one boot are not counted against a release",
    `${MACHINE}/guards.ts`,
    "journal.starts >= STARTS_MAX && journal.boot === event.boot",
    "false",
  ),
  bug(
    "an interrupted release is tried again at once",
    `${MACHINE}/trial-actions.ts`,
    "const waitSeconds = applyRetrySeconds(",
    "const waitSeconds = 0 * applyRetrySeconds(",
  ),

  // the way back
  bug(
    "going back asks the network",
    "agent/effects/perform-target.ts",
    '  if (answer.done) return { type: "fell-back" };',
    '  await context.repository.fetch(new AbortController().signal);\n  if (answer.done) return { type: "fell-back" };',
  ),
  bug(
    "a start in FALLBACK goes forward",
    `${MACHINE}/table.ts`,
    '"FALLBACK",     "started",          always,              "FALLBACK",     drift.begin, trial.fallBack',
    '"FALLBACK",     "started",          always,              "APPLY",     drift.begin, release.apply',
  ),
  bug(
    "going back does nothing",
    "agent/effects/perform-target.ts",
    'const answer = await reached(() => context.target.reconcile(treeOf(slot, context), retainedOf(spec, context)));\n  if (answer.done) return { type: "fell-back" };',
    'const answer = await reached(async () => ({ done: true as const, slot, spec }));\n  if (answer.done) return { type: "fell-back" };',
  ),
  bug(
    "old data versions come back",
    `${MACHINE}/guards.ts`,
    "return old !== undefined && unit.dataVersion > old.dataVersion ? [name] : [];",
    "return old === undefined && unit.dataVersion < 0 ? [name] : [];",
  ),

  // the target
  bug(
    "PRUNE before COMMIT",
    "agent/targets/plain-directory.ts",
    "      this.#right = undefined;\n      return { done: true };",
    "      this.#right = undefined;\n      await this.prune();\n      return { done: true };",
  ),
  bug("PRUNE takes what is in use", "agent/targets/plain-directory.ts", "if (name !== kept) await", "await"),
  bug(
    "the new folder is not flushed before the switch",
    "agent/targets/plain-directory.ts",
    "      await writeFolder(this.#disk, folder, files);",
    "      for (const file of files) {\n        await this.#disk.makeFolder(dirname(join(folder, file.path)));\n        await this.#disk.write(join(folder, file.path), file.bytes);\n      }",
  ),
  bug(
    "the switch is not flushed",
    "agent/targets/plain-directory.ts",
    "    await this.#disk.rename(next, this.#path);\n    await this.#disk.syncFolder(dirname(this.#path));",
    "    await this.#disk.rename(next, this.#path);",
  ),
  bug(
    "a file is changed where it stands",
    "agent/targets/plain-directory.ts",
    "const folder = join(this.#home, whole ?? (await this.#freeName(tree.tree)));",
    "const folder = join(this.#home, (await this.#tryCurrent()) ?? (await this.#freeName(tree.tree)));",
  ),
  bug(
    "drift is found by size alone",
    "agent/targets/folder-listing.ts",
    "entry.size === bytes.length && (await disk.read(join(listing.folder, path), bytes.length)).equals(bytes)",
    "entry.size === bytes.length && disk !== undefined && listing !== undefined && path !== ''",
  ),
  bug(
    "drift is never looked for",
    `${MACHINE}/due.ts`,
    "if (isRepairable(machine)) due.push",
    "if (isRepairable(machine) && moment.wallMs < 0) due.push",
  ),

  // time and the environment
  bug(
    "the window is not asked",
    `${MACHINE}/due.ts`,
    "  if (isOpen) return { atMs: moment.monotonicMs, waits: undefined };",
    "  if (isOpen || nextMs !== undefined) return { atMs: moment.monotonicMs, waits: undefined };",
  ),
  bug(
    "a failed poll is repeated at once",
    `${MACHINE}/back-off.ts`,
    "return whole * (0.5 + 0.5 * moment.fraction);",
    "return whole * 0 * moment.fraction;",
  ),
  bug(
    "the release goes into the slot that runs",
    `${MACHINE}/release-actions.ts`,
    'journal.current?.slot === "a" ? "b" : "a"',
    'journal.current?.slot === "b" ? "b" : "a"',
  ),
  bug(
    "a log line carries the repository's address",
    "agent/effects/perform.ts",
    '"tips" in result ? { type: "fetched", tips: result.tips } : { type: "poll-failed", ...result.fault }',
    '"tips" in result ? { type: "fetched", tips: result.tips } : { type: "poll-failed", reason: result.fault.reason, detail: "from https://box:canary-7f3a9c@git.example" }',
  ),
  bug(
    "a reason outside of the list",
    `${MACHINE}/poll-actions.ts`,
    "troubleOf(reason, detail, moment, memory.pollTrouble)",
    'troubleOf("no luck" as typeof reason, detail, moment, memory.pollTrouble)',
  ),
];
