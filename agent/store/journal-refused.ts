import { WorldError } from "../../core/index.ts";

/** The disk refused the journal: nothing more is begun, because nobody could tell later what it was. */
export class JournalRefused extends WorldError {
  constructor(detail: string) {
    super("storage-failed", `the journal could not be written: ${detail}`, "Look at the disk; what runs at the site goes on running");
  }
}
