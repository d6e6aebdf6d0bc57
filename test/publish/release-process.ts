import { readFileSync } from "node:fs";
import { release } from "../../publish/index.ts";
import { readSigningKey, type SigningKey } from "../../trust/index.ts";
import { syntheticFleet } from "./synthetic-fleet.ts";

/** One release in a process of its own: `release-process.ts <file with ReleaseRequest>`. Prints the outcome as JSON. */
export interface ReleaseRequest {
  readonly repository: string;
  readonly mirror: string;
  readonly sites: number;
  readonly version: string;
  readonly source: string;
  readonly trust: string;
  readonly releaseKey: string;
  readonly promoteKey: string;
}

const request = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as ReleaseRequest;
const outcome = await release({
  ...{ fleet: "airports", repository: request.repository, mirror: request.mirror, trust: [Buffer.from(request.trust)] },
  ...syntheticFleet({ sites: request.sites, version: request.version, objects: 12, shapes: 3 }),
  source: { commit: request.source.repeat(40), seconds: 1_795_000_000 + Number.parseInt(request.source, 16) },
  releaseKey: keyOf(request.releaseKey),
  promotion: { sites: "all", key: keyOf(request.promoteKey) },
});
process.stdout.write(JSON.stringify(outcome));

function keyOf(pem: string): SigningKey {
  const read = readSigningKey(pem);
  if ("fault" in read) throw new Error(read.fault);
  return read.value;
}
