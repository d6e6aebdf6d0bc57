import { isIP } from "node:net";
import { quoted } from "../../core/index.ts";
import type { TextRule } from "../text/rule-violation.ts";

export const addressRule: TextRule = (text) =>
  tryBytes(text)
    ? undefined
    : { code: "bad-address", message: `${quoted(text)} is not an IP address`, next: 'write an address like "10.4.17.5" or "fd00::5"' };

export const macRule: TextRule = (text) => {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text)) return undefined;
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, "");
  const suggestion = digits.length === 12 ? (digits.match(/../g) as string[]).join(":") : "02:00:00:04:17:01";
  return {
    code: "bad-address",
    message: `${quoted(text)} is not a MAC address in lower case with colons`,
    next: `write it like "${suggestion}"`,
  };
};

/** A network by its first address: `10.4.17.0/24`. */
export const cidrRule: TextRule = (text) => {
  const network = tryNetwork(text);
  const code = "bad-address";
  if (!network) return { code, message: `${quoted(text)} is not a network in CIDR notation`, next: 'write a network like "10.4.17.0/24"' };
  const first = masked(network.bytes, network.bits);
  if (Buffer.compare(first, network.bytes) === 0) return undefined;
  const next = first.length === 4 ? `write "${first.join(".")}/${network.bits}"` : "write the network's first address";
  return { code, message: `${quoted(text)} is an address inside the network, not the network itself`, next };
};

/** Whether `address` is in the network. Both must be valid. */
export function contains(cidr: string, address: string): boolean {
  const network = tryNetwork(cidr);
  const bytes = tryBytes(address);
  if (!network || !bytes || bytes.length !== network.bytes.length) return false;
  return Buffer.compare(masked(bytes, network.bits), masked(network.bytes, network.bits)) === 0;
}

// Host bits are not checked here; `cidrRule` checks them and `contains` ignores them.
function tryNetwork(text: string): { readonly bytes: Uint8Array; readonly bits: number } | undefined {
  const [, address, digits] = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  const bytes = address === undefined ? undefined : tryBytes(address);
  const bits = Number(digits);
  return bytes && bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}

// Byte by byte, because a JavaScript number cannot hold 128 bits.
function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff);
}

// A zone (`fe80::1%eth0`) has a meaning only on one machine, so it is refused.
function tryBytes(text: string): Uint8Array | undefined {
  const family = text.includes("%") ? 0 : isIP(text);
  if (family === 4) return Uint8Array.from(text.split("."), Number);
  if (family !== 6) return undefined;
  const [head, tail] = text.split("::").map(groupsOf) as [number[], number[] | undefined];
  const groups = tail ? [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail] : head;
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

// Each part is a list of groups without `::`; the last may be an IPv4 address.
function groupsOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a, b, c, d] = group.split(".").map(Number) as [number, number, number, number];
    return [(a << 8) | b, (c << 8) | d];
  });
}
