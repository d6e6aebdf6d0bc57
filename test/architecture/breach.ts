import type { Source } from "./source.ts";

/** A broken rule, by the rule's name. */
export interface Breach {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export function breach(rule: string, source: Pick<Source, "path">, line: number, message: string): Breach {
  return { rule, file: source.path, line, message };
}

export function formatBreach({ rule, file, line, message }: Breach): string {
  return `${file}:${line} ${rule}: ${message}`;
}
