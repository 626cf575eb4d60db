// How fast something goes, and how long the rest takes, by what was done in the last seconds.

const WINDOW = 10_000;

export class Pace {
  #samples = [];

  /** Note that `done` has been reached at `now` (milliseconds). What goes back begins anew. */
  note(done, now) {
    const last = this.#samples.at(-1);
    if (last && done < last.done) this.#samples = [];
    this.#samples.push({ done, now });
    while (this.#samples.length > 2 && now - this.#samples[0].now > WINDOW) this.#samples.shift();
  }

  forget() {
    this.#samples = [];
  }

  /** What is done in a second; 0 until that can be told. */
  get rate() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return first && last.now - first.now >= 500 ? ((last.done - first.done) * 1000) / (last.now - first.now) : 0;
  }

  /** The seconds that `rest` takes, or null while nothing moves. */
  left(rest) {
    return this.rate > 0 ? rest / this.rate : null;
  }
}
