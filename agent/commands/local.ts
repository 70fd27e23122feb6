import { EXIT } from "../base/errors.ts";
import { readFaults } from "../io/local-endpoint/read-faults.ts";
import { startEndpoint } from "../io/local-endpoint/start.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { notEmpty, portNumber } from "./option-value.ts";

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string | undefined;
  readonly faults?: string | undefined;
  readonly json: boolean;
}

/** Serves the embedded CloudWatch Logs endpoint until it is told to stop. */
export const command = defineCommand<Options>({
  options: (yargs) =>
    yargs
      .option("host", {
        type: "string",
        default: "127.0.0.1",
        describe: "Address to listen on; anyone who reaches it can read and write the logs",
      })
      .option("port", { type: "number", default: 4586, describe: "Port to listen on; 0 takes any free one" })
      .option("data", {
        type: "string",
        describe: "Directory that keeps the logs; without it they live in memory",
      })
      .option("faults", { type: "string", describe: "YAML or JSON file of scripted faults" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON object per line" })
      .example("$0 local --data ./logs", "Keep the logs over restarts")
      .example("$0 local --faults faults.yaml", "Throttle, fail or hang as the file says"),

  run: async ({ host, port, data, faults, json }, terminal) => {
    const endpoint = await startEndpoint({
      // An empty name would be every address of the machine.
      host: notEmpty("--host", host),
      port: portNumber(port),
      ...(data !== undefined && { dataDir: notEmpty("--data", data) }),
      ...(faults !== undefined && { faults: readFaults(notEmpty("--faults", faults)) }),
    });
    if (!isLoopback(host))
      terminal.err(`Warning: whoever reaches ${host}:${endpoint.port} can read and write these logs.\n`);
    const url = isWildcard(host) ? `http://127.0.0.1:${endpoint.port}` : endpoint.url;
    terminal.out(
      json ? `${JSON.stringify({ url, port: endpoint.port, data: data ?? null })}\n` : welcome(url, data),
    );
    await stopped(terminal);
    const { events, bytes, requests } = endpoint.stats();
    await endpoint.close();
    if (json) terminal.out(`${JSON.stringify({ events, bytes, requests })}\n`);
    else terminal.out(`\nStopped. ${events} events (${bytes} bytes) were accepted.\n`);
    return EXIT.done;
  },
});

const isLoopback = (host: string): boolean => /^(127\.[\d.]+|::1|localhost)$/.test(host);
const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

const welcome = (url: string, data: string | undefined): string => `CloudWatch Logs, embedded

  Page       ${url}/
  Kept in    ${data ?? "memory; give --data DIR to keep the logs"}

Point any client at it:

  export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=${url}
  export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

Try it:

  aws logs create-log-group --log-group-name /try
  aws logs create-log-stream --log-group-name /try --log-stream-name one
  aws logs put-log-events --log-group-name /try --log-stream-name one \\
    --log-events timestamp=$(date +%s000),message="hello"

Ctrl-C ends it.
`;

const stopped = ({ stop }: Terminal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve(), { once: true });
  });
