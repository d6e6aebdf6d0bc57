import { z } from "zod";

/** The fleet's own facts of a shop, in addition to Skerry's. */
export const Labels = z.strictObject({ size: z.enum(["small", "large"]) });
export type Labels = z.infer<typeof Labels>;
