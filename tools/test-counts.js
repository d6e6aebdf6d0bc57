/** Jest reporter: one line that a program can read. A test file that could not even load counts as one failed test. */
export default class TestCounts {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stdout.write(`tests: ${results.numPassedTests} passed, ${failed} failed\n`);
  }
}
