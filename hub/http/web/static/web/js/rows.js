// A chosen file as a row of the page: its path, its size, what happens to it, and a button that takes it out.

import { bytes } from "./units.js";

export class Row {
  constructor(template, item, remove) {
    this.node = template.content.firstElementChild.cloneNode(true);
    this.words = this.node.dataset;
    this.path = this.#part("path");
    this.state = this.#part("state");
    this.bar = this.#part("bar");
    this.button = this.#part("remove");
    this.#part("size").textContent = bytes(item.size);
    this.bar.max = Math.max(item.size, 1);
    this.button.addEventListener("click", remove);
    this.name(item.path);
  }

  name(path) {
    this.path.textContent = path;
    this.bar.setAttribute("aria-label", path);
    this.button.setAttribute("aria-label", `${this.button.textContent} ${path}`);
  }

  /** Say in words what happens, with how many bytes are done (null for no bar), and whether that is a problem. */
  show(text, done = null, problem = false) {
    this.state.textContent = text;
    this.state.classList.toggle("problem", problem);
    this.bar.hidden = done === null;
    if (done !== null) this.bar.value = done;
  }

  #part(name) {
    return this.node.querySelector(`[data-part=${name}]`);
  }
}
