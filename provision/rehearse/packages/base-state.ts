/** What a root directory is the system of. */
export interface Distribution {
  /** Such as `debian`. */
  readonly id: string;
  /** Such as `bookworm`; empty where there is none. */
  readonly codename: string;
}

/** Reads /etc/os-release. Pure; never throws. */
export const distributionOf = (osRelease: string): Distribution => {
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([\\w.-]*)`, "m").exec(osRelease)?.[1] ?? "";
  return { id: value("ID"), codename: value("VERSION_CODENAME") };
};

/** How the archive of a distribution signs itself in its Release files: `Debian` for debian. */
export const originOf = ({ id }: Distribution): string => id.slice(0, 1).toUpperCase() + id.slice(1);

/** The architecture that dpkg itself is of, by its status file; undefined when it is not installed. */
export const nativeArchitecture = (status: string): string | undefined =>
  /^Package: dpkg\n(?:.+\n)*?Architecture: ([a-z0-9-]+)$/m.exec(status)?.[1];

/** All architectures that packages may be of, the native one first, by the file that dpkg keeps of them. */
export const architecturesOf = (native: string, listed: string): readonly string[] => [
  ...new Set([native, ...listed.split(/\s+/).filter((line) => line !== "")]),
];
