/** What is cut off anywhere is finished by the same command: one version, promoted, and nothing left over. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command as apply } from "../../../provision/commands/launch-template-apply.ts";
import { command as plan } from "../../../provision/commands/launch-template-plan.ts";
import { command as rollback } from "../../../provision/commands/launch-template-rollback.ts";
import { type Account, openAccount } from "./rehearsed.ts";

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const KILLED = join(import.meta.dirname, "killed-apply.ts");

/** Runs apply as a process of its own; resolves to the signal that has ended it. `onStart` gets its pid. */
const applyAndDie = (line: number, onStart: (pid: number) => void = () => undefined) =>
  new Promise<NodeJS.Signals | null>((resolve, reject) => {
    const journal = account.path("state/launch-templates.jsonl");
    const child = spawn(
      process.execPath,
      ["--import", "tsx", KILLED, account.path("plan.json"), journal, account.ec2.url, String(line)],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    if (child.pid !== undefined) onStart(child.pid);
    child.on("error", reject);
    child.on("exit", (_, signal) => resolve(signal));
  });

const planned = (more: string) => account.run(plan, [account.host(more)], { out: account.path("plan.json") });

const web = () => {
  const found = account.ec2.templates.get("web");
  if (found === undefined) throw new Error("there is no template");
  return found;
};

const keyOf = (version: number): string | undefined => web().versions.get(version)?.data.KeyName;

/** The same command again, or a new plan and then the command: both have to end well. */
const WAYS = ["the same plan", "a new plan"] as const;

const finish = async (way: (typeof WAYS)[number], more: string): Promise<void> => {
  if (way === "a new plan") await planned(more);
  expect(await account.run(apply, [account.path("plan.json")])).toMatchObject({ status: 0, code: undefined });
};

describe.each(WAYS)("apply that was killed, and %s", { timeout: 60_000 }, (way) => {
  it.each([1, 2, 3, 4])("behind line %i of the journal, for another version", async (line) => {
    await planned("");
    await account.run(apply, [account.path("plan.json")]);
    await planned("  key_name: mine\n");
    expect(await applyAndDie(line)).toBe("SIGKILL");
    await finish(way, "  key_name: mine\n");
    expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
    expect(keyOf(2)).toBe("mine");
    // And it is known where to go back to.
    await account.run(rollback, ["web"], { to: undefined });
    expect(web().defaultVersion).toBe(1);
  });

  it.each(["CreateLaunchTemplateVersion", "CreateTags", "ModifyLaunchTemplate"])(
    "while %s is carried out",
    async (action) => {
      await planned("");
      await account.run(apply, [account.path("plan.json")]);
      await planned("  key_name: mine\n");
      let pid = 0;
      // The request has arrived, and is carried out although nobody waits for the answer any more.
      account.ec2.before(action, () => process.kill(pid, "SIGKILL"));
      const signal = await applyAndDie(0, (started) => {
        pid = started;
      });
      expect(signal).toBe("SIGKILL");
      await finish(way, "  key_name: mine\n");
      expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
      expect(keyOf(2)).toBe("mine");
    },
  );
});

describe("apply that was killed when it made a template", { timeout: 60_000 }, () => {
  it.each([1, 2, 3, 4])("behind line %i of the journal", async (line) => {
    await planned("");
    expect(await applyAndDie(line)).toBe("SIGKILL");
    await finish("the same plan", "");
    expect(account.ec2.templates.size).toBe(1);
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 1 });
  });

  it("writes a journal of which every line is whole", async () => {
    await planned("");
    await account.run(apply, [account.path("plan.json")]);
    await planned("  key_name: mine\n");
    await applyAndDie(3);
    await finish("the same plan", "  key_name: mine\n");
    expect(account.journal().map(({ event }) => event)).toEqual([
      ...["create", "created", "promote", "promoted"],
      ...["create", "created", "promote"],
      // The version is there: it is only promoted.
      ...["promote", "promoted"],
    ]);
  });
});

describe("apply that was killed when the service found fault with what it made", { timeout: 60_000 }, () => {
  const FAULT = "  key_name: gone\n";

  beforeEach(async () => {
    await account.close();
    account = await openAccount({
      warnOf: ({ KeyName }) =>
        KeyName === "gone" ? [{ code: "InvalidKeyPair.NotFound", message: "There is no 'gone'" }] : [],
    });
  });

  const refuse = async (): Promise<void> => {
    const again = await account.run(apply, [account.path("plan.json")]);
    expect(again).toMatchObject({ code: "TEMPLATE_REFUSED" });
    expect(again.message).toContain("There is no 'gone'");
  };

  describe.each(WAYS)("and %s", (way) => {
    it.each([1, 2, 3])("behind line %i of the journal", async (line) => {
      await planned("");
      await account.run(apply, [account.path("plan.json")]);
      await planned(FAULT);
      expect(await applyAndDie(line)).toBe("SIGKILL");
      if (way === "a new plan") await planned(FAULT);
      await refuse();
      expect([...web().versions.keys()]).toEqual([1]);
      await finish("a new plan", "  key_name: mine\n");
      expect(keyOf(web().defaultVersion)).toBe("mine");
    });

    it("while the request is carried out", async () => {
      await planned("");
      await account.run(apply, [account.path("plan.json")]);
      await planned(FAULT);
      let pid = 0;
      account.ec2.before("CreateLaunchTemplateVersion", () => process.kill(pid, "SIGKILL"));
      const signal = await applyAndDie(0, (started) => {
        pid = started;
      });
      expect(signal).toBe("SIGKILL");
      if (way === "a new plan") await planned(FAULT);
      await refuse();
      expect([...web().versions.keys()]).toEqual([1]);
    });
  });

  it("takes the version back for a plan that wants another one, too", async () => {
    await planned("");
    await account.run(apply, [account.path("plan.json")]);
    await planned(FAULT);
    expect(await applyAndDie(2)).toBe("SIGKILL");
    await finish("a new plan", "  key_name: mine\n");
    expect([...web().versions.values()].map(({ data }) => data.KeyName)).toEqual([undefined, "mine"]);
  });

  it.each([1, 2, 3])("behind line %i of the journal, for a new template", async (line) => {
    await planned(FAULT);
    expect(await applyAndDie(line)).toBe("SIGKILL");
    await refuse();
    expect(account.ec2.templates.size).toBe(0);
  });
});
