// What is shown instead of a list: what happened, and what to do next.

import { CallError } from "./api.js";
import { copyButton, h } from "./elements.js";

/** @param {string} title @param {...(Node | string | false | undefined)} children */
export const notice = (title, ...children) =>
  h("section", { class: "notice" }, h("h2", {}, title), ...children);

/** A command to copy. @param {string} text */
export const command = (text) =>
  h(
    "div",
    { class: "command" },
    h("pre", {}, text),
    copyButton("Copy", () => text),
  );

const environment = () =>
  [
    `export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=${location.origin}`,
    "export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local",
  ].join("\n");

export const noGroups = () =>
  notice(
    "No log groups yet",
    h("p", {}, "This endpoint speaks the CloudWatch Logs API. Point a program at it:"),
    h("h3", {}, "host-agent"),
    command(`host-agent run --config agent.yaml --endpoint-url ${location.origin}`),
    h("h3", {}, "AWS CLI, an SDK, or another agent"),
    command(environment()),
    command(
      [
        "aws logs create-log-group --log-group-name /try",
        "aws logs create-log-stream --log-group-name /try --log-stream-name one",
        "aws logs put-log-events --log-group-name /try --log-stream-name one \\",
        '  --log-events timestamp=$(date +%s000),message="hello"',
      ].join("\n"),
    ),
    h("p", { class: "muted" }, "Groups show up here by themselves."),
  );

/** A word in single quotes of a POSIX shell. @param {string} text */
const quoted = (text) => (/^[\w/.@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** @param {string} group */
export const noStreams = (group) =>
  notice(
    "No streams in this group yet",
    h("p", {}, "An agent creates a stream when it has the first event for it. By hand:"),
    command(
      `${environment()}\naws logs create-log-stream --log-group-name ${quoted(group)} --log-stream-name one`,
    ),
  );

/** @param {string} group @param {string | undefined} stream */
export const noEvents = (group, stream) =>
  notice(
    "No events yet",
    h("p", {}, "With the live tail on, events show up here as they arrive. To send one by hand:"),
    command(
      `${environment()}\naws logs put-log-events --log-group-name ${quoted(group)} --log-stream-name ${quoted(stream ?? "STREAM")} \\\n  --log-events timestamp=$(date +%s000),message="hello"`,
    ),
  );

export const EXAMPLES = /** @type {const} */ ([
  ["ERROR timeout", "both words, in any order"],
  ['"out of memory"', "a phrase"],
  ["ERROR -debug", "one word, without the other"],
  ["?ERROR ?WARN", "one of them"],
  ["%5\\d\\d$%", "a regular expression"],
  ['{ $.level = "error" }', "a field of a JSON event"],
  ['{ $.status >= 500 && $.path = "/api/*" }', "several, with a wildcard"],
  ["[ip, user, status = 5*, ...]", "columns between spaces"],
]);

/** @param {(pattern: string) => void} use */
export const patternHelp = (use) =>
  h(
    "dl",
    { class: "patterns", tabindex: -1 },
    ...EXAMPLES.flatMap(([pattern, meaning]) => [
      h("dt", {}, h("button", { type: "button", class: "pattern", onclick: () => use(pattern) }, pattern)),
      h("dd", {}, meaning),
    ]),
  );

/** @param {unknown} error */
export const explain = (error) => {
  if (!(error instanceof CallError))
    return { title: "The page failed", text: String(error), next: "Reload it." };
  const { kind, message } = error;
  if (kind === "Unreachable")
    return {
      title: "The endpoint cannot be reached",
      text: message,
      next: "Is host-agent still running? The page goes on when it is back.",
    };
  if (kind === "ResourceNotFoundException")
    return {
      title: "That is not here",
      text: message,
      next: "It may have been deleted, or the link is old.",
    };
  return { title: kind, text: message, next: "" };
};

/** @param {unknown} error @param {() => void} retry */
export const failure = (error, retry) => {
  const { title, text, next } = explain(error);
  return h(
    "section",
    { class: "notice error", role: "alert" },
    h("h2", {}, title),
    h("p", {}, text),
    next !== "" && h("p", { class: "muted" }, next),
    h("button", { type: "button", onclick: retry }, "Try again"),
  );
};
