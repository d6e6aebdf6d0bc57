// Noncharacters: Unicode promises never to give them a meaning, so no honest text holds one.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

export const RESERVED = /[\uFDD0\uFDD1]/;

/** Splits text into pieces and, between them, numbers of late facts. */
export const MARKER = /\uFDD0(\d+)\uFDD1/;
/** The same in a manifest's file name, where each byte outside the alphabet is written `=xx`, and `=` itself too. */
export const FILE_MARKER = /=ef=b7=90(\d+)=ef=b7=91/;

/** Quick and sometimes wrong: most texts hold no marker, and plans are long. */
export function mayHoldMarker(text: string, place: "yaml" | "json" | "file"): boolean {
  return text.includes(place === "file" ? "=ef=b7=90" : OPEN);
}

/** What stands for a late fact from the resolver to the finished bytes. */
export function markerOf(fact: number): string {
  return `${OPEN}${fact}${CLOSE}`;
}

/** A text without the markers that a render handed out: what is left of the two characters is the user's own. */
export function withoutMarkers(text: string, handedOut: ReadonlySet<string>): string {
  return RESERVED.test(text) ? text.replace(new RegExp(MARKER, "g"), (marker) => (handedOut.has(marker) ? "" : marker)) : text;
}
