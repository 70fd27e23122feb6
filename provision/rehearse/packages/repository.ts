import { createHash } from "node:crypto";

/** One package file, and what its own control file says. */
export interface PackageFile {
  /** Its name in the repository. */
  readonly file: string;
  /** All fields in their order, as `dpkg-deb --field` prints them. */
  readonly control: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Fields that the archive says of a file, and not the file itself. */
const OF_THE_ARCHIVE = /^(Filename|Size|MD5sum|SHA1|SHA256|SHA512):/i;

/** The fields of a control file, each with its further lines. */
const fieldsOf = (control: string): readonly string[] =>
  control
    .replace(/\r/g, "")
    .split(/\n(?![ \t])/)
    .filter((field) => field.trim() !== "");

const byName = (a: PackageFile, b: PackageFile): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);

const paragraph = ({ file, control, bytes, sha256 }: PackageFile): string =>
  [
    ...fieldsOf(control).filter((field) => !OF_THE_ARCHIVE.test(field)),
    `Filename: ./${file}`,
    `Size: ${bytes}`,
    `SHA256: ${sha256}`,
    "",
  ].join("\n");

/** The file `Packages` of a flat repository. Pure: the same files give the same bytes, in whichever order they come. */
export const packagesText = (files: readonly PackageFile[]): string =>
  files.toSorted(byName).map(paragraph).join("\n");

/** What a repository says of itself. */
export interface Release {
  /** As the distribution writes it: preferences of the base that go by the origin hold for this one, too. */
  readonly origin: string;
  readonly codename: string;
  readonly architecture: string;
  /** In milliseconds since 1970. apt refuses a repository from the future. */
  readonly at: number;
}

/** The file `Release` that belongs to the bytes of `Packages`. */
export const releaseText = (packages: string, { origin, codename, architecture, at }: Release): string => {
  const bytes = Buffer.from(packages);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return [
    `Origin: ${origin}`,
    "Label: rehearsal",
    `Suite: ${codename}`,
    `Codename: ${codename}`,
    `Date: ${new Date(at).toUTCString().replace(/GMT$/, "UTC")}`,
    `Architectures: ${architecture} all`,
    "Description: what user data will install, fetched beforehand",
    "SHA256:",
    ` ${digest} ${bytes.length} Packages`,
    "",
  ].join("\n");
};

/** The value of a field of a control file; empty where it has none. */
export const controlField = (control: string, name: string): string => {
  const field = fieldsOf(control).find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return field?.slice(name.length + 1).trim() ?? "";
};

/**
 * The name that a package file has in the repository. Without the epoch, as in the archives of the distributions: a `%`
 * or a `:` in a name means something in the address that apt makes of it.
 */
export const repositoryName = (control: string): string => {
  const [name, version, architecture] = ["Package", "Version", "Architecture"].map((field) =>
    controlField(control, field).replace(/[^A-Za-z0-9.+~:_-]/g, "_"),
  );
  return `${name}_${version?.replace(/^\d+:/, "")}_${architecture}.deb`;
};
