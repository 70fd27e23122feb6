import process from "node:process";
import { expect, it } from "vitest";
import { demandNode } from "../../agent/base/demand-node.ts";

it("refuses a version that is too old, and says which one it is", () => {
  for (const version of ["18.20.8", "20.20.2", "22.23.0", "23.11.1"])
    expect(() => demandNode(version, "/usr/bin/node")).toThrow(
      `This is Node ${version} (/usr/bin/node); Node 24 or newer is needed.`,
    );
});

it("takes the one that is needed, newer ones, and the one that runs this", () => {
  for (const version of ["24.0.0", "24.21.0", "26.1.0", "100.0.0", process.versions.node])
    expect(() => demandNode(version, "/usr/bin/node")).not.toThrow();
});
