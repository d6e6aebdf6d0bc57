/** `labels.size`, `nodes[0].id`, `labels["example.com/rack"]`: a fact as written after `site.` */
export function formatFact(path: readonly (string | number)[]): string {
  return path.map((key, index) => formatKey(key, index === 0)).join("");
}

function formatKey(key: string | number, isFirst: boolean): string {
  if (typeof key === "number" || /^(0|[1-9][0-9]*)$/.test(key)) return `[${key}]`;
  if (!/^[A-Za-z_$][\w$]*(\(.*\))?$/.test(key)) return `[${JSON.stringify(key)}]`;
  return isFirst ? key : `.${key}`;
}
