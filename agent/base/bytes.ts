const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** From here on a value would be shown as `1000.0` of its unit. */
const NEXT_UNIT = 999.95;

/** `0 B`, `812 B`, `1.41 MiB`, `30.2 MiB`: three digits at the most before the point. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= NEXT_UNIT && unit < UNITS.length - 1) {
    value /= 1_024;
    unit++;
  }
  if (unit === 0) return `${value} B`;
  return `${value.toFixed(Math.abs(value) < 9.995 ? 2 : 1)} ${UNITS[unit]}`;
};

/** `12,345`. */
export const formatCount = (count: number): string => count.toLocaleString("en-US");
