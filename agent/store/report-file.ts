import { dirname } from "node:path";
import { type Clock, type Disk, limits } from "../../core/index.ts";
import { isSignedBy, REPORT_NAMESPACE, signDocument, type SigningKey } from "../../trust/index.ts";
import { type AgentConfig, readReport, type SiteReport, writeReport } from "../../wire/index.ts";
import type { ReportBody } from "../machine/memory.ts";
import type { LogLine } from "../log-line.ts";
import { tryReadWhole, writeDurably } from "./durable.ts";

/** What a report needs of the agent. */
interface Reporter {
  readonly config: Pick<AgentConfig, "report" | "state">;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly key: SigningKey;
  readonly log: (line: LogLine) => void;
}

/**
 * A27: the report is one file, signed with the site's key. Its counter is durable in the journal before the report is, so a lost report leaves
 * a gap, never two reports with the same counter.
 */
export async function writeReportFile(
  body: ReportBody,
  counter: number,
  { config, clock, disk, key, log }: Reporter,
): Promise<{ readonly type: "report-lost" } | undefined> {
  try {
    // Checks the temporary name, which is written to; the report itself is replaced by a rename.
    const because = await disk.pathFault(`${config.report}.new`);
    if (because !== undefined) return lost(log, "unsafe-path", `${because}, so ${config.report} is not written`);
    const storage = { freeBytes: await disk.freeBytes(config.state) };
    const signed: SiteReport = { ...body, counter, at: Math.floor(clock.now() / 1000), storage };
    const report = writeReport(signDocument(signed, REPORT_NAMESPACE, [key]));
    await disk.makeFolder(dirname(config.report));
    await writeDurably(disk, config.report, Buffer.from(report), 0o644);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // A lost report does not affect the workload of the site.
    return lost(log, "storage-failed", message);
  }
  return undefined;
}

function lost(log: Reporter["log"], reason: "storage-failed" | "unsafe-path", detail: string): { readonly type: "report-lost" } {
  log({ level: "warn", event: "report", reason, detail });
  return { type: "report-lost" };
}

/** The last report's body and counter, so that a restart without changes writes nothing. */
export async function lastReport({
  config,
  disk,
  key,
}: Pick<Reporter, "config" | "disk" | "key">): Promise<{ readonly body: ReportBody | null; readonly counter: number }> {
  const bytes = await tryReadWhole(disk, config.report, limits.reportBytes);
  const read = bytes === undefined || "fault" in bytes ? bytes : readReport(bytes.value);
  if (read === undefined || "fault" in read) return { body: null, counter: 0 };
  // Somebody who can write this file could otherwise raise the counter to its maximum.
  if (!isSignedBy(read.value, REPORT_NAMESPACE, key.publicKey.fingerprint)) return { body: null, counter: 0 };
  const { at: _at, counter, storage: _storage, ...body } = read.value.signed;
  return { body, counter };
}
