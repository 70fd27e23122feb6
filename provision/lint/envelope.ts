import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { contributors, LIMIT_BYTES, WARN_BYTES } from "../user-data/size.ts";
import { fromBase64, isGzip } from "../user-data/unwrap.ts";
import { bash, mime, type Rule, SOURCE } from "./rule.ts";

/** Rules on what is around the parts: size, base64, gzip. */

const START = { offset: 0 } as const;

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString("base64");

const kib = (bytes: number): string => bytes.toLocaleString("en-US");

export const ENVELOPE_RULES: readonly Rule[] = [
  {
    id: "UD05",
    severity: "error",
    title: "larger than EC2 takes",
    why: "EC2 refuses more than 16,384 bytes, counted before base64 and after gzip.",
    sources: ["https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3700", SOURCE.aws],
    *check({ data }) {
      const { length } = data.raw;
      if (length < WARN_BYTES) return;
      const largest = contributors(data).map(({ name, bytes }) => `${name} (${kib(bytes)})`);
      const most = largest.length > 1 ? `; the largest: ${largest.join(", ")}` : "";
      yield length > LIMIT_BYTES
        ? {
            at: START,
            message: `${kib(length)} bytes are ${kib(length - LIMIT_BYTES)} too many${most}; compress with gzip, or fetch the rest from S3`,
          }
        : {
            at: START,
            severity: "warning",
            message: `${kib(length)} of ${kib(LIMIT_BYTES)} bytes are used${most}`,
          };
    },
    examples: {
      pass: [bash("true")],
      fail: [bash(`# ${"x".repeat(LIMIT_BYTES)}`), bash(`# ${"x".repeat(WARN_BYTES)}`)],
    },
  },
  {
    id: "UD06",
    severity: "error",
    title: "encoded more than once",
    why: "EC2 takes one base64 off; cloud-init takes a second one off only since August 2023, and only when it is one line.",
    sources: [SOURCE.aws, SOURCE.cloudInit],
    *check({ data }) {
      const times = data.layers.filter((layer) => layer === "base64").length;
      if (times > 1) yield { at: START, message: `is base64 ${times} times; encode exactly once` };
      if (data.layers.includes("gzip") && (fromBase64(data.bytes) !== undefined || isGzip(data.bytes)))
        yield { at: START, message: "what is inside the gzip is encoded again, which nothing takes off" };
    },
    examples: {
      pass: [bash("true"), base64(bash("true"))],
      fail: [base64(base64(bash("true"))), { text: gzipSync(base64(bash("true"))), context: {} }],
    },
  },
  {
    id: "UD07",
    severity: "warning",
    title: "gzip for a consumer that is not cloud-init",
    why: "AWS Batch and EKS merge their own parts into the user data, and need plain MIME for that.",
    sources: ["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-template-restrictions.html"],
    *check({ data, context: { consumer = "cloud-init" } }) {
      if (consumer !== "cloud-init" && data.layers.includes("gzip"))
        yield {
          at: START,
          message: `is compressed, which ${consumer === "eks" ? "EKS" : "AWS Batch"} cannot read`,
        };
    },
    examples: {
      pass: [
        { text: gzipSync(bash("true")), context: {} },
        { text: mime("Content-Type: text/x-shellscript\n\n#!/bin/sh"), context: { consumer: "batch" } },
      ],
      fail: [
        { text: gzipSync(bash("true")), context: { consumer: "batch" } },
        { text: gzipSync(bash("true")), context: { consumer: "eks" } },
      ],
    },
  },
];
