// Sums up a report of vitest's JSON reporter: `N passed, N failed, N skipped`.
const { readFileSync } = require("node:fs");
const process = require("node:process");

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
// A file that cannot even be loaded has no test that could fail.
const broken = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((result) => result.status === "failed"),
).length;
const failed = report.numFailedTests + broken;
const skipped = report.numPendingTests + report.numTodoTests;
process.stdout.write(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
