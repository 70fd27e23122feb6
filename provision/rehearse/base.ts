import { AppError } from "../../agent/base/errors.ts";
import { nearest } from "../../agent/config/nearest.ts";

/** A distribution that debootstrap can make a root filesystem of. */
export interface Bootstrapped {
  readonly name: string;
  readonly suite: string;
  readonly components: string;
  /** Of debootstrap, that suites of the distribution are made with. */
  readonly script: string;
  /** Holds the keys that the packages are signed with. */
  readonly keyring: string;
  /** The package that brings the keyring. */
  readonly keyringPackage: string;
}

/** What rehearsals start from. */
export type BaseRequest =
  | { readonly kind: "bootstrapped"; readonly of: Bootstrapped }
  /** A directory or a tarball of the user. */
  | { readonly kind: "given"; readonly path: string }
  /** One that was given before, known by what its `/etc/os-release` says. */
  | { readonly kind: "known"; readonly name: string; readonly id: string; readonly version: string };

/**
 * What images of EC2 have and a minimal root has not. `python3-cffi-backend` has to be named: debootstrap cannot see
 * that python3-cryptography needs it.
 */
export const INCLUDED: readonly string[] = [
  "ca-certificates",
  "cloud-init",
  "curl",
  "dbus",
  "iproute2",
  "locales",
  "logrotate",
  "openssh-server",
  "procps",
  "python3",
  "python3-cffi-backend",
  "rsyslog",
  "sudo",
  "systemd",
  "systemd-sysv",
];

const debian = (name: string, suite: string): Bootstrapped => ({
  name,
  suite,
  components: "main",
  script: "sid",
  keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  keyringPackage: "debian-archive-keyring",
});

const BOOTSTRAPPED: readonly Bootstrapped[] = [
  debian("debian-12", "bookworm"),
  debian("debian-13", "trixie"),
  {
    name: "ubuntu-24.04",
    suite: "noble",
    components: "main,universe",
    script: "gutsy",
    keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
    keyringPackage: "ubuntu-archive-keyring",
  },
];

const KNOWN = [{ kind: "known", name: "al2023", id: "amzn", version: "2023" }] as const;

/** Names that `--base` takes, besides paths. */
export const BASE_NAMES: readonly string[] = [...BOOTSTRAPPED, ...KNOWN].map(({ name }) => name);

/** Where nothing says which one. */
export const DEFAULT_BASE = "debian-12";

/**
 * What `--base` asks for: one of {@link BASE_NAMES}, or a path.
 *
 * @throws AppError USAGE for what is neither
 */
export const baseRequest = (text: string, isThere: (path: string) => boolean): BaseRequest => {
  const of = BOOTSTRAPPED.find(({ name }) => name === text);
  if (of !== undefined) return { kind: "bootstrapped", of };
  const known = KNOWN.find(({ name }) => name === text);
  if (known !== undefined) return known;
  if (isThere(text)) return { kind: "given", path: text };
  const meant = nearest(text, BASE_NAMES);
  throw new AppError(
    "USAGE",
    `--base takes ${BASE_NAMES.join(", ")}, a directory or a tarball; "${text}" is none of them.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
  );
};

/** A name that says which mirrors and packages made it: with other ones it is another base. */
export const bootstrapRecipe = ({ suite, components }: Bootstrapped): string =>
  [suite, components, ...INCLUDED].join("\n");

/** The values of `/etc/os-release`. */
export const osRelease = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/gm)].map(
      ([, name = "", double, single, plain]) => [name, double ?? single ?? plain ?? ""],
    ),
  );
