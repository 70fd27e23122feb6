import { describe, expect, it } from "vitest";
import {
  architecturesOf,
  distributionOf,
  nativeArchitecture,
  originOf,
} from "../../../../provision/rehearse/packages/base-state.ts";
import { installed } from "./debs.ts";

describe("the state of a base", () => {
  it("is of a distribution and a release", () => {
    const ubuntu = distributionOf(
      'NAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n',
    );
    expect(ubuntu).toEqual({ id: "ubuntu", codename: "noble" });
    expect(originOf(ubuntu)).toBe("Ubuntu");
    expect(distributionOf('ID="amzn"\nVERSION="2023"\n')).toEqual({ id: "amzn", codename: "" });
  });

  it("is of the architecture that dpkg is of, and of those that were added", () => {
    const status = [
      installed("dpkg-dev", "1", "all"),
      installed("dpkg", "1", "arm64"),
      installed("x", "1", "amd64"),
    ];
    expect(nativeArchitecture(status.join("\n"))).toBe("arm64");
    expect(nativeArchitecture(installed("dpkg-dev", "1", "all"))).toBeUndefined();
    expect(architecturesOf("amd64", "amd64\ni386\n")).toEqual(["amd64", "i386"]);
    expect(architecturesOf("amd64", "")).toEqual(["amd64"]);
  });
});
