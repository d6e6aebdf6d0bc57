/**
 * A strict reader of the text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) with the rules that `promtool
 * check metrics` lints by (https://prometheus.io/docs/practices/naming/). Written without a look at our writer.
 */
export interface ReadMetric {
  readonly type: string;
  readonly help: string;
  /** `{label="value"}` as it stands -> value. */
  readonly series: Map<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*,?\\})? (\\S+)(?: (-?[0-9]+))?$`);
const NUMBER = /^([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?Inf|NaN)$/;

/** Throws with the line that is wrong. */
export function readExposition(text: string): Map<string, ReadMetric> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics = new Map<string, ReadMetric>();
  let help: { name: string; text: string } | undefined;
  let current: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment as unknown as [string, string, string, string];
      if (metrics.has(name)) throw new Error(`${name} has two groups: ${line}`);
      if (kind === "HELP") help = { name, text: rest };
      else {
        if (help?.name !== name) throw new Error(`no help text before ${line}`);
        if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`unknown type: ${line}`);
        metrics.set(name, { type: rest, help: help.text, series: new Map() });
        current = name;
      }
      continue;
    }
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || !NUMBER.test(value as string)) throw new Error(`not a sample: ${line}`);
    if (name !== current) throw new Error(`outside of its group: ${line}`);
    const { series } = metrics.get(name) as ReadMetric;
    if (series.has(labels)) throw new Error(`the same series twice: ${line}`);
    series.set(labels, Number(value));
  }
  return metrics;
}

const ABBREVIATIONS = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];
const NOT_BASE = [
  "milliseconds",
  "microseconds",
  "nanoseconds",
  "minutes",
  "hours",
  "days",
  "weeks",
  "kilobytes",
  "megabytes",
  "percent",
  "bits",
];

/** What promtool would say; empty when it is content. */
export function lint(metrics: Map<string, ReadMetric>): string[] {
  return [...metrics].flatMap(([name, { type, help, series }]) => {
    const words = name.split("_");
    const faults: string[] = [];
    if (help.trim() === "") faults.push("no help text");
    if (series.size === 0) faults.push("no series");
    if ((type === "counter") !== name.endsWith("_total")) faults.push("counters, and only they, end in _total");
    if (/_(bucket|count|sum|info_total)$/.test(name)) faults.push("a name kept for histograms and summaries");
    if (/:|[A-Z]/.test(name)) faults.push("snake_case without colons");
    if (words.some((word) => ABBREVIATIONS.includes(word))) faults.push("units are written out");
    if (words.some((word) => NOT_BASE.includes(word))) faults.push("base units only");
    if (words.some((word) => ["gauge", "counter", "histogram", "summary"].includes(word))) faults.push("no type in the name");
    if ([...series.keys()].some((labels) => /[{,](le|quantile)=/.test(labels))) faults.push("a label kept for histograms and summaries");
    if (type === "counter" && [...series.values()].some((value) => !(value >= 0))) faults.push("a counter is never negative");
    return faults.map((fault) => `${name}: ${fault}`);
  });
}
