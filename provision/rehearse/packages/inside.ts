/** Where the repository is to be bind-mounted in the container, read-only. */
export const REPOSITORY = "/opt/rehearsal/packages";

const SOURCES = "/etc/apt/rehearsal.sources";

/** Those programs of apt that read sources. */
const PROGRAMS = ["apt-get", "apt", "apt-cache"] as const;

const sourcesText = `Types: deb
URIs: file:${REPOSITORY}
Suites: ./
Trusted: yes
`;

/**
 * Files of the base stay as they are, and so does what cloud-init and user data write over them: only that apt does not
 * look at them. A mirror that is out of reach would cost `apt-get update` seconds for each of its lists, and cloud-init
 * writes its own mirrors into sources.list at every first boot. It asks apt-config where that is, which therefore must
 * not hear of ours. A scope sets what is above its options to nothing where it does not say it again.
 */
const elsewhere = PROGRAMS.map(
  (program) => `Binary::${program} {
  Dir "/";
  Dir::Etc "etc/apt";
  Dir::Etc::sourcelist "${SOURCES}";
  Dir::Etc::sourceparts "/dev/null";
};
`,
).join("");

const confText = `${elsewhere}Acquire::Languages "none";
Acquire::Retries "0";
Acquire::http::Timeout "5";
Acquire::https::Timeout "5";
APT::Periodic::Enable "0";
DPkg::Options:: "--force-unsafe-io";
#clear APT::Default-Release;
`;

/**
 * What makes the apt of a container install from the repository at {@link REPOSITORY}, and from nowhere else: files to
 * write into its root, path by path. `apt-get update` takes no longer than to read the index; what is not in the
 * repository fails as any name that apt does not know.
 */
export const APT_FILES_INSIDE: Readonly<Record<string, string>> = {
  [SOURCES]: sourcesText,
  // Read last, so that it holds against what the base says.
  "/etc/apt/apt.conf.d/zz-rehearsal": confText,
};
