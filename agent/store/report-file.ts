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
 * A27: the report lies in one file, signed with the site's key, newest counter last. The counter is durable in the journal before the
 * report is; one that is lost leaves a gap, never a second report under the same number.
 */
export async function writeReportFile(
  body: ReportBody,
  counter: number,
  { config, clock, disk, key, log }: Reporter,
): Promise<{ readonly type: "report-lost" } | undefined> {
  try {
    // By the name that is written first: what stands at the report's own is replaced, and not written to.
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
    // What the site runs does not hang on it.
    return lost(log, "storage-failed", message);
  }
  return undefined;
}

function lost(log: Reporter["log"], reason: "storage-failed" | "unsafe-path", detail: string): { readonly type: "report-lost" } {
  log({ level: "warn", event: "report", reason, detail });
  return { type: "report-lost" };
}

/** What this box said last, so that a restart that changes nothing writes nothing; and its counter. */
export async function lastReport({
  config,
  disk,
  key,
}: Pick<Reporter, "config" | "disk" | "key">): Promise<{ readonly body: ReportBody | null; readonly counter: number }> {
  const bytes = await tryReadWhole(disk, config.report, limits.reportBytes);
  const read = bytes === undefined || "fault" in bytes ? bytes : readReport(bytes.value);
  if (read === undefined || "fault" in read) return { body: null, counter: 0 };
  // Whoever may write this file could have it count to the end of all numbers.
  if (!isSignedBy(read.value, REPORT_NAMESPACE, key.publicKey.fingerprint)) return { body: null, counter: 0 };
  const { at: _at, counter, storage: _storage, ...body } = read.value.signed;
  return { body, counter };
}
