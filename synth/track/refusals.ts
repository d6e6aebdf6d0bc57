import type { ObjectRef } from "../../core/index.ts";
import type { BuildFault } from "./fault.ts";
import { formatFact } from "./fact-path.ts";

type Path = readonly (string | number)[];

export function lateInspected(action: string): BuildFault {
  return {
    code: "late-fact-inspected",
    message: `a late fact was used ${action}`,
    because: "its value is put in after rendering; what depends on it would be wrong at every site",
    next: "write text with the tag, late`air-${site.late.id}`, or read the fact itself, site.id, which renders once for each value",
  };
}

export function lateBoolean(path: Path): BuildFault {
  return {
    code: "late-fact-inspected",
    message: `site.late.${formatFact(path)} is true or false, which has no late form`,
    because: "a late fact is an object, and every object counts as true",
    next: `read site.${formatFact(path)}`,
  };
}

export function readOnly(path: Path): BuildFault {
  return {
    code: "facts-are-read-only",
    message: `${siteFact(path)} was written to`,
    because: "facts are the inventory's word, and all units share them",
    next: "change a copy: [...site.nodes].sort(), { ...site.labels, extra: 1 }",
  };
}

export function alwaysFrozen(path: Path, action: string): BuildFault {
  return {
    code: "facts-are-read-only",
    message: `${siteFact(path)} was ${action}`,
    because: "facts are always frozen, but the view of them that a build gets cannot say so",
    next: "leave the question out; where a library asks it, give it a copy: JSON.parse(JSON.stringify(site.nodes))",
  };
}

export function closedView(path: Path): BuildFault {
  return {
    code: "closed-view",
    message: `${siteFact(path)} was used after its build had ended`,
    because: "what one build keeps does not belong to the next site, and a read outside of a build is noted nowhere",
    next: "keep nothing of `site` beyond the call: no variable outside of it, no timer, no promise",
  };
}

export function derivedInWhere(name: string): BuildFault {
  return {
    code: "derived-fact-in-where",
    message: `site.${name}(…) was asked in a where`,
    because: "which sites run an app is known only when every where has been answered",
    next: "place by facts: id, level, labels, nodes, capacity",
  };
}

export function unknownApp(name: string): BuildFault {
  return {
    code: "unknown-app",
    message: `site.${name}(…) was asked for something that is no app of this fleet`,
    next: `pass the app's construct: const boards = new Boards(fleet, "boards"); … site.${name}(boards)`,
  };
}

export function lateNameTooLong(ref: ObjectRef): BuildFault {
  return {
    code: "late-name-too-long",
    message: `the late facts make the name of a ${ref.kind} too long`,
    because: "a file name over 200 bytes is cut and ends in a digest of the whole, which is not known before the late facts are",
    next: "shorten the name",
  };
}

function siteFact(path: Path): string {
  return path.length === 0 ? "site" : `site.${formatFact(path)}`;
}
