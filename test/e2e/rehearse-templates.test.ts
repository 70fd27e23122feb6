import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folderWith, prepare, rehearsalsPermitted, rehearse } from "./rehearsal.ts";

const HOSTS = join(import.meta.dirname, "..", "..", "templates", "hosts");

/** Writes down how it was called, and does as if all was well. */
const DOCKER = '#!/bin/sh\nprintf "%s\\n" "$*" >>/var/log/docker-calls.log\n';

const SERVER = `const { createServer } = require("node:http");
createServer((_, response) => response.end("hello")).listen(process.env.PORT, () => console.log("listening"));
`;

/** An application as node-app wants it, with its sum in host.yaml. */
const withApplication = (folder: string): void => {
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app", "server.js"), SERVER);
  execFileSync("tar", ["-czf", join(folder, "app.tar.gz"), "-C", join(folder, "app"), "server.js"]);
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, "app.tar.gz")))
    .digest("hex");
  const path = join(folder, "host.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/app_sha256: "0+"/, `app_sha256: "${sum}"`));
};

/** What a starter needs that it would get of the network. */
const NEEDS: Readonly<
  Record<string, { readonly prepare?: (folder: string) => void; readonly options?: readonly string[] }>
> = {
  docker: {
    prepare: (folder) => {
      writeFileSync(join(folder, "docker"), DOCKER);
      chmodSync(join(folder, "docker"), 0o755);
    },
    options: ["--stand-in", "/usr/local/bin/docker=docker"],
  },
  "node-app": { prepare: withApplication, options: ["--serve", "https://example.com/app.tar.gz=app.tar.gz"] },
};

const UNITS: Readonly<Record<string, readonly string[]>> = {
  nginx: ["/etc/systemd/system/multi-user.target.wants/nginx.service"],
  "node-app": ["/etc/systemd/system/multi-user.target.wants/app.service", "/opt/app/server.js"],
  worker: ["/etc/worker.env"],
  bare: ["/etc/host/environment"],
  docker: ["/etc/systemd/system/multi-user.target.wants/docker.service"],
};

const NAMES = globSync("*", { cwd: HOSTS }).sort();

describe.skipIf(!rehearsalsPermitted)("the starters of templates/", { timeout: 200_000 }, () => {
  beforeAll(prepare, 400_000);

  it("are all rehearsed here", () => {
    expect(NAMES).toEqual(Object.keys(UNITS).sort());
  });

  it.each(NAMES)("%s rehearses green", async (name) => {
    const folder = folderWith({});
    cpSync(join(HOSTS, basename(name)), folder, { recursive: true });
    const { prepare: provide, options = [] } = NEEDS[name] ?? {};
    provide?.(folder);
    const { report, status, err } = await rehearse(folder, "host.yaml", "--diff", ...options);
    expect(report.problems, `${err}${report.output.slice(-2_000)}`).toEqual([]);
    expect(status).toBe(0);
    const paths = report.changes?.map(({ path }) => path);
    for (const path of UNITS[name] ?? []) expect(paths).toContain(path);
  });
});
