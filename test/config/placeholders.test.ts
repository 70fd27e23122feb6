import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOG_GROUP_NAME, LOG_STREAM_NAME, NAME_CHARS } from "../../agent/base/cloudwatch-limits.ts";
import { nameFault } from "../../agent/config/names.ts";
import {
  allowedCharacters,
  fillPlaceholders,
  type HostFacts,
  isPlaceholder,
  literalText,
  type NameTarget,
  PLACEHOLDERS,
  placeholdersIn,
} from "../../agent/config/placeholders.ts";

const HOST: HostFacts = {
  instance_id: "i-0123456789abcdef0",
  hostname: "ip-10-0-0-7",
  local_hostname: "ip-10-0-0-7.eu-west-1.compute.internal",
  ip_address: "10.0.0.7",
  aws_region: "eu-west-1",
  account_id: "012345678901",
};

const NOBODY: HostFacts = {
  instance_id: undefined,
  hostname: undefined,
  local_hostname: undefined,
  ip_address: undefined,
  aws_region: undefined,
  account_id: undefined,
};

/** What the service takes: CreateLogGroup and CreateLogStream. */
const takes = (name: string, target: NameTarget): boolean =>
  name.length >= 1 &&
  name.length <= NAME_CHARS &&
  name.isWellFormed() &&
  (target === "group" ? LOG_GROUP_NAME.test(name) && !name.startsWith("aws/") : LOG_STREAM_NAME.test(name));

const targets = fc.constantFrom<NameTarget>("group", "stream");
const anyText = fc.oneof(
  fc.string({ maxLength: 600 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom("", "aws/", "aws", "/", ":", "\ud800", "x".repeat(NAME_CHARS), "😀".repeat(300)),
);
const fact = fc.option(anyText, { nil: undefined });
const facts = fc.record<HostFacts>({
  instance_id: fact,
  hostname: fact,
  local_hostname: fact,
  ip_address: fact,
  aws_region: fact,
  account_id: fact,
});
const placeholder = fc.constantFrom(...Object.keys(PLACEHOLDERS)).map((name) => `{${name}}`);
const templates = fc
  .array(fc.oneof(placeholder, anyText, fc.constantFrom("/", "-", "{", "}", "aws/")), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""))
  .filter((template) => template !== "");
const paths = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 80 }), {
  minLength: 1,
  maxLength: 8,
});

describe("a name with its placeholders filled in", () => {
  it("is one that the service takes, whatever the template, the host and the file", () => {
    fc.assert(
      fc.property(templates, facts, paths, targets, (template, host, parts, target) => {
        expect(takes(fillPlaceholders(template, host, `/${parts.join("/")}`, target), target)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("leaves alone what a template that passed the check says itself", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "Z", "7", "/", "-", "_", ".", "#"), maxLength: 20 });
    const sound = fc
      .tuple(plain, placeholder, plain)
      .filter(([a, b, c]) => nameFault(a + b + c, "group") === undefined);
    fc.assert(
      fc.property(sound, targets, ([before, middle, after], target) => {
        const name = fillPlaceholders(before + middle + after, HOST, "/var/log/a.log", target);
        expect(name.startsWith(before)).toBe(true);
        expect(name.endsWith(after)).toBe(true);
      }),
    );
  });

  it("stays distinct where it has to be shortened", () => {
    const stem = `/${"x".repeat(600)}`;
    const names = ["a", "b", "c"].map((end) => fillPlaceholders("{file_path}", HOST, stem + end, "group"));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toHaveLength(NAME_CHARS);
    expect(fillPlaceholders("{file_path}", HOST, `${stem}a`, "group")).toBe(names[0]);
  });

  it("is not shortened at the limit", () => {
    const name = "x".repeat(NAME_CHARS);
    expect(fillPlaceholders(name, HOST, "/a", "stream")).toBe(name);
    expect(fillPlaceholders(`${name}y`, HOST, "/a", "stream")).toMatch(/^x{495}-[0-9a-f]{16}$/);
  });

  it.each([
    ["{instance_id}", "i-0123456789abcdef0"],
    ["{hostname}", "ip-10-0-0-7"],
    ["{local_hostname}", "ip-10-0-0-7.eu-west-1.compute.internal"],
    ["{ip_address}", "10.0.0.7"],
    ["{aws_region}/{account_id}", "eu-west-1/012345678901"],
    ["{file_name}", "access.log"],
    ["x{file_path}", "x/var/log/nginx/access.log"],
    ["{hostname}{hostname}", "ip-10-0-0-7ip-10-0-0-7"],
    ["no placeholder", "no placeholder"],
  ])("%s becomes %s", (template, name) => {
    expect(fillPlaceholders(template, HOST, "/var/log/nginx/access.log", "stream")).toBe(name);
  });

  it.each(["{instance_id}", "{hostname}", "{local_hostname}"])(
    "%s is the host name outside EC2",
    (template) => {
      for (const name of ["hostname", "local_hostname"])
        expect(fillPlaceholders(template, { ...NOBODY, [name]: "box" }, "/a")).toBe("box");
    },
  );

  it.each(Object.keys(PLACEHOLDERS).filter((name) => !name.startsWith("file_")))(
    "{%s} says so when nobody knows",
    (name) => {
      expect(fillPlaceholders(`{${name}}`, NOBODY, "/a")).toBe("unknown");
      expect(fillPlaceholders(`{${name}}`, { ...NOBODY, [name]: "" }, "/a")).toBe("unknown");
    },
  );

  it("has _ for what the service refuses", () => {
    expect(fillPlaceholders("{file_name}", HOST, "/a/b c:d*ü.log", "group")).toBe("b_c_d__.log");
    expect(fillPlaceholders("{file_name}", HOST, "/a/b c:d*ü.log", "stream")).toBe("b c_d_ü.log");
  });

  it("never begins with what the service keeps for itself", () => {
    expect(fillPlaceholders("{file_name}/x", HOST, "/var/log/aws", "group")).toBe("aws_x");
    expect(fillPlaceholders("{file_name}/x", HOST, "/var/log/aws", "stream")).toBe("aws/x");
  });

  it("does not fill in what a value brings along", () => {
    expect(fillPlaceholders("{hostname}", { ...HOST, hostname: "{instance_id}" }, "/a", "stream")).toBe(
      "{instance_id}",
    );
  });
});

describe("placeholdersIn, literalText and isPlaceholder", () => {
  it("take a template apart", () => {
    expect(placeholdersIn("a{x}b{}c{instance_id}{x}")).toEqual(["x", "", "instance_id", "x"]);
    expect(literalText("a{x}b{instance_id}c")).toBe("a{x}bc");
    expect(placeholdersIn("{{a}")).toEqual(["a"]);
  });

  it.each(["toString", "__proto__", "constructor", "", "INSTANCE_ID"])("%j is no placeholder", (name) => {
    expect(isPlaceholder(name)).toBe(false);
  });

  it("lose nothing of a template", () => {
    const known =
      /\{(instance_id|hostname|local_hostname|ip_address|aws_region|account_id|file_name|file_path)\}/g;
    fc.assert(
      fc.property(templates, (template) => {
        expect(literalText(template)).toBe(template.replace(known, ""));
      }),
    );
  });
});

describe("allowedCharacters", () => {
  it("changes nothing twice", () => {
    fc.assert(
      fc.property(anyText, targets, (text, target) => {
        const once = allowedCharacters(text, target);
        expect(allowedCharacters(once, target)).toBe(once);
        expect(once).toHaveLength(text.length);
      }),
    );
  });
});
