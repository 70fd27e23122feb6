import type { Agent } from "./agent.ts";
import type { Action, Deed } from "./plan.ts";
import type { Service } from "./service.ts";
import type { State } from "./state.ts";
import type { Writer } from "./writer.ts";

/** Everything that actions act on. */
export interface Stage {
  readonly writers: readonly Writer[];
  readonly agent: Pick<Agent, "down" | "freeze" | "thaw">;
  readonly service: Pick<Service, "deleteStream" | "deleteGroup" | "disturb" | "fail">;
  readonly state: Pick<State, "fill" | "damage">;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Writes so many lines over a time, on top of what the writer writes anyway. */
  readonly burst: (writer: number, lines: number, ms: number, length: number) => void;
}

/** Does one action of a plan; resolves when its last step is done. */
export const perform = ({ deed }: Action, stage: Stage): Promise<void> => {
  const writer = "writer" in deed && deed.writer !== undefined ? stage.writers[deed.writer] : undefined;
  return writer === undefined || deed.kind === "fault"
    ? performOnAgent(deed, stage)
    : writer.queue(() => performOnFile(deed, writer, stage));
};

const performOnFile = async (deed: Deed, writer: Writer, stage: Stage): Promise<void> => {
  const { pause } = stage;
  switch (deed.kind) {
    case "burst":
      return stage.burst(deed.writer, deed.lines, deed.ms, deed.length);
    case "long-line":
      return writer.writeLong(deed.length);
    case "partial":
      return writer.writePartly(deed.cut, deed.ms);
    case "rotate":
      return rotate(deed, writer, stage);
    case "compress":
      return writer.compress();
    case "copytruncate": {
      // What is half-written would be torn by the hole.
      if (deed.hole) writer.finish();
      await writer.copyAndEmpty(deed.hole ? 0 : deed.gapMs, deed.hole);
      if (deed.compress) await writer.compress();
      return;
    }
    case "truncate": {
      const size = writer.size;
      writer.empty();
      if (deed.refill > 0) writer.writeUpTo(size + deed.refill);
      return;
    }
    case "unlink":
      writer.unlinkLive();
      await pause(deed.lingerMs);
      return writer.reopen(false);
    case "relink":
      writer.relink();
      await pause(deed.lingerMs);
      return writer.reopen(false);
    case "rename-directory":
      writer.renameDirectory();
      await pause(deed.lingerMs);
      return writer.reopen(false);
    case "swap":
      return writer.swap(deed.how, writer.size + deed.extra);
    case "delete-stream":
      return stage.service.deleteStream(deed.writer);
    case "delete-group":
      return stage.service.deleteGroup(deed.writer);
    default:
      throw new Error(`${deed.kind} is nothing that happens to a file`);
  }
};

const rotate = async (
  deed: Extract<Deed, { kind: "rotate" }>,
  writer: Writer,
  { pause }: Stage,
): Promise<void> => {
  for (let nth = 0; nth < deed.generations; nth++) {
    if (nth > 0) {
      await pause(deed.pauseMs);
      writer.write(1, 100);
    }
    writer.moveAside();
    if (deed.create === "before") writer.createLive();
    // Only the last of several is worth waiting for.
    if (nth === deed.generations - 1) await pause(deed.lingerMs);
    writer.reopen(deed.open);
  }
  if (deed.compress) await writer.compress();
};

const performOnAgent = async (deed: Deed, { agent, service, state, pause }: Stage): Promise<void> => {
  switch (deed.kind) {
    case "kill":
    case "terminate":
      await agent.down(deed.kind === "kill" ? "SIGKILL" : "SIGTERM", pause(deed.downMs));
      return;
    case "freeze":
      agent.freeze();
      await pause(deed.ms);
      return agent.thaw();
    case "fault":
      return service.disturb(deed.fault, deed.writer, deed.probability, pause(deed.ms));
    case "endpoint-down":
      return service.fail(pause(deed.ms));
    case "state-full":
      return state.fill(pause(deed.ms));
    case "state-damage":
      return agent.down("SIGKILL", pause(deed.downMs), () => state.damage(deed.how, deed.which));
    default:
      throw new Error(`${deed.kind} is nothing that happens to the agent`);
  }
};
