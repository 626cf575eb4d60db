// Brings parts of files to the object store: a bounded number at once, over all files, each tried again by itself.

const LANES = 5;
const TRIES = 8;
const LONGEST_WAIT = 20_000;

/** Open or shut; what has to wait while it is shut says `await gate.passed()`. */
export class Gate {
  #waiting = [];
  shut = false;

  close() {
    this.shut = true;
  }

  open() {
    this.shut = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  async passed() {
    while (this.shut) await new Promise((go) => this.#waiting.push(go));
  }
}

/**
 * Sends sources: { missing: [number], link(number, fresh), body(number), progress(number, bytes) }.
 * `put(url, body, progress, signal)` sends one part; its error has a `kind`: "broken" and "busy" are tried again,
 * "expired" with a fresh link, others are the end.
 */
export class Transfer {
  #queue = [];
  #running = new Set();
  #gate;
  #put;
  #wait;

  constructor({ gate, put = putByXhr, wait = delay }) {
    this.#gate = gate;
    this.#put = put;
    this.#wait = wait;
  }

  /** Resolve when every missing part has arrived; reject when one cannot, or the source is dropped. */
  send(source) {
    if (!source.missing.length) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const sending = { source, left: source.missing.length, resolve, reject };
      for (const number of source.missing) this.#queue.push({ sending, number, tries: 0, fresh: false });
      this.#pump();
    });
  }

  /** Begin no further part; resolve when those on their way have arrived, which are not sent twice so. */
  async pause() {
    this.#gate.close();
    const jobs = [...this.#running];
    for (const job of jobs) if (!job.put) job.abort.abort();
    await Promise.all(jobs.map((job) => job.put));
  }

  /** Stop at once, as without a connection; parts on their way begin anew when it goes on. */
  halt() {
    this.#gate.close();
    for (const job of this.#running) job.abort.abort();
  }

  resume() {
    this.#gate.open();
    this.#pump();
  }

  drop(source, error = Object.assign(new Error("dropped"), { kind: "dropped" })) {
    for (const job of [...this.#queue, ...this.#running]) {
      if (job.sending.source !== source) continue;
      job.dropped = true;
      job.abort?.abort();
      job.sending.reject(error);
    }
    this.#queue = this.#queue.filter((job) => !job.dropped);
  }

  #pump() {
    while (!this.#gate.shut && this.#running.size < LANES && this.#queue.length) this.#run(this.#queue.shift());
  }

  async #run(job) {
    const { sending, number } = job;
    const { source } = sending;
    job.abort = new AbortController();
    const { signal } = job.abort;
    this.#running.add(job);
    try {
      const url = await source.link(number, job.fresh);
      signal.throwIfAborted();
      const progress = (bytes) => source.progress(number, bytes);
      const putting = this.#put(url, source.body(number), progress, signal);
      job.put = putting.catch(() => {});
      await putting;
      source.progress(number, null);
      if (--sending.left === 0) sending.resolve();
    } catch (error) {
      await this.#failed(job, error, signal);
    } finally {
      job.put = null;
      this.#running.delete(job);
      this.#pump();
    }
  }

  async #failed(job, error, signal) {
    if (job.dropped) return;
    job.sending.source.progress(job.number, 0);
    if (!signal.aborted) {
      const again = ["broken", "busy", "expired"].includes(error.kind);
      if (!again || ++job.tries >= TRIES) {
        this.drop(job.sending.source, error);
        return;
      }
      job.fresh = error.kind === "expired";
      if (!job.fresh || job.tries > 1) await this.#wait(backoff(job.tries), signal);
    }
    if (!job.dropped) this.#queue.unshift(job);
  }
}

/** Half of the time is by chance, so that many parts that broke together do not come back together. */
export function backoff(tries, chance = Math.random()) {
  return Math.min(LONGEST_WAIT, 500 * 2 ** tries) * (0.5 + chance / 2);
}

export function delay(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

const KINDS = { 403: "expired", 408: "busy", 429: "busy" };

function putByXhr(url, body, progress, signal) {
  // fetch() does not tell how much of a body has been sent.
  const request = new XMLHttpRequest();
  const failure = (kind) => Object.assign(new Error(kind), { kind });
  return new Promise((resolve, reject) => {
    request.open("PUT", url);
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("error", () => reject(failure("broken")));
    request.addEventListener("abort", () => reject(failure("broken")));
    request.addEventListener("load", () => {
      const { status } = request;
      if (status >= 200 && status < 300) resolve();
      else reject(failure(KINDS[status] ?? (status >= 500 ? "busy" : "refused")));
    });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}
