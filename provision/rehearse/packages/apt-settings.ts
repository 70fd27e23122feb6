/** Where apt keeps what it knows of one base. */
export interface AptPlaces {
  /** Copies of the base's files: its packages and its preferences. */
  readonly base: string;
  /** Sources, keys, lists and package files; the same for all bases that have the same sources. */
  readonly shared: string;
}

export interface AptSettings extends AptPlaces {
  /** The native one first. */
  readonly architectures: readonly string[];
  readonly recommends: boolean;
  readonly suggests: boolean;
  /** Whether apt's own user may reach these places. It gives up root while it talks to mirrors, if it can. */
  readonly sandbox: boolean;
}

/** What this machine may have set that is about this machine: hooks that run programs, further lists, its own wishes. */
const CLEARED = [
  "APT::Update",
  "APT::Default-Release",
  "APT::Architectures",
  "APT::Get",
  "AptCli::Hooks",
  "DPkg::Pre-Invoke",
  "DPkg::Post-Invoke",
  "DPkg::Pre-Install-Pkgs",
  "Acquire::IndexTargets",
];

/** The one kind of list that is needed, as apt would define it. */
const PACKAGE_LISTS = `Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  flatMetaKey "Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  flatDescription "$(RELEASE) Packages";
  Optional "false";
};`;

const yesNo = (value: boolean): string => (value ? '"true"' : '"false"');

/**
 * A configuration to be read behind the one of this machine, whose proxies and credentials it keeps: with it apt reads
 * and writes nothing but these places, and takes the base for what is installed. Signatures and hashes are checked as
 * ever.
 */
export const aptSettings = ({
  base,
  shared,
  architectures,
  recommends,
  suggests,
  sandbox,
}: AptSettings): string =>
  [
    ...CLEARED.map((name) => `#clear ${name};`),
    PACKAGE_LISTS,
    `APT::Architecture "${architectures[0] ?? ""}";`,
    `APT::Architectures { ${architectures.map((name) => `"${name}"; `).join("")}};`,
    `APT::Install-Recommends ${yesNo(recommends)};`,
    `APT::Install-Suggests ${yesNo(suggests)};`,
    ...(sandbox ? [] : ['APT::Sandbox::User "root";']),
    // Otherwise a mirror that hangs would hold up a rehearsal for minutes.
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "10";',
    'Acquire::https::Timeout "10";',
    'Acquire::Languages "none";',
    `Dir::State "${base}/";`,
    `Dir::State::status "${base}/status";`,
    `Dir::State::extended_states "${base}/extended_states";`,
    `Dir::State::lists "${shared}/lists/";`,
    `Dir::Cache "${shared}/";`,
    `Dir::Cache::archives "${shared}/archives/";`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
    'Dir::Log "/dev/null";',
    `Dir::Etc::sourcelist "/dev/null";`,
    `Dir::Etc::sourceparts "${shared}/sources.list.d/";`,
    `Dir::Etc::trusted "/dev/null";`,
    `Dir::Etc::trustedparts "${shared}/trusted.gpg.d/";`,
    `Dir::Etc::preferences "${shared}/preferences";`,
    `Dir::Etc::preferencesparts "${base}/preferences.d/";`,
    "",
  ].join("\n");
