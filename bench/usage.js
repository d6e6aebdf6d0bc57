// Preloaded into a measured process: says at its end what it used. Children count through the kernel's own sums of waited children.
import { readFileSync, writeFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

process.on("exit", (code) => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // Fields 16 and 17 of proc(5) stat, counted after the command's closing bracket.
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  const childrenSeconds = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
  const main = process.threadCpuUsage();
  const mainCpuSeconds = (main.user + main.system) / 1e6;
  const usage = {
    code,
    mainCpuSeconds,
    rssBytes: maxRSS * 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    childrenCpuSeconds: childrenSeconds,
  };
  writeFileSync(process.env.BENCH_USAGE_FILE, JSON.stringify(usage));
});
