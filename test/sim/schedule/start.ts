import type { DiskImage } from "../world/disk-image.ts";
import type { Scenario } from "./scenario.ts";

/** A disk that a schedule may begin with, and the story that made it. */
export interface Start {
  readonly image: DiskImage;
  readonly scenario: Scenario;
}
