export { MerkleTree, siteLeaf, verifyInclusion } from "./merkle.ts";
export { fingerprintOf, parsePublicKey, type PublicKey } from "./public-key.ts";
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
