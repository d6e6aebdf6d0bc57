import {
  containersOf,
  type FieldPath,
  formatFieldPath,
  isMap,
  listAt,
  mapAt,
  NOT_SECRET,
  type PodTemplate,
  tryPodTemplate,
} from "../../kube/index.ts";
import type { RenderedObject, ReportFinding, UnitCheck } from "./check.ts";
import { NotSecret } from "./not-secret.ts";
import { hasRandomWord, isPlaceholder, namesSecret, tryKnownSecret } from "./secret-shapes.ts";

/** A string in an object, with its name for `skerry/not-secret`. */
interface TextValue {
  readonly place: string;
  readonly field: FieldPath;
  readonly text: string;
}

/**
 * Finds secrets in plain text: values of Secrets, variables, arguments and configuration lines with the name of a secret, and strings that
 * look like a secret. A value is never shown, not even in part.
 */
export const checkPlainTextSecrets: UnitCheck = ({ objects }, report) => {
  for (const object of objects) {
    const notSecret = new NotSecret(object, report);
    // A value may match by name and by shape. It is reported once, with the first reason.
    const reported = new Set<string>();
    const add = ({ place, field }: TextValue, words: string): void => {
      if (reported.has(place)) return;
      reported.add(place);
      if (!notSecret.has(place)) reportSecret(object, place, field, words, report);
    };
    for (const value of secretData(object)) add(value, "the value of a Secret");
    for (const value of settingsOf(object)) checkText(value, add);
    const template = tryPodTemplate(object.json);
    if (template !== undefined) checkPods(template, add);
    for (const value of allTexts(object)) {
      const words = tryKnownSecret(value.text);
      if (words !== undefined) add(value, words);
    }
    notSecret.reportUnused(report);
  }
};

type Add = (value: TextValue, words: string) => void;

function reportSecret(object: RenderedObject, place: string, field: FieldPath, words: string, report: ReportFinding): void {
  report({
    code: "plain-text-secret",
    message: `${place} holds ${words} in plain text`,
    object,
    field: formatFieldPath(field),
    because: "everybody who can read the repository can read the manifest, also in its history",
    next: `refer to a sealed Secret, and rotate the value if it is in use; if it is not a secret, say why: prop notSecret: { "${place}": "<reason>" } of ConfigMap and Workload, or annotation ${NOT_SECRET}: "${place}: <reason>"`,
  });
}

/** Every value in a Secret is one, whatever it looks like. Values sealed by SOPS are not in plain text. */
function secretData(object: RenderedObject): TextValue[] {
  if (object.ref.group !== "" || object.ref.kind !== "Secret") return [];
  return ["data", "stringData"].flatMap((name) =>
    Object.entries(mapAt(object.json, name)).flatMap(([key, text]) =>
      typeof text === "string" && text !== "" && !text.startsWith("ENC[") ? [{ place: `${name}/${key}`, field: [name, key], text }] : [],
    ),
  );
}

/** Configuration in ConfigMaps and annotations. */
function settingsOf(object: RenderedObject): TextValue[] {
  const data = object.ref.group === "" && object.ref.kind === "ConfigMap" ? mapAt(object.json, "data") : {};
  const annotations = isMap(object.json.metadata["annotations"]) ? object.json.metadata["annotations"] : {};
  const values = (map: object, path: FieldPath, kind: string): TextValue[] =>
    Object.entries(map).flatMap(([key, text]) =>
      typeof text === "string" && key !== NOT_SECRET ? [{ place: `${kind}/${key}`, field: [...path, key], text }] : [],
    );
  return [...values(data, ["data"], "data"), ...values(annotations, ["metadata", "annotations"], "annotations")];
}

/** `name = value`, `name: value`, `"name": "value",`, `- name: value`: one line of most configuration formats. */
const ASSIGNMENT = /^[\s-]*["']?([A-Za-z0-9_.-]+)["']?\s*[:=]\s*["']?([^"'\n]*?)["']?[,;]?\s*$/;
/** The value is on the following lines. */
const OPENS_BLOCK = /^(?:[[{|>][-+0-9]*|[[{].*)?$/;

/** Checks a key and its text, which may be a value or a configuration file. */
function checkText(item: TextValue, add: Add): void {
  const { place, text } = item;
  const key = place.slice(place.indexOf("/") + 1);
  if (!text.includes("\n") && namesSecret(key) && !isPlaceholder(text)) return add(item, "a value with the name of a secret");
  for (const [at, line] of text.split("\n").entries()) {
    const [, name = "", value = ""] = ASSIGNMENT.exec(line) ?? [];
    if (!namesSecret(name) || OPENS_BLOCK.test(value) || isPlaceholder(value)) continue;
    return add(item, `a value with the name of a secret (${name}, line ${at + 1})`);
  }
  if (hasRandomWord(text)) add(item, "a word that looks like a key");
}

/** Checks annotations of the pods, and variables and arguments of every container. A variable with `valueFrom` has no value here. */
function checkPods(template: PodTemplate, add: Add): void {
  for (const [key, text] of Object.entries(template.annotations)) {
    if (typeof text === "string")
      checkText({ place: `annotations/${key}`, field: [...template.path, "metadata", "annotations", key], text }, add);
  }
  for (const { path, container } of containersOf(template)) {
    for (const [index, variable] of listAt(container, "env").entries()) {
      const { name, value } = isMap(variable) ? variable : {};
      if (typeof name !== "string" || typeof value !== "string") continue;
      checkText({ place: `env/${name}`, field: [...path, "env", index, "value"], text: value }, add);
    }
    for (const list of ["command", "args"]) checkArguments(listAt(container, list), [...path, list], list, add);
  }
}

/** `--password=x`, `--password x`, and arguments that look like a key. */
function checkArguments(texts: readonly unknown[], path: FieldPath, list: string, add: Add): void {
  for (const [index, text] of texts.entries()) {
    if (typeof text !== "string") continue;
    const spot = { place: `${list}/${index}`, field: [...path, index], text };
    const [, name = "", value] = /^--?([A-Za-z][\w.-]*)(?:=([^]*))?$/.exec(text) ?? [];
    const next = value ?? texts[index + 1];
    if (namesSecret(name) && typeof next === "string" && !next.startsWith("-") && !isPlaceholder(next))
      add(spot, `a value with the name of a secret (${name})`);
    else if (hasRandomWord(text)) add(spot, "a word that looks like a key");
  }
}

/** Every string of the object at any depth, also in custom resources. */
function allTexts(object: RenderedObject): TextValue[] {
  const found: TextValue[] = [];
  const visit = (value: unknown, field: FieldPath): void => {
    if (typeof value === "string") found.push({ place: placeOf(field, object), field, text: value });
    else if (Array.isArray(value)) value.forEach((item, index) => visit(item, [...field, index]));
    else if (isMap(value)) for (const [key, item] of Object.entries(value)) if (key !== NOT_SECRET) visit(item, [...field, key]);
  };
  visit(object.json, []);
  return found;
}

/** The same short place for a field as above, so that a secret is reported once. */
function placeOf(field: FieldPath, object: RenderedObject): string {
  const env = field.indexOf("env");
  if (env !== -1 && field[env + 2] === "value") {
    let at: unknown = object.json;
    for (const step of field.slice(0, env + 2)) at = (at as Record<string | number, unknown>)[step];
    return `env/${String(isMap(at) ? at["name"] : "")}`;
  }
  const [last, list] = [field.at(-1), field.at(-2)];
  if (typeof last === "number") return list === "args" || list === "command" ? `${list}/${last}` : formatFieldPath(field);
  return ["data", "stringData", "annotations"].includes(String(list)) ? `${String(list)}/${String(last)}` : formatFieldPath(field);
}
