import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * Writes kube/fields-<minor>.generated.json: which kinds a Kubernetes minor has and which fields they take.
 *
 * Fields, types and which of them must be there come from the models of @kubernetes/client-node (Apache-2.0), which are generated from
 * Kubernetes' own OpenAPI document; kinds and scopes from the addresses in its API classes. That generator forgets which text is a
 * quantity and which has a closed list of values: both come from the types of kubernetes-models (MIT), wherever both packages
 * describe the same fields. A disagreement on a stable type stops the run. An argument names another file to write.
 */
const MINOR = "1.36";
const modules = join(import.meta.dirname, "../node_modules");
const client = join(modules, "@kubernetes/client-node/dist/gen");
const models = join(modules, "kubernetes-models");

interface Attribute {
  /** In TypeScript, where `default` is written `_default`. */
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}
type Members = ReadonlyMap<string, { readonly type: ts.TypeNode | undefined; readonly required: boolean }>;

const kinds = await readKinds();
const richTypes = readRichTypes();
const types: Record<string, Record<string, string>> = {};
const pending = Object.values(kinds).map(([type]) => type as string);
for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
  if (types[type] !== undefined) continue;
  const fields = await readFields(
    type,
    Object.values(kinds).some(([kindType]) => kindType === type),
  );
  types[type] = fields;
  for (const code of Object.values(fields)) {
    const referred = /[A-Z][A-Za-z0-9]*(?=!?$)/.exec(code.replace(/^.*=.*$/, ""))?.[0];
    if (referred !== undefined) pending.push(referred);
  }
}
write();

/** `apps/v1/Deployment` -> the model's name and `namespaced` or `cluster`: every kind that can be replaced as a whole. */
async function readKinds(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const current = Object.keys(await import(join(client, "index.js"))).filter((name) => name.endsWith("Api"));
  for (const api of current) {
    const source = readFileSync(join(client, "apis", `${api}.js`), "utf8");
    for (const method of source.split(/\n {4}async (?=replace)/).slice(1)) {
      const path = /const localVarPath = '\/(?:api|apis\/([^/']+))\/([^/']+)(\/namespaces\/\{namespace\})?\/[a-z]+\/\{name\}'/.exec(method);
      const type = /ObjectSerializer\.serialize\(body, "([^"]+)"/.exec(method)?.[1];
      if (path === null || type === undefined) continue;
      const [, group, version, namespaced] = path;
      const kind = type.replace(/^.*?V\d+(?:(?:alpha|beta)\d+)?/, "");
      const apiVersion = group === undefined ? version : `${group}/${version}`;
      found[`${apiVersion}/${kind}`] = [type, namespaced === undefined ? "cluster" : "namespaced"];
    }
  }
  return found;
}

async function readFields(type: string, isKind: boolean): Promise<Record<string, string>> {
  const file = join(client, "models", `${type}.js`);
  if (!readFileSync(file, "utf8").includes(`OpenAPI spec version: release-${MINOR}\n`))
    throw new Error(`${file} is not of Kubernetes ${MINOR}`);
  const loaded = (await import(file)) as Record<string, { getAttributeTypeMap(): readonly Attribute[] }>;
  const attributes = (loaded[type] as { getAttributeTypeMap(): readonly Attribute[] }).getAttributeTypeMap();
  const declared = readInterface(join(client, "models", `${type}.d.ts`)).get(type) as Members;
  const rich = richMembers(type, attributes);
  const fields: Record<string, string> = {};
  for (const attribute of attributes) {
    // What a controller writes is nobody's to declare, and half of the table.
    if (isKind && attribute.baseName === "status") {
      fields.status = "any";
      continue;
    }
    const member = declared.get(attribute.name);
    if (member === undefined) throw new Error(`${type}.${attribute.name} is not declared`);
    fields[attribute.baseName] = richCode(rich?.get(attribute.baseName)?.type, codeOf(attribute)) + (member.required ? "!" : "");
  }
  return fields;
}

/** `[` list of, `{` map of; then a primitive, or the name of a type. */
function codeOf({ type, format }: Pick<Attribute, "type" | "format">): string {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return `[${codeOf({ type: list, format })}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{${codeOf({ type: map, format })}`;
  const primitive: Record<string, string> = {
    string: format === "byte" ? "byte" : "string",
    number: format,
    Date: "date",
    V1MicroTime: "date",
    IntOrString: "int-or-string",
  };
  return primitive[type] ?? type;
}

/** `string` made narrower: `quantity`, or `=` and the values. */
function richCode(type: ts.TypeNode | undefined, code: string): string {
  const text = type?.getText() ?? "";
  if (/^(?:\[|\{)?string$/.test(code) && text.includes("ResourceQuantity")) return code.replace("string", "quantity");
  if (code === "string" && type !== undefined && ts.isUnionTypeNode(type)) {
    const values = type.types.map((value) =>
      ts.isLiteralTypeNode(value) && ts.isStringLiteral(value.literal) ? value.literal.text : undefined,
    );
    if (!values.includes(undefined)) return `=${values.join("|")}`;
  }
  return code;
}

/** The same type in kubernetes-models: same version and name, and exactly the same fields. */
function richMembers(type: string, attributes: readonly Attribute[]): Members | undefined {
  const [, version, name] = /V(\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)$/.exec(type) as unknown as [string, string, string];
  const names = JSON.stringify(attributes.map((attribute) => attribute.baseName).sort());
  const candidates = richTypes.filter((candidate) => candidate.key === `v${version}/${name}`);
  const same = candidates.filter((candidate) => JSON.stringify([...candidate.members.keys()].sort()) === names);
  if (candidates.length > 0 && same.length === 0 && /^\d+$/.test(version))
    throw new Error(`the packages disagree on the fields of ${type}`);
  const codes = same.map(({ members }) => JSON.stringify([...members].map(([key, { type: node }]) => [key, richCode(node, "string")])));
  if (new Set(codes).size > 1) throw new Error(`${type} means several types with different values`);
  return same[0]?.members;
}

function readRichTypes(): { readonly key: string; readonly members: Members }[] {
  const files = readdirSync(models, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".d.ts") && !file.startsWith("_"),
  );
  return files.flatMap((file) => {
    const version = file.split("/").at(-2) as string;
    return [...readInterface(join(models, file))]
      .filter(([name]) => name.startsWith("I"))
      .map(([name, members]) => ({ key: `${version}/${name.slice(1)}`, members }));
  });
}

/** Members of each interface and class of a declaration file: `?` and narrow types stand only there. */
function readInterface(file: string): Map<string, Members> {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true);
  const found = new Map<string, Members>();
  source.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return;
    const members = [...node.members].filter((member) => ts.isPropertySignature(member) || ts.isPropertyDeclaration(member));
    const entries = members.map(
      (member) =>
        [member.name.getText().replaceAll(/['"]/g, ""), { type: member.type, required: member.questionToken === undefined }] as const,
    );
    found.set(node.name?.text ?? "", new Map(entries));
  });
  return found;
}

function write(): void {
  const line = (entry: [string, unknown]): string => `${JSON.stringify(entry[0])}:${JSON.stringify(entry[1])}`;
  const block = (record: Record<string, unknown>): string =>
    `{\n${Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(line)
      .join(",\n")}\n}`;
  const source =
    "Kubernetes OpenAPI by way of @kubernetes/client-node (Apache-2.0) and kubernetes-models (MIT); written by tools/generate-fields.ts";
  const text = `{"kubernetes":${JSON.stringify(MINOR)},"source":${JSON.stringify(source)},\n"kinds":${block(kinds)},\n"types":${block(types)}}\n`;
  JSON.parse(text);
  writeFileSync(process.argv[2] ?? join(import.meta.dirname, `../kube/fields-${MINOR}.generated.json`), text);
}
