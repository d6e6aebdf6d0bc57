import { WorldError } from "../../core/index.ts";

/** The journal could not be written. The agent begins nothing more, because a restart could not know about it. */
export class JournalRefused extends WorldError {
  constructor(detail: string) {
    super("storage-failed", `the journal could not be written: ${detail}`, "Check the disk; the workload of the site keeps running");
  }
}
