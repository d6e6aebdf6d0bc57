import type { ObjectRef } from "../../core/index.ts";
import type { BuildFault } from "./fault.ts";
import { formatFact } from "./fact-path.ts";

type Path = readonly (string | number)[];

export function lateInspected(action: string): BuildFault {
  return {
    code: "late-fact-inspected",
    message: `a late fact was used ${action}`,
    because: "its value is filled in after rendering, so a result that depends on it would be wrong at every site",
    next: "build text with the tag, late`air-${site.late.id}`, or read the fact directly, site.id, which renders once for each value",
  };
}

export function lateBoolean(path: Path): BuildFault {
  return {
    code: "late-fact-inspected",
    message: `site.late.${formatFact(path)} is a boolean, which has no late form`,
    because: "a late fact is an object, and every object is truthy",
    next: `read site.${formatFact(path)}`,
  };
}

export function readOnly(path: Path): BuildFault {
  return {
    code: "facts-are-read-only",
    message: `${siteFact(path)} was written to`,
    because: "facts come from the inventory, and all units share them",
    next: "change a copy: [...site.nodes].sort(), { ...site.labels, extra: 1 }",
  };
}

export function alwaysFrozen(path: Path, action: string): BuildFault {
  return {
    code: "facts-are-read-only",
    message: `${siteFact(path)} was ${action}`,
    because: "facts are always frozen, but the view of them in a build cannot report it",
    next: "remove the call; for a library that needs it, pass a copy: JSON.parse(JSON.stringify(site.nodes))",
  };
}

export function closedView(path: Path): BuildFault {
  return {
    code: "closed-view",
    message: `${siteFact(path)} was used after its build had ended`,
    because: "facts that one build keeps do not belong to the next site, and reads outside a build are not recorded",
    next: "do not use `site` after the call: not in outer variables, timers or promises",
  };
}

export function derivedInWhere(name: string): BuildFault {
  return {
    code: "derived-fact-in-where",
    message: `site.${name}(…) was called in a where`,
    because: "which sites run an app is known only after every where has run",
    next: "place by facts: id, level, labels, nodes, capacity",
  };
}

export function unknownApp(name: string): BuildFault {
  return {
    code: "unknown-app",
    message: `site.${name}(…) was called with something that is not an app of this fleet`,
    next: `pass the app's construct: const boards = new Boards(fleet, "boards"); … site.${name}(boards)`,
  };
}

export function lateNameTooLong(ref: ObjectRef): BuildFault {
  return {
    code: "late-name-too-long",
    message: `with its late facts the name of the ${ref.kind} is too long`,
    because: "a file name over 200 bytes is shortened with a digest, which cannot be computed before the late facts are filled in",
    next: "shorten the name",
  };
}

function siteFact(path: Path): string {
  return path.length === 0 ? "site" : `site.${formatFact(path)}`;
}
