export { amount } from "./amount.ts";
export { canonicalDocument, canonicalJson, readCanonicalDocument } from "./canonical-json.ts";
export { sha256Hex } from "./digest.ts";
export type { InclusionProof } from "./inclusion-proof.ts";
export { limits } from "./limits.ts";
export { isDnsLabel, isDnsSubdomain, isSiteId, nearestName, SITE_ID_LENGTH_MAX } from "./names.ts";
export { formatObjectRef, type ObjectRef, tryParseObjectRef } from "./object-ref.ts";
export { type Outcome, refused, type Refused, some } from "./outcome.ts";
export type { Clock, Disk, DiskEntry, ProcessPort, Random } from "./ports.ts";
export { codePointName, printable, quoted } from "./printable.ts";
export { type ProblemCode, problemCodes } from "./problem-codes.ts";
export { type Place, type Problem, Problems, WorldError } from "./problem.ts";
export { filesRead, noteRead } from "./read-files.ts";
export type { Read } from "./read.ts";
export { isReason, type Reason, reasonOf, reasons } from "./reasons.ts";
export type { SiteTree, TreeFile, TreePart, TreeShape } from "./site-tree.ts";
export { type Stage, STAGES } from "./stage.ts";
export { inShiftedEnvironment, systemClock, systemDisk, systemProcess, systemRandom } from "./system.ts";
export { fill, type Template } from "./template.ts";
export {
  type DocumentSignature,
  type SignedDocument,
  type Trust,
  TRUST_ROLES,
  type TrustDocument,
  type TrustRole,
  type TrustRoleKeys,
} from "./trust-document.ts";
export type { Refusal, Verdict } from "./verdict.ts";
