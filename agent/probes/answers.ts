import { printable } from "../../core/index.ts";
import type { ProbeAnswer } from "./probes.ts";

const DETAIL_LENGTH = 300;

export function healthy(detail: string): ProbeAnswer {
  return answer("healthy", detail);
}

export function unhealthy(detail: string): ProbeAnswer {
  return answer("unhealthy", detail);
}

export function unknown(detail: string): ProbeAnswer {
  return answer("unknown", detail);
}

export function unprobed(detail: string): ProbeAnswer {
  return answer("unprobed", detail);
}

function answer(health: ProbeAnswer["health"], detail: string): ProbeAnswer {
  // Cut again, because escaped invisible characters make the text longer.
  return { health, detail: printable(detail, DETAIL_LENGTH - 1).slice(0, DETAIL_LENGTH) };
}
