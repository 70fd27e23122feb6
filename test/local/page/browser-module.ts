/** A script of the page that needs no browser. Its types are its own affair: test/local/page/files.test.ts checks them. */
export const browserModule = async <Exports>(name: string): Promise<Exports> =>
  (await import(new URL(`../../../agent/local/page/browser/${name}`, import.meta.url).href)) as Exports;
