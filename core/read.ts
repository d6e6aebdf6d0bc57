/**
 * The result of a strict reader: the value, or one sentence with the path of the faulty field.
 * A fault with its own reason word (`reasons.ts`) begins with that word and a colon; see `reasonOf`.
 */
export type Read<T> = { readonly value: T } | { readonly fault: string };
