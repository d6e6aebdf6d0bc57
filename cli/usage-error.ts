/** The person asked for what cannot be: a wrong argument, a wrong folder. Exit code 2. */
export class UsageError extends Error {
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.name = "UsageError";
    this.next = next;
  }
}
