// Noncharacters: Unicode guarantees that they never get a meaning, so normal text does not hold them.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

export const RESERVED = /[\uFDD0\uFDD1]/;

/** Splits text into pieces and, between them, numbers of late facts. */
export const MARKER = /\uFDD0(\d+)\uFDD1/;
/** The same in a manifest's file name, where each byte outside the alphabet is written `=xx`, and `=` itself too. */
export const FILE_MARKER = /=ef=b7=90(\d+)=ef=b7=91/;

/** A fast check that may return true for text without markers. Most texts have none. */
export function mayHoldMarker(text: string, place: "yaml" | "json" | "file"): boolean {
  return text.includes(place === "file" ? "=ef=b7=90" : OPEN);
}

/** The placeholder of a late fact from the resolver to the finished bytes. */
export function markerOf(fact: number): string {
  return `${OPEN}${fact}${CLOSE}`;
}

/** Removes the markers that a render handed out. Any marker character left is the user's own. */
export function withoutMarkers(text: string, handedOut: ReadonlySet<string>): string {
  return RESERVED.test(text) ? text.replace(new RegExp(MARKER, "g"), (marker) => (handedOut.has(marker) ? "" : marker)) : text;
}
