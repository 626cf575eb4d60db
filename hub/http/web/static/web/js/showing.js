// What the upload page shows of all files together: which controls there are, how far it is, and what is said.

import { Pace } from "./pace.js";
import { bytes, duration, percent, rate } from "./units.js";

export function sayOn(form, text, problem) {
  const status = form.querySelector("#status");
  status.textContent = text;
  status.className = problem ? "notice bad" : "soft";
}

/** Show the controls of a phase: "choosing", "running", "committing". */
export function showPhase(form, { items, phase, paused, max }) {
  const words = form.dataset;
  const part = (name) => form.querySelector(`#${name}`);
  const choosing = phase === "choosing";
  const running = phase === "running";
  const lost = items.filter((item) => !item.file);
  const reopen = lost.every((item) => item.handle);
  const begun = items.some((item) => item.upload || item.arrived);
  form.querySelector(".drop").hidden = !choosing;
  part("unfinished").hidden = !(choosing && lost.length);
  part("continue").hidden = !reopen;
  part("choose-again").hidden = reopen;
  part("chosen").hidden = !items.length;
  part("overall").hidden = choosing;
  part("placing").disabled = !choosing;
  // What is said stands where one looks: at the button that publishes, then at the bar of all files.
  const place = choosing ? form : part("overall");
  if (part("status").parentNode !== place) place.append(part("status"));
  part("publish").hidden = !choosing;
  part("publish").disabled = !items.length || items.length > max || lost.length > 0;
  part("publish").textContent = begun ? words.goOn : words.publish;
  part("pause").hidden = !running || paused;
  part("resume").hidden = !running || !paused;
  part("cancel").hidden = !running;
  part("discard").hidden = !(choosing && begun);
  for (const item of items) item.row.button.hidden = !choosing;
  part("sum").textContent = `${items.length} · ${bytes(items.reduce((sum, item) => sum + item.size, 0))}`;
  if (items.length > max) sayOn(form, words.tooMany, true);
}

/** The bar of all files, with the rate and the time left; the title of the page says it in short. */
export class Progress {
  #pace = new Pace();
  #title = document.title;
  #form;

  constructor(form) {
    this.#form = form;
  }

  begin() {
    this.#pace = new Pace();
  }

  end() {
    document.title = this.#title;
  }

  show(items, resting) {
    const words = this.#form.dataset;
    const part = (name) => this.#form.querySelector(`#${name}`);
    const far = items.filter((item) => !item.inline);
    const total = (of) => far.reduce((sum, item) => sum + (item.arrived ? item.size : of(item)), 0);
    const all = total((item) => item.size);
    const sent = total((item) => item.sent);
    const hashed = total((item) => item.hashed);
    // Nothing can be sent before the first hash is there.
    const hashing = sent === 0 && hashed < all;
    const done = hashing ? hashed : sent;
    part("total").max = Math.max(all, 1);
    part("total").value = done;
    const told = (hashing ? words.hashedOf : words.sentOf).replace("{done}", bytes(done)).replace("{all}", bytes(all));
    part("done").textContent = told;
    document.title = `${percent(sent, all)} · ${this.#title}`;
    this.#pace.note(hashing ? hashed - all : sent, performance.now());
    part("pace").textContent = resting ? "" : this.#speed(all - done, hashing);
  }

  #speed(rest, hashing) {
    const left = hashing ? null : this.#pace.left(rest);
    const time = left === null ? "" : ` · ${this.#form.dataset.left.replace("{time}", duration(left))}`;
    return this.#pace.rate > 0 ? rate(this.#pace.rate) + time : "";
  }
}
