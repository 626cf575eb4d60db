// The page's side of the hash worker.

export class Hasher {
  #worker = new Worker(new URL("./hash-worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #last = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => this.#fail(event.message));
  }

  /** Resolve to the file's sha256 in hexadecimal; `progress` is called with the bytes hashed so far. */
  hash(file, progress) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress });
      this.#worker.postMessage({ id, file });
    });
  }

  close() {
    this.#worker.terminate();
  }

  #receive({ id, sha256, error, done }) {
    const job = this.#waiting.get(id);
    if (done !== undefined) return job.progress(done);
    this.#waiting.delete(id);
    return error === undefined ? job.resolve(sha256) : job.reject(new Error(error));
  }

  #fail(message) {
    for (const job of this.#waiting.values()) job.reject(new Error(message));
    this.#waiting.clear();
  }
}
