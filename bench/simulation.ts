import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The agent's simulation as `npm run test:sim` runs it, planted bugs left out; gives the section of RESULTS.md. */
export function benchSimulation(): string {
  const said = execFileSync("npm", ["run", "--silent", "test:sim", "--", "--bugs", "none"], { cwd: ROOT, encoding: "utf8" });
  const [, all, crashes, seeds, seconds] = said.match(/^simulated: (\d+) schedules \((\d+) crashes, (\d+) by seed\) in ([\d.]+) s$/m) ?? [];
  const [, runs, crashSeconds] = said.match(/: (\d+) runs in ([\d.]+) s, 0 faults$/m) ?? [];
  const [, perSecond] = said.match(/^schedules: \d+ in [\d.]+ s, (\d+) per second, 0 faults$/m) ?? [];
  if (seconds === undefined || perSecond === undefined || crashSeconds === undefined) throw new Error(`the simulation said:\n${said}`);
  const rate = Math.round(Number(all) / Number(seconds));
  return `## The simulation

\`npm run test:sim -- --bugs none\`, ${cpus().length} cores. A crash is a power cut at one disk call of a release, or of the recovery from the first one; cuts that leave the same bytes recover in the same way and run once.

| work | budget | measured |
|---|---|---|
| schedules, crashes and seeds together | 100,000 in 180 s | ${count(all)} in ${seconds} s, ${count(rate)} a second |
| crashes | | ${count(crashes)}, in ${count(runs)} runs, in ${crashSeconds} s |
| seeds | | ${count(seeds)}, ${perSecond} a second |
`;
}

function count(number: string | number | undefined): string {
  return Number(number).toLocaleString("en");
}
