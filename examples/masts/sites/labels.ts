import { z } from "zod";

/** A macro mast has its own cells; a relay only forwards traffic. */
export const Labels = z.strictObject({ kind: z.enum(["macro", "relay"]) });
export type Labels = z.infer<typeof Labels>;
