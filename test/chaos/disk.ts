import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** A file that is open for writing at its end, however it is called. */
export interface Pen {
  readonly append: (bytes: Uint8Array) => void;
  readonly size: () => number;
  readonly empty: () => void;
  readonly close: () => void;
}

/** What writers and rotators do with files: on the real file system, or on a simulated one. */
export interface Disk {
  readonly makeDirectory: (path: string) => void;
  /** Makes an empty file, when there is none. */
  readonly create: (path: string) => void;
  readonly open: (path: string) => Pen;
  readonly rename: (from: string, to: string) => void;
  readonly copy: (from: string, to: string) => void;
  readonly link: (target: string, path: string) => void;
  /** Makes a file so many bytes long; what is added is a hole. */
  readonly resize: (path: string, bytes: number) => void;
  readonly remove: (path: string) => void;
  /** Replaces a file by what gzip makes of it, under its name and `.gz`. */
  readonly compress: (path: string) => Promise<void>;
}

export const realDisk: Disk = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  create: (path) =>
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o644)),
  open: (path) => {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    return {
      append: (bytes) => {
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
      },
      size: () => fstatSync(descriptor).size,
      empty: () => ftruncateSync(descriptor, 0),
      close: () => closeSync(descriptor),
    };
  },
  rename: renameSync,
  copy: (from, to) => copyFileSync(from, to),
  link: (target, path) => symlinkSync(target, path),
  resize: (path, bytes) => truncateSync(path, bytes),
  remove: unlinkSync,
  compress: (path) =>
    new Promise((resolve, reject) => {
      const child = spawn("gzip", ["-f", path], { stdio: "ignore" });
      child.on("error", reject);
      child.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`gzip ${path}: status ${code}`)),
      );
    }),
};
