// Loaded before the agent: notes the settings of the engine that it makes, and leaves out those named in WITHOUT.
const { appendFileSync } = require("node:fs");
const v8 = require("node:v8");

const set = v8.setFlagsFromString;
const without = JSON.parse(process.env.ENGINE_WITHOUT ?? "[]");

v8.setFlagsFromString = (flag) => {
  if (process.env.ENGINE_NOTED !== undefined) appendFileSync(process.env.ENGINE_NOTED, `${flag}\n`);
  if (!without.includes(flag)) set(flag);
};
