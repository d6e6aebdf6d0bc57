import { hash } from "node:crypto";
import type { DebFile } from "./deb-archive.ts";

/** The fields of deb-control(5) that differ between our packages. */
export interface DebFields {
  readonly name: string;
  readonly version: string;
  readonly architecture: "all" | "amd64" | "arm64";
  readonly depends: readonly string[];
  readonly recommends?: readonly string[];
  /** First line without the name of the package, then lines of text. */
  readonly description: readonly [string, ...string[]];
}

/** The control part: the fields, a checksum of each file for `dpkg --verify`, and scripts. */
export function debControl(fields: DebFields, data: readonly DebFile[], scripts: readonly DebFile[]): DebFile[] {
  const sums = data.map(({ path, bytes }) => `${hash("md5", bytes)}  ${path.slice(1)}\n`);
  return [
    { path: "/control", bytes: Buffer.from(controlText(fields, data)) },
    { path: "/md5sums", bytes: Buffer.from(sums.sort().join("")) },
    ...scripts,
  ];
}

function controlText({ name, version, architecture, depends, recommends = [], description }: DebFields, data: readonly DebFile[]): string {
  const [first, ...rest] = description;
  // Each file takes whole blocks of 1 KiB, as dpkg-gencontrol counts.
  const kilobytes = data.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 1024), 0);
  const lines = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: Skerry <skerry@fleet.invalid>",
    `Installed-Size: ${kilobytes}`,
    ...(depends.length > 0 ? [`Depends: ${depends.join(", ")}`] : []),
    ...(recommends.length > 0 ? [`Recommends: ${recommends.join(", ")}`] : []),
    "Section: admin",
    "Priority: optional",
    `Description: ${first}`,
    ...rest.map((line) => ` ${line === "" ? "." : line}`),
  ];
  return `${lines.join("\n")}\n`;
}
