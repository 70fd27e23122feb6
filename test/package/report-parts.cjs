// Preloaded into a bundle: prints, as the last line, which parts it has compiled and how.
const vm = require("node:vm");

const parts = [];
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options);
    parts.push({
      bytes: code.length,
      cached: options.cachedData !== undefined,
      rejected: this.cachedDataRejected === true,
      at: `${options.filename}:${options.lineOffset}`,
    });
  }
};
process.on("exit", () => process.stdout.write(`${JSON.stringify(parts)}\n`));
