/**
 * Text with holes for late facts: `pieces[0] value[holes[0]] pieces[1] …`, so `pieces` is one longer than `holes`.
 * A hole is an index into the fleet's table of late facts. Values are already escaped for their place.
 */
export interface Template {
  readonly pieces: readonly string[];
  readonly holes: readonly number[];
}

export function fill(template: Template, values: readonly string[]): string {
  let text = template.pieces[0] as string;
  for (let index = 0; index < template.holes.length; index++) {
    text += (values[template.holes[index] as number] as string) + (template.pieces[index + 1] as string);
  }
  return text;
}
