import { z } from "zod";

/** What the fleet says of each shop besides the facts that Skerry knows. */
export const Labels = z.strictObject({ size: z.enum(["small", "large"]) });
export type Labels = z.infer<typeof Labels>;
