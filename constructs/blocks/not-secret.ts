import { NOT_SECRET } from "../../kube/index.ts";

/**
 * Values that only look like secrets: place -> reason. The place is the one in the problem `plain-text-secret`:
 * `env/TOKEN_STYLE`, `data/theme.conf`, `args/2`.
 */
export type NotSecretReasons = Readonly<Record<string, string>>;

export function notSecretAnnotations(reasons: NotSecretReasons | undefined): { readonly annotations?: Record<string, string> } {
  if (reasons === undefined) return {};
  const lines = Object.entries(reasons).map(([place, reason]) => `${place}: ${reason.replaceAll(/\s+/g, " ")}`);
  return { annotations: { [NOT_SECRET]: lines.join("\n") } };
}
