/** Progress of a fetch: no git protocol yet, listing refs, or requesting and receiving objects. */
export type FetchPhase = "contact" | "refs" | "objects";

/** An error of one of git's processes. `format` is git's own text without parameters, so no server can influence it. */
export interface GitError {
  /** Name of the process with those of its ancestors, such as `fetch/index-pack`. */
  readonly command: string;
  readonly format: string;
  /** The whole message; its parameters may come from the server. */
  readonly text: string;
  readonly phase: FetchPhase;
}

/** Formats whose parameters are git's own: a ref that the agent names, zlib's messages, or an already formatted message. */
const FILLED_BY_GIT = /^(%s|fetching ref %s failed: %s|(inflate|deflate)\w*: %s \(%s\))$/;

/** The part of the message that no server can influence. */
export function ownWords({ format, text }: GitError): string {
  return FILLED_BY_GIT.test(format) ? text : format;
}

/** Longest event that is read: a packet of 64 KB, each byte escaped as `\u0000`. */
const LINE_CHARS_MAX = 524_288;
/** A server can cause one error per object. The first errors show the cause, and the last one how git ended. */
const ERRORS_MAX = 100;
const PROCESSES_MAX = 100;

/**
 * Reads git's trace2 events (git's api-trace2, "Event Format Target Formats"), which are the same for git 2.36 to 2.51 and later. They use a
 * separate file descriptor, so output of a server or ssh on stderr is never among them. git escapes text inside an event, so no text can end
 * its line.
 */
export class GitTrace {
  readonly #errors: GitError[] = [];
  readonly #commands = new Map<string, string>();
  #lastError: string | undefined;
  #rest = "";
  #phase: FetchPhase = "contact";
  #hasStarted = false;
  #speaksGit = false;

  /** The first errors in their order, and the last one. */
  get errors(): readonly GitError[] {
    const last = this.#lastError === undefined ? undefined : this.#error(tryEvent(this.#lastError));
    return last === undefined ? this.#errors : [...this.#errors, last];
  }

  /** git was started. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** The server answered in some version of git's protocol. */
  get speaksGit(): boolean {
    return this.#speaksGit;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() as string).slice(0, LINE_CHARS_MAX);
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    const [, kind] = /^\{"event":"(start|cmd_name|error|region_enter|data)"/.exec(line) ?? [];
    if (kind === undefined) return;
    if (kind === "error" && this.#errors.length === ERRORS_MAX) {
      this.#lastError = line;
      return;
    }
    const event = tryEvent(line);
    if (event === undefined) return;
    if (kind === "start") this.#hasStarted = true;
    else if (kind === "cmd_name" && this.#commands.size < PROCESSES_MAX) this.#commands.set(String(event.sid), String(event.hierarchy));
    else if (kind === "error") this.#errors.push(this.#error(event) as GitError);
    else this.#advance(event);
  }

  #advance(event: Event): void {
    if (event.key === "negotiated-version") {
      this.#speaksGit = true;
      if (this.#phase === "contact") this.#phase = "refs";
    }
    if (event.category === "fetch" && event.label === "fetch_refs") this.#phase = "objects";
  }

  #error(event: Event | undefined): GitError | undefined {
    if (event === undefined) return undefined;
    const command = this.#commands.get(String(event.sid)) ?? "";
    const { fmt, msg } = event;
    return { command, format: typeof fmt === "string" ? fmt : "", text: typeof msg === "string" ? msg : "", phase: this.#phase };
  }
}

/** The fields that are read, of all kinds of event. */
type Event = Readonly<Partial<Record<"sid" | "hierarchy" | "key" | "category" | "label" | "fmt" | "msg", unknown>>>;

function tryEvent(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}
