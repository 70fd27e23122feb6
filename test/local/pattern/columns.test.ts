import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../agent/local/pattern/pattern.ts";
import { refusalOf } from "./refused.ts";

const ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const LINES = [
  "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
  "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
  "WARNING 09/25/2014 12:00:02 Invalid user request",
  "ERROR 09/25/2014 12:00:02 Failed to process request",
];

describe("columns of an access log", () => {
  it.each([
    ["[ip, user, username, timestamp, request, status_code, bytes]", true],
    [
      String.raw`[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]`,
      true,
    ],
    ["[..., request =*.html*, status_code = 4*, bytes]", true],
    ["[..., request =*.htm, status_code = 4*, bytes]", false],
    [
      "[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]",
      true,
    ],
    ["[..., status_code = 403 || status_code = 410, bytes]", false],
    ["[..., status_code >= 400 && status_code < 500, bytes > 1000]", true],
    ["[..., bytes > 2000]", false],
    ["[..., (status = 1 || status = 404) && status != 410, bytes]", true],
    ['[..., request = "GET /index.html HTTP/1.0", status, bytes]', true],
    ['[..., time = "10/Oct/2000:13:25:15 -0700", request, status, bytes]', true],
    ["[ip, ..., bytes = 1534]", true],
    ["[ip, ...]", true],
    ["[...]", true],
    ["[a, b, c, d, e, f, g, ...]", true],
    ["[a, b, c, d, e, f, g, h, ...]", false],
    ["[a, b, c, d, e, f, g, h]", false],
    ["[]", true],
    // A column without a name is one that nothing is asked of.
    ["[..., request=*.html*, status_code=4*,]", true],
    ["[ip,,, timestamp, request, status_code = 404, bytes]", true],
  ])("%s: %s", (pattern, expected) => {
    expect(compilePattern(pattern)(ACCESS)).toBe(expected);
  });
});

describe("the order of words", () => {
  it.each([
    ["[w1=ERROR, w2]", [3]],
    ["[w1=ERROR || w1=WARNING, w2]", [2, 3]],
    ["[w1!=ERROR && w1!=WARNING, w2]", [0, 1]],
    ["[w1=ERROR || w1=%WARN%, w2]", [2, 3]],
    ["[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", [0]],
    ["[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", [1]],
    ["[w1=ERROR]", []],
    ['[level, rest = "09/25/2014 12:00:02 Invalid user request"]', [2]],
    ["[level, rest = *request]", [2, 3]],
  ])("%s matches the lines %j", (pattern, expected) => {
    expect(LINES.flatMap((line, index) => (compilePattern(pattern)(line) ? index : []))).toEqual(expected);
  });

  it("the last column takes the rest of the line, and needs a word", () => {
    expect(compilePattern("[w1=ERROR, w2]")("ERROR")).toBe(false);
    expect(compilePattern('[a, b = "x \\"y z\\" [w]"]')('1  x "y z" [w]  ')).toBe(true);
    expect(compilePattern("[a]")("")).toBe(false);
    expect(compilePattern("[]")("")).toBe(true);
  });

  it("a line of open brackets takes no longer than another", () => {
    const start = performance.now();
    expect(compilePattern("[a = x, ..., b = y]")(`x ${"[ ".repeat(500_000)}y`)).toBe(true);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("an open quote or bracket is part of a word", () => {
    expect(compilePattern("[w1, w2=*open, w3=words]")('ERROR "open words')).toBe(true);
    expect(compilePattern("[w1, w2=*open, w3=words]")("ERROR [open words")).toBe(true);
  });
});

describe("what is refused", () => {
  it.each([
    "[",
    "[a",
    "[a, b",
    "[a, b] more",
    "[a = ]",
    "[a = 1 ||]",
    "[a, b = x || c = y]",
    "[1a]",
    "[a, ..., b, ...]",
    "[a = %x%, b = %y%, c = %z%]",
    "[a > x]",
    "[a = (x)]",
  ])("%s", (pattern) => {
    expect(refusalOf(() => compilePattern(pattern))).toMatchObject({ type: "InvalidParameterException" });
  });
});
