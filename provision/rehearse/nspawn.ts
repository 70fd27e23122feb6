/** How a rehearsal's container is started. */

/** Users and groups of the container are these of the host, from its root on: nobody else has them. */
export const FIRST_USER = 1_879_048_192;
export const USERS = 65_536;

export interface ContainerPaths {
  /** The root, as it is written to. */
  readonly root: string;
  /** A file with the UUID by which programs know that they are on EC2. */
  readonly hypervisor: string;
  /** A directory with packages, and where it is seen inside. */
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

/** The UUID of the hypervisor: by its beginning cloud-init and the SDKs take a machine for an instance of EC2. */
export const hypervisorUuid = (instanceId: string): string => {
  const digits = instanceId.replace(/\W|^i-/g, "").padStart(17, "0");
  return `ec2${digits.slice(0, 5)}-${digits.slice(5, 9)}-4${digits.slice(9, 12)}-8${digits.slice(12, 15)}-${digits.slice(15).padStart(12, "0")}\n`;
};

/** Shifts the owners of a fresh root once, so that no later start has to. */
export const shiftArguments = (root: string): readonly string[] => [
  "--quiet",
  "--register=no",
  "--keep-unit",
  "--private-network",
  `--private-users=${FIRST_USER}:${USERS}`,
  "--private-users-ownership=chown",
  `--directory=${root}`,
  "/bin/true",
];

/**
 * The arguments of systemd-nspawn for one boot. Root of the container is nobody on the host, and there is no network
 * but the container's own, with nothing in it.
 */
export const bootArguments = (
  { root, hypervisor, binds }: ContainerPaths,
  name: string,
): readonly string[] => [
  "--quiet",
  "--boot",
  "--register=no",
  "--keep-unit",
  "--private-network",
  `--private-users=${FIRST_USER}:${USERS}`,
  "--private-users-ownership=off",
  `--directory=${root}`,
  `--machine=${name}`,
  "--console=read-only",
  "--link-journal=no",
  "--resolv-conf=off",
  "--timezone=off",
  `--bind-ro=${hypervisor}:/sys/hypervisor/uuid`,
  ...binds.map(({ from, to }) => `--bind-ro=${from}:${to}`),
];
