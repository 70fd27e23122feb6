// What a bundle ends with: .ci/link-bundle.ts makes a function of it that gets the table PARTS and returns `load`.
// Each part stands in the same file behind `//`, so that the engine does not parse what the command does not use.
const { closeSync, openSync, readSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const loaded = new Map();

const read = (offset, length) => {
  const bytes = Buffer.allocUnsafeSlow(length);
  const file = openSync(__filename, "r");
  try {
    for (let at = 0, count = -1; at < length && count !== 0; at += count)
      count = readSync(file, bytes, at, length - at, offset + at);
  } finally {
    closeSync(file);
  }
  return bytes;
};

/** Some modules of Node take half as long to load as all of Node, and most commands never call them. */
const SLOW = ["node:crypto"];
const atFirstUse = (name) => {
  let used;
  const get = (_, key) => {
    used ??= require(name);
    return used[key];
  };
  return new Proxy({}, { get });
};

// biome-ignore lint/correctness/noUnusedVariables: what is called stands behind this file.
const load = (name) => {
  if (SLOW.includes(name)) return atFirstUse(name);
  if (!Object.hasOwn(PARTS, name)) return require(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const part = { exports: {} };
  loaded.set(name, part);
  const [offset, length, lineOffset, cacheLength] = PARTS[name];
  const bytes = read(offset, length + cacheLength);
  // Where the engine is not the one that the cache is for, it does not take it, and compiles.
  const cachedData = cacheLength > 0 ? Buffer.from(bytes.latin1Slice(length + 3), "base64") : undefined;
  const code = `(function(require,module,exports,__filename,__dirname,__fileUrl){${bytes.latin1Slice(0, length).replaceAll("\n//", "\n")}\n})`;
  const run = new Script(code, { filename: __filename, lineOffset, cachedData }).runInThisContext();
  run(load, part, part.exports, __filename, __dirname, pathToFileURL(__filename).href);
  return part.exports;
};
