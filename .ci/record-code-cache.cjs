// Preloaded into a bundle by .ci/build.ts: writes the code cache of every part that this run has loaded, with the
// functions that it has called, to the file CODE_CACHE_RECORD: {"<line offset>": "<base64>"}.
const { writeFileSync } = require("node:fs");
const process = require("node:process");
const vm = require("node:vm");

const scripts = new Map();
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, { ...options, filename: "bundle" }); // the cache holds the name: it must not depend on the place
    scripts.set(options.lineOffset, this);
  }
};
process.on("exit", () => {
  const caches = [...scripts].map(([line, script]) => [line, script.createCachedData().toString("base64")]);
  writeFileSync(process.env.CODE_CACHE_RECORD, JSON.stringify(Object.fromEntries(caches)));
});
