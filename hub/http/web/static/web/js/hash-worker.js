// Hashes one file after the other away from the page's own thread, reading each as a stream.

import { Sha256 } from "./sha256.js";

const REPORT_EVERY = 8 * 1024 * 1024;

self.addEventListener("message", async ({ data: file }) => {
  try {
    postMessage({ sha256: await digest(file) });
  } catch (error) {
    postMessage({ error: error.message });
  }
});

async function digest(file) {
  const hash = new Sha256();
  const reader = file.stream().getReader();
  let done = 0;
  let reported = 0;
  for (;;) {
    const { done: ended, value } = await reader.read();
    if (ended) return hash.hex();
    hash.update(value);
    done += value.length;
    if (done - reported >= REPORT_EVERY) {
      reported = done;
      postMessage({ done });
    }
  }
}
