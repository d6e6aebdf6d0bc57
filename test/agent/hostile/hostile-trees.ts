import { limits } from "../../../core/index.ts";
import { MANIFEST, siteFiles } from "../fixtures/forge.ts";
import { type Attack, type Attacks, FIRST, NEXT, type Stage } from "./hostile-stage.ts";

/** Attacks by what the tree holds, all under a commit and a release that are signed as they should be. */

function node(name: string): Attack[1] {
  return (stage) => stage.rooted("40000", "nodes", stage.forge.rawTree([["100644", name, stage.blob("x")]]));
}

function twins(one: string, other: string): Attack[1] {
  return (stage) => stage.filed(new Map(siteFiles("x")).set(`nodes/${one}`, "x").set(`nodes/${other}`, "y"));
}

export const NAMES: Attacks = {
  "T9: a folder named ..": ["bad-name", (stage) => stage.rooted("40000", "..", stage.forge.tree(FIRST))],
  "T9: a folder named .": ["bad-name", (stage) => stage.rooted("40000", ".", stage.forge.tree(FIRST))],
  "T9: a file named .git": ["bad-name", (stage) => stage.rooted("100644", ".git", stage.blob("gitdir: /etc"))],
  "T9: a folder named .GIT": ["bad-name", (stage) => stage.rooted("40000", ".GIT", stage.forge.tree(FIRST))],
  "T9: the short name of .git on Windows": ["bad-name", node("git~1")],
  "T9: .git with a mark that a Mac leaves out": ["bad-name", node(Buffer.from(".g\u200cit").toString("latin1"))],
  "T9: a name with a slash": ["bad-name", (stage) => stage.rooted("100644", "nodes/../../x", stage.blob("x"))],
  "T9: a name with a backslash": ["bad-name", node("a\\..\\b")],
  "T9: an absolute name": ["bad-name", (stage) => stage.rooted("100644", "/etc/passwd", stage.blob("x"))],
  "T9: a name without a letter": ["bad-tree", node("")],
  "T9: a name of 5,000 letters": ["bad-name", node("a".repeat(5_000))],
  "T9: a name that steers a terminal": ["bad-name", node("a\u001b[2Jb")],
  "T9: a name with a line end": ["bad-name", node("a\nb")],
  "T9: a name that is no UTF-8": ["bad-name", node("a\u00ff")],
  "T9: a name that ends in a dot": ["bad-name", node("a.")],
  "T9: a name in another alphabet": ["bad-name", (stage) => stage.filed(new Map(siteFiles("x")).set("nodes/1/f\u0456le", "x"))],
  "T9: a file beside plan.json": ["bad-name", (stage) => stage.rooted("100644", "README", stage.blob("x"))],
  "T9: a manifest in a stage that is none": [
    "bad-name",
    (stage) => stage.filed(new Map(siteFiles("x")).set("manifests/99-late/boards/secret_-_x.yaml", "x")),
  ],
  "T9: two entries of one name": [
    "name-twins",
    (stage) =>
      stage.treed(
        stage.forge.rawTree([
          ["100644", "plan.json", stage.blob("a")],
          ["100644", "plan.json", stage.blob("b")],
        ]),
      ),
  ],
  "T9: a file and a folder of one name": [
    "name-twins",
    (stage) =>
      stage.treed(
        stage.forge.rawTree([
          ["100644", "nodes", stage.blob("a")],
          ["40000", "nodes", stage.forge.tree(FIRST)],
        ]),
      ),
  ],
  "T9: two names that differ in case": ["name-twins", twins("1/A", "1/a")],
  "T9: two folders that differ in case": ["name-twins", twins("A/x", "a/y")],
  // Composed and decomposed: no letter outside of ASCII is taken, so there are no such twins.
  "T9: two spellings of one letter": ["bad-name", twins("1/\u00e9", "1/e\u0301")],
};

export const SHAPES: Attacks = {
  "T9: a symlink": ["bad-mode", (stage) => stage.rooted("120000", "nodes", stage.blob("/etc"))],
  "T8: a submodule": ["bad-mode", (stage) => stage.rooted("160000", "nodes", "3".repeat(40))],
  "T8: a .gitmodules": [
    "bad-name",
    (stage) => stage.rooted("100644", ".gitmodules", stage.blob('[submodule "a"]\n\turl = -uevil\n\tpath = a\n')),
  ],
  "T8: a .gitmodules that is a symlink": ["bad-mode", (stage) => stage.rooted("120000", ".gitmodules", stage.blob("/etc"))],
  "T8: a .gitattributes with a filter": ["bad-name", (stage) => stage.rooted("100644", ".gitattributes", stage.blob("* filter=evil\n"))],
  "T9: an executable file": ["bad-mode", (stage) => stage.rooted("100755", "nodes", stage.blob("x"))],
  "T9: a file that its group may write": ["bad-mode", (stage) => stage.rooted("100664", "nodes", stage.blob("x"))],
  "T9: a mode with a leading zero": ["bad-mode", (stage) => stage.rooted("040000", "nodes", stage.forge.tree(FIRST))],
  "T9: an empty folder": ["bad-tree", (stage) => stage.rooted("40000", "nodes", stage.forge.object("tree", ""))],
  "T9: a tree without an entry": ["bad-tree", (stage) => stage.treed(stage.forge.object("tree", ""))],
  "T9: a tree in a file's place": ["bad-tree", (stage) => stage.rooted("100644", "nodes", stage.nested(1))],
  "T9: a file in a tree's place": ["bad-tree", (stage) => stage.rooted("40000", "nodes", stage.blob("x"))],
  "T9: a tree that ends in the middle of an entry": [
    "bad-tree",
    (stage) => stage.treed(stage.forge.object("tree", "100644 plan.json\0abc")),
  ],
  "T9: entries out of order": [
    "bad-tree",
    (stage) =>
      stage.treed(
        stage.forge.rawTree([
          ["100644", "plan.json", stage.blob("x")],
          ["40000", "nodes", stage.nested(1)],
        ]),
      ),
  ],
  "T9: an entry that names nothing": ["bad-tree", (stage) => stage.rooted("100644", "nodes", "0".repeat(40))],
  "T4: an object that does not come": ["bad-object", (stage) => stage.rooted("100644", "nodes", "3".repeat(40))],
  "T4: a tree that does not come": ["bad-object", (stage) => stage.treed("4".repeat(40))],
};

export const SIZES: Attacks = {
  "T7: a file of more than 1 MB": [
    "tree-too-large",
    (stage) => stage.filed(new Map(siteFiles("x")).set("nodes/1/large", Buffer.alloc(limits.blobBytes + 1))),
  ],
  "T7: a file of 100 MB that packs to 100 KB": [
    "tree-too-large",
    (stage) => stage.rooted("40000", "nodes", stage.forge.rawTree([["100644", "zeros", stage.blob(Buffer.alloc(100_000_000))]])),
  ],
  "T7: 33 MB in small files that pack to nothing": [
    "tree-too-large",
    (stage) => {
      const zeros = Array.from({ length: 34 }, (_, index) => [`nodes/1/zero-${index}`, Buffer.alloc(limits.blobBytes - index)] as const);
      return stage.filed(new Map<string, Buffer | string>([...siteFiles("x"), ...zeros]));
    },
  ],
  "T7: one file of 1 MB that is named a hundred times": [
    "tree-too-large",
    (stage) => {
      const zeros = stage.blob(Buffer.alloc(limits.blobBytes));
      const names = Array.from({ length: 100 }, (_, index) => ["100644", String(index).padStart(3, "0"), zeros] as const);
      return stage.rooted("40000", "nodes", stage.forge.rawTree(names));
    },
  ],
  "T7: 12,001 entries": [
    "tree-too-large",
    (stage) => {
      const one = stage.blob("x");
      const names = Array.from({ length: limits.treeEntries + 1 }, (_, index) => ["100644", String(index).padStart(5, "0"), one] as const);
      return stage.rooted("40000", "nodes", stage.forge.rawTree(names));
    },
  ],
  "T7: folders 17 deep": ["tree-too-large", (stage) => stage.treed(stage.nested(limits.treeDepth + 1))],
  "T7: ten folders in each of ten folders, eleven times over": [
    "tree-too-large",
    (stage) => {
      let tree = stage.nested(0);
      for (let level = 0; level < 11; level++)
        tree = stage.forge.rawTree(Array.from({ length: 10 }, (_, index) => ["40000", `f${index}`, tree] as const));
      return stage.treed(tree);
    },
  ],
  "T7: one tree of 5 MB of names": [
    "tree-too-large",
    (stage) => {
      const one = stage.blob("x");
      const names = Array.from(
        { length: 22_000 },
        (_, index) => ["100644", `${String(index).padStart(5, "0")}${"n".repeat(200)}`, one] as const,
      );
      return stage.rooted("40000", "nodes", stage.forge.rawTree(names));
    },
  ],
};

export const CONTENTS: Attacks = {
  "T4: one changed blob under a true digest": [
    "wrong-tree",
    (stage) => stage.signed({ tree: stage.forge.tree(new Map(NEXT).set(MANIFEST, "kind: Other\n")) }),
  ],
  "T4: a file too many under a true digest": [
    "wrong-tree",
    (stage) => stage.signed({ tree: stage.forge.tree(new Map(NEXT).set("nodes/1/more", "x")) }),
  ],
  ...spliced(),
  "T4: a manifest that the plan does not name": [
    "plan-mismatch",
    (stage) => stage.filed(new Map(siteFiles("x")).set("manifests/40-apps/boards/secret_-_x.yaml", "x")),
  ],
  "T4: a plan whose object has no file": ["plan-mismatch", (stage) => stage.filed(without(siteFiles("x"), MANIFEST))],
  "T4: a tree without a plan": ["plan-mismatch", (stage) => stage.filed(without(siteFiles("x"), "plan.json"))],
  "T1: a plan with a field nobody knows": ["bad-plan", (stage) => stage.plannedWith({ consent: [] })],
  "T1: a plan that is not canonical": ["bad-plan", (stage) => stage.planned((text) => ` ${text}`)],
  "T1: a plan that says one thing twice": ["bad-plan", (stage) => stage.planned((text) => text.replace("{", '{"steps":[],'))],
  "T1: a plan that reaches for the prototype": ["bad-plan", (stage) => stage.planned((text) => text.replace("{", '{"__proto__":{},'))],
  "T1: a plan that is no JSON": ["bad-plan", (stage) => stage.planned((text) => text.slice(0, -9))],
  "T1: a plan with a window that no clock knows": [
    "bad-plan",
    (stage) =>
      stage.planned((text) => text.replace('"window":null', '"window":{"cron":"0 2 31 2 *","minutes":60,"timeZone":"Mars/Olympus"}')),
  ],
  "T1: a plan that nests 100,000 lists": ["bad-plan", (stage) => stage.planned(() => `${"[".repeat(100_000)}${"]".repeat(100_000)}\n`)],
  "T25: a plan in a format of the future": [
    "agent-too-old",
    (stage) => stage.planned((text) => text.replace("skerry.plan/1", "skerry.plan/2")),
  ],
  "T25: a plan for a newer agent": ["agent-too-old", (stage) => stage.planned((text) => text.replace('"min":"0.1.0"', '"min":"99.0.0"'))],
  "T1: a plan without steps": ["empty-tree", (stage) => stage.plannedWith({ steps: [], units: {} })],
  "T1: a retirement that the plan does not know of": ["retired-mismatch", (stage) => stage.signed({ retired: "erase" })],
};

function without(files: ReadonlyMap<string, Buffer | string>, path: string): Map<string, Buffer | string> {
  const rest = new Map(files);
  rest.delete(path);
  return rest;
}

/** Every file of the running release in the place of the same file of the next. */
function spliced(): Attacks {
  const paths = [...NEXT.keys()].filter((path) => FIRST.get(path) !== NEXT.get(path));
  const splice = (path: string) => (stage: Stage) =>
    stage.signed({ tree: stage.forge.tree(new Map(NEXT).set(path, FIRST.get(path) as string)) });
  return Object.fromEntries(paths.map((path) => [`T4: ${path} of the running release spliced in`, ["wrong-tree", splice(path)] as const]));
}
