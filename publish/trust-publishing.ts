import { ObjectWriter, readObjects, type RefUpdate } from "../git/index.ts";
import type { FleetPlace } from "./fleet-repository.ts";
import { siteRef } from "./fleet-repository.ts";
import { type Ground, readGround } from "./ground.ts";
import { type Outcome, refused } from "./outcome.ts";
import { sitesWithRef } from "./site-heads.ts";
import { KEPT_RELEASES, releasesOf, type TrustAdditions, writeTrustBranch } from "./trust-branch.ts";

const ATTEMPTS_MAX = 5;

/** The releases that sites are at, as far as it matters: while none is dropped from branch `trust`, nobody needs to know. */
export async function releasesInUse({ repository, state, branch }: Ground): Promise<ReadonlySet<number>> {
  const used = new Set<number>();
  if (releasesOf(branch.files).length < KEPT_RELEASES) return used;
  const ids = sitesWithRef(state.refs).map((site) => state.refs.get(siteRef(site)) as string);
  await readObjects(repository.folder, ids, (_, object) => {
    const release = /\nSkerry-Release: ([1-9][0-9]{0,15})\n/.exec(object?.body.toString("latin1") ?? "")?.[1];
    if (release !== undefined) used.add(Number(release));
  });
  return used;
}

/** Moves branch `trust`; when somebody else moved it meanwhile, writes the additions again on top of theirs. */
export async function publishTrust(ground: Ground, place: FleetPlace, additions: TrustAdditions, first: RefUpdate | undefined): Promise<Outcome<true>> {
  const { repository } = ground;
  let update = first;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (!update || (await repository.moveRefs([update])).length === 0) return { value: true };
    await repository.refresh();
    const anew = await readGround(repository, place);
    if (!("value" in anew)) return anew;
    const writer = new ObjectWriter(repository.folder);
    try {
      update = writeTrustBranch(writer, anew.value.branch, anew.value.chain, additions);
      await writer.finish();
    } finally {
      writer.close();
    }
  }
  return refused({
    code: "trust-contested",
    message: `somebody else moved branch trust first, ${ATTEMPTS_MAX} times in a row`,
    next: "Find out who writes to it all the time, then run this again: the release stands and goes on from there",
  });
}
