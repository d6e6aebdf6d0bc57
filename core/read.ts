/**
 * What a strict reader says of bytes it did not write: the value, or one sentence with the field's path.
 * A fault that has a reason word of its own (`reasons.ts`) begins with it and a colon; see `reasonOf`.
 */
export type Read<T> = { readonly value: T } | { readonly fault: string };
