export { allowedSigners } from "./allowed-signers.ts";
export { judgeFreshness, judgeReleaseTag, judgeSiteCommit } from "./judgement.ts";
export { createKeySet, DEFAULT_KEY_ROLES, type KeySet, type KeySetOptions } from "./key-set.ts";
export { MerkleTree, siteLeaf, verifyInclusion } from "./merkle.ts";
export { parsePublicKey, type PublicKey } from "./public-key.ts";
export type { Refusal } from "../core/index.ts";
export { tryRoleRefusal } from "./roles.ts";
export { isSignedBy, signDocument } from "./signers.ts";
export { generateSigningKey, readSigningKey, type SigningKey, writePublicKeyLine, writeSigningKey } from "./signing-key.ts";
export {
  FRESHNESS_NAMESPACE,
  GIT_NAMESPACE,
  REPORT_NAMESPACE,
  signSsh,
  SshSigner,
  type SshVerdict,
  TRUST_NAMESPACE,
  verifySsh,
} from "./sshsig.ts";
export { type TrustVerdict, verifyFirstTrust, verifyNextTrust } from "./trust-chain.ts";
