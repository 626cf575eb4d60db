// The page's side of the hash workers: a few files are hashed at once, in the order in which they were asked for.

const WORKERS = Math.max(1, Math.min(3, (navigator.hardwareConcurrency || 2) - 1));

export class Hasher {
  #idle = [];
  #queue = [];
  #all = [];
  #open = new Set();

  /** Resolve to the file's sha256 in hexadecimal; `progress` is called with the bytes hashed so far. */
  hash(file, progress) {
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      this.#queue.push({ file, progress, resolve, reject });
      this.#pump();
    });
  }

  /** Stop at once; what was not hashed is rejected. */
  close() {
    for (const worker of this.#all) worker.terminate();
    for (const reject of this.#open) reject(Object.assign(new Error("closed"), { kind: "dropped" }));
    this.#queue = [];
  }

  #pump() {
    while (this.#queue.length && (this.#idle.length || this.#all.length < WORKERS)) {
      this.#give(this.#idle.pop() ?? this.#start(), this.#queue.shift());
    }
  }

  #start() {
    const worker = new Worker(new URL("./hash-worker.js", import.meta.url), { type: "module" });
    this.#all.push(worker);
    return worker;
  }

  #give(worker, { file, progress, resolve, reject }) {
    worker.onmessage = ({ data: { sha256, error, done } }) => {
      if (done !== undefined) return progress(done);
      this.#open.delete(reject);
      if (error === undefined) resolve(sha256);
      else reject(Object.assign(new Error(error), { kind: "unreadable" }));
      this.#idle.push(worker);
      return this.#pump();
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(file);
  }
}
