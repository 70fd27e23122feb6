import { accessSync, constants } from "node:fs";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";
import type { Network } from "../../rehearse/network.ts";
import { SYSTEM_PLACES } from "./process.ts";

interface Need {
  readonly program: string;
  /** The package that brings it, on Debian and Ubuntu, and on Fedora and Amazon Linux. */
  readonly debian: string;
  readonly fedora: string;
}

const NEEDS: readonly Need[] = [
  { program: "systemd-nspawn", debian: "systemd-container", fedora: "systemd-container" },
  { program: "unshare", debian: "util-linux", fedora: "util-linux" },
  { program: "nsenter", debian: "util-linux", fedora: "util-linux" },
  { program: "setpriv", debian: "util-linux", fedora: "util-linux" },
  { program: "mount", debian: "mount", fedora: "util-linux" },
  { program: "ip", debian: "iproute2", fedora: "iproute" },
  { program: "tar", debian: "tar", fedora: "tar" },
  { program: "openssl", debian: "openssl", fedora: "openssl" },
];

/** With a way out these, too. */
const NEEDS_OF_A_WAY_OUT: readonly Need[] = [
  { program: "slirp4netns", debian: "slirp4netns", fedora: "slirp4netns" },
  { program: "nft", debian: "nftables", fedora: "nftables" },
];

export const isInstalled = (program: string): boolean =>
  SYSTEM_PLACES.some((place) => {
    try {
      accessSync(`${place}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const packages = (missing: readonly Need[], of: "debian" | "fedora"): string =>
  [...new Set(missing.map((need) => need[of]))].join(" ");

/**
 * Whether a container can be booted here at all.
 *
 * @throws AppError REHEARSAL_UNAVAILABLE with the command that helps
 */
export const checkRequirements = (network: Network): void => {
  if (process.platform !== "linux")
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      "A rehearsal boots a Linux container, and this is no Linux. A virtual machine does, such as those of Lima, Multipass or WSL 2: run the same command in it, as root.",
    );
  const needs = network === "host" ? [...NEEDS, ...NEEDS_OF_A_WAY_OUT] : NEEDS;
  const missing = needs.filter(({ program }) => !isInstalled(program));
  if (missing.length > 0)
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      `Not installed: ${missing.map(({ program }) => program).join(", ")}. On Debian and Ubuntu: apt-get install ${packages(missing, "debian")}. On Fedora and Amazon Linux: dnf install ${packages(missing, "fedora")}.`,
    );
  if (process.getuid?.() !== 0)
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      "Mounts, namespaces and containers need root. Run the same command with sudo; what is rehearsed is root in its container only, and nobody outside.",
    );
};
