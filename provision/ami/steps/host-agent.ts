import { agentArchive } from "../../host/agent-archive.ts";
import { agentInstall } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";

export const hostAgent = defineKind({
  name: "host_agent",
  summary:
    "Installs host-agent with the configuration of the section `agent`, as `boot.install_agent` does. It starts with the first boot of a host, and not before.",
  timeout: "10m",
  shape: agentArchive,
  render: ({ url, sha256 }, { agent, text }) => [
    `exec sh ${text(agentInstall({ url, sha256, config: agent, start: false }))}`,
  ],
  examples: {
    pass: [`host_agent: {url: "s3://bucket/hostwright-0.1.0-linux-x64.tar.gz", sha256: ${"0a".repeat(32)}}`],
    fail: [
      `host_agent: {url: "http://example.com/x.tar.gz", sha256: ${"0a".repeat(32)}}`,
      'host_agent: {url: "https://example.com/x.tar.gz"}',
    ],
  },
});
