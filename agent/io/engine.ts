import { setFlagsFromString } from "node:v8";

/**
 * Settings of the JavaScript engine for a process that runs for months beside what earns the money. The work is done
 * in native code and WebAssembly, so less optimised JavaScript costs 5 % more processor time, and saves more than a
 * third of the peak memory (docs/architecture.md has the figures). Call it before the work begins.
 */
export const preferLowMemory = (): void => {
  // What is allocated per request dies young: a young generation that never grows is collected a little more often.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Otherwise the heap grows to three times what is used before anybody looks for what may go.
  setFlagsFromString("--memory-saver-mode");
  setFlagsFromString("--heap-growing-percent=15");
  // Compiling the large functions of the SDK takes up to 24 MiB at once, which the allocator then keeps. What is called
  // thousands of times a second is small, and worth it: looking at ten thousand idle files costs a tenth less.
  setFlagsFromString("--invocation-count-for-maglev=30000");
  setFlagsFromString("--no-turbofan");
};
