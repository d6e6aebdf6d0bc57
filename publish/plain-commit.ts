/** A commit of the branches `fleet` and `trust`. It is not signed: what it holds is, or a tag that names it. */
export interface PlainCommit {
  readonly tree: string;
  readonly parent: string | undefined;
  readonly seconds: number;
  /** Ends in a line end. */
  readonly message: string;
}

export function plainCommit({ tree, parent, seconds, message }: PlainCommit): Buffer {
  const person = `Skerry <skerry@fleet.invalid> ${seconds} +0000`;
  const parentLine = parent === undefined ? "" : `parent ${parent}\n`;
  return Buffer.from(`tree ${tree}\n${parentLine}author ${person}\ncommitter ${person}\n\n${message}`);
}
