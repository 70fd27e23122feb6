import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExitStatus } from "../../../agent/base/errors.ts";
import type { Command } from "../../../provision/commands/command.ts";
import {
  type Ec2Fake,
  type FakeFleet,
  type FakeGroup,
  type FakeInstance,
  startEc2,
} from "../../fakes/ec2.ts";
import { HOST, IMAGE } from "./host.ts";

export interface Ran {
  readonly status: ExitStatus | undefined;
  readonly out: string;
  readonly err: string;
  /** The code of the error that it ended with. */
  readonly code: string | undefined;
  readonly message: string;
}

/** An account with nothing in it but an image, and a directory with a host.yaml. */
export interface Account {
  readonly ec2: Ec2Fake;
  readonly folder: string;
  readonly path: (name: string) => string;
  /** @param instance the line of the section launch that says what it runs on */
  readonly host: (more?: string, instance?: string) => string;
  readonly run: <Options>(
    command: Command<Options>,
    operands: readonly string[],
    options?: object,
  ) => Promise<Ran>;
  readonly journal: () => readonly Record<string, unknown>[];
  readonly instances: FakeInstance[];
  readonly autoScalingGroups: FakeGroup[];
  readonly fleets: FakeFleet[];
  readonly close: () => Promise<void>;
}

const SCRIPT = "#!/bin/bash\nset -euo pipefail\necho hello\n";

export const openAccount = async (options: Parameters<typeof startEc2>[0] = {}): Promise<Account> => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-template-"));
  const [instances, autoScalingGroups, fleets]: [FakeInstance[], FakeGroup[], FakeFleet[]] = [[], [], []];
  const ec2 = await startEc2({
    parameters: { "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64": IMAGE.id },
    images: [
      {
        id: IMAGE.id,
        name: IMAGE.name ?? "",
        owner: IMAGE.owner ?? "",
        architecture: "x86_64",
        rootDeviceName: "/dev/xvda",
        creationDate: "2026-11-01T00:00:00.000Z",
        state: "available",
      },
    ],
    instances,
    autoScalingGroups,
    fleets,
    ...options,
  });
  const path = (name: string): string => join(folder, name);
  return {
    ec2,
    folder,
    path,
    instances,
    autoScalingGroups,
    fleets,
    host: (more = "", instance = "instance_type: t3.small") => {
      writeFileSync(path("boot.sh"), SCRIPT);
      writeFileSync(
        path("host.yaml"),
        `${HOST.replace("instance_type: t3.small", instance)}${more}boot: {scripts: [boot.sh]}\n`,
      );
      return path("host.yaml");
    },
    run: async (command, operands, given = {}) => {
      const [out, err]: [string[], string[]] = [[], []];
      const terminal = {
        out: (text: string | Uint8Array) => out.push(Buffer.from(text as string).toString()),
        err: (text: string) => err.push(text),
      };
      const all = {
        region: "eu-central-1",
        profile: undefined,
        "endpoint-url": ec2.url,
        "state-dir": path("state"),
        json: false,
        "dry-run": false,
        refresh: undefined,
        "min-healthy": 90,
        var: [],
        "var-file": [],
        ...given,
      };
      const ended = await command.run(all as never, operands, terminal).then(
        (status) => ({ status, code: undefined, message: "" }),
        (error: Error & { code?: string }) => ({
          status: undefined,
          code: error.code ?? error.stack,
          message: error.message,
        }),
      );
      return { ...ended, out: out.join(""), err: err.join("") };
    },
    journal: () =>
      readFileSync(path("state/launch-templates.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    close: async () => {
      await ec2.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
