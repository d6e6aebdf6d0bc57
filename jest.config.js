import { availableParallelism } from "node:os";

/** Jest in ESM: Node strips the types, a test file is one module graph, so few fat files beat many thin ones. */
export default {
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["skerry-source", "node", "node-addons"] },
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "./tools/strip-types.cjs" },
  reporters: ["default", "<rootDir>/tools/test-counts.js"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/"],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.skerry/"],
  // Many tests wait for processes and timers, so one worker more than there are cores keeps them busy; Jest would leave one idle.
  maxWorkers: availableParallelism() + 1,
  // Starting git costs a process of 600 MB eight times what it costs a small one, and a worker grows with each file.
  workerIdleMemoryLimit: "500MB",
  // git, worker and agent processes share two cores with the tests
  testTimeout: 30_000,
};
