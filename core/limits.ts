/** The largest sizes that readers accept; the unit comes last in the name. Sites refuse larger input, so synth and publish refuse it too. */
export const limits = {
  treeEntries: 12_000,
  treeDepth: 16,
  blobBytes: 1_000_000,
  planBytes: 2_000_000,
  treeBytes: 32_000_000,
  packBytes: 16_000_000,
  signedObjectBytes: 16_384,
  trustBytes: 65_536,
  trustVersions: 256,
  reportBytes: 65_536,
  seqJump: 100_000,
  fileNameBytes: 200,
  windowMinutes: 10_080,
  headsBytes: 1_000_000,
  inventoryLineBytes: 65_536,
  inventoryFileBytes: 64_000_000,
} as const;
