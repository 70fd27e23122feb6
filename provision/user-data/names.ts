/** The file that cloud-init writes a script to: slashes become underscores, and what is not plain goes. */
export const cleanName = (name: string): string => name.replaceAll("/", "_").replace(/[^\w.()-]/g, "");
