import { z } from "zod";

/** A ferry is in port each night; a freighter is at sea for weeks. */
export const Labels = z.strictObject({ class: z.enum(["ferry", "freighter"]) });
export type Labels = z.infer<typeof Labels>;
