import { z } from "zod";

/** A macro mast carries cells of its own; a relay only passes traffic on. */
export const Labels = z.strictObject({ kind: z.enum(["macro", "relay"]) });
export type Labels = z.infer<typeof Labels>;
