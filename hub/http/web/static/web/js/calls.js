// The hub's answers to the page, asked again while the connection or the hub is away.

import { backoff, delay } from "./transfer.js";

const TRIES = 6;

export class Calls {
  constructor({ address, token, gate }) {
    Object.assign(this, { address, token, gate });
  }

  /** Resolve to the answer; reject with the hub's own words, its `status`, and the `kind` "broken" without any. */
  async ask(path, data, signal) {
    for (let tries = 1; ; tries++) {
      await this.gate.passed();
      try {
        return await this.#once(path, data, signal);
      } catch (error) {
        if (signal?.aborted || error.kind !== "broken" || tries === TRIES) throw error;
        await delay(backoff(tries), signal);
      }
    }
  }

  async #once(path, data, signal) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token };
    const asked = data === undefined ? {} : { method: "POST", headers, body: JSON.stringify(data) };
    const answer = await fetch(`${this.address}/${path}`, { ...asked, signal, keepalive: path.endsWith("/abandon") }).catch(() => null);
    const away = !answer || answer.status === 429 || answer.status >= 502;
    if (away) throw Object.assign(new Error("broken"), { kind: "broken" });
    const json = answer.headers.get("Content-Type")?.startsWith("application/json");
    const body = json ? await answer.json() : { error: `${answer.status} ${answer.statusText}` };
    if (!answer.ok) throw Object.assign(new Error(body.error), { status: answer.status });
    return body;
  }
}

/** Gather what is asked one by one within a moment, and ask for up to `most` of it together. */
export function together(ask, most) {
  let waiting = [];
  let busy = false;
  const go = async () => {
    if (busy || !waiting.length) return;
    busy = true;
    const batch = waiting.splice(0, most);
    try {
      const answers = await ask(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(answers[index]));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    busy = false;
    go();
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      queueMicrotask(go);
    });
}
