export type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON with the blanks that the service has in its documents: some scripts take them apart with sed. */
export const jsonText = (value: Json, indent = ""): string => {
  if (isList(value))
    return value.length === 0 ? "[]" : `[ ${value.map((item) => jsonText(item, indent)).join(", ")} ]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)} : ${jsonText(item, inner)}`,
  );
  return `{\n${lines.join(",\n")}\n${indent}}`;
};

/** The short form, in one line: of the notices. */
export const jsonLine = (value: Readonly<Record<string, string>>): string =>
  `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`)
    .join(", ")}}`;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
