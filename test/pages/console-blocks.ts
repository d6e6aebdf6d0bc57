/** One command of a page and what the page says that it prints. */
export interface PageCommand {
  /** As bash takes it; several lines where the page shows `> ` below the first. */
  readonly command: string;
  readonly output: readonly string[];
  /** Of the command in the page, from 1. */
  readonly line: number;
}

const FENCE = /^```(\w*)$/;

/** The commands of all blocks of one language in a page, in order. A block of `console` shows commands after `$ ` and their output below. */
export function pageCommands(page: string): PageCommand[] {
  return blocks(page, "console").flatMap(({ lines, firstLine }) => {
    const found: { command: string; output: string[]; line: number }[] = [];
    for (const [index, text] of lines.entries()) {
      const last = found.at(-1);
      if (text.startsWith("$ ")) found.push({ command: text.slice(2), output: [], line: firstLine + index });
      else if (last === undefined) throw new Error(`line ${firstLine + index}: a console block starts with a command`);
      else if (/^>( |$)/.test(text) && last.output.length === 0) last.command += `\n${text.slice(2)}`;
      else last.output.push(text);
    }
    return found;
  });
}

/** What the blocks of a language hold, e.g. the one `json` block of a page. */
export function pageBlocks(page: string, language: string): string[] {
  return blocks(page, language).map(({ lines }) => `${lines.join("\n")}\n`);
}

function blocks(page: string, language: string): { readonly lines: readonly string[]; readonly firstLine: number }[] {
  const found: { lines: string[]; firstLine: number }[] = [];
  let open: string | undefined;
  for (const [index, text] of page.split("\n").entries()) {
    const fence = FENCE.exec(text);
    if (fence === null) {
      if (open === language) found.at(-1)?.lines.push(text);
    } else if (open === undefined) {
      open = fence[1] as string;
      if (open === language) found.push({ lines: [], firstLine: index + 2 });
    } else open = undefined;
  }
  return found;
}

/**
 * The output as the page should show it: the page's own lines when they fit, else the real ones. In a page `…` stands for any text within
 * a line, and on a line of its own for any number of lines.
 */
export function fittedOutput(shown: readonly string[], printed: string): readonly string[] {
  const lines =
    printed.trimEnd() === ""
      ? []
      : printed
          .trimEnd()
          .split("\n")
          .map((line) => line.trimEnd());
  return fits(shown, lines) ? shown : lines;
}

function fits(shown: readonly string[], lines: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return lines.length === 0;
  if (first.trim() === "…") return lines.some((_, skipped) => fits(rest, lines.slice(skipped))) || fits(rest, []);
  const [line, ...below] = lines;
  return line !== undefined && pattern(first).test(line) && fits(rest, below);
}

function pattern(shown: string): RegExp {
  return new RegExp(
    `^${shown
      .split("…")
      .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"))
      .join(".*")}$`,
    "u",
  );
}
