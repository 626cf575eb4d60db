// One chosen file on its way into the store: hashed, begun, sent in parts, put together.

export class Arriving {
  /** `tools` are { words, hasher, begin, calls, transfer, changed }; the row shows what happens. */
  constructor(item, tools) {
    Object.assign(this, { item, ...tools });
  }

  async bring() {
    const { item, words } = this;
    item.problem = null;
    if (item.inline) return item.row.show(words.ready);
    if (item.arrived) return item.row.show(words.sent);
    if (!item.sha256) {
      item.row.show(words.waiting);
      item.sha256 = await this.hasher.hash(item.file, (done) => this.#hashed(done));
      this.changed();
    }
    item.hashed = item.size;
    item.row.show(words.preparing);
    const plan = await this.begin({ path: item.path, size: item.size, sha256: item.sha256 });
    if (plan.present) return this.#there(words.present);
    item.upload = plan.upload_id;
    if (this.ended) return this.giveUp();
    this.changed();
    await this.#send(plan);
    if (plan.multipart) await this.calls.ask(`${item.upload}/done`, {});
    return this.#there(words.sent);
  }

  /** Stop sending, and have the hub forget what came. */
  giveUp() {
    this.ended = true;
    if (this.source) this.transfer.drop(this.source);
    const { upload, arrived } = this.item;
    this.item.upload = null;
    if (upload && !arrived) this.calls.ask(`${upload}/abandon`, {}).catch(() => {});
  }

  #hashed(done) {
    this.item.hashed = done;
    this.item.row.show(this.words.hashing, done);
  }

  #there(text) {
    const { item } = this;
    Object.assign(item, { arrived: true, sent: item.size });
    item.row.show(text);
    this.changed();
  }

  async #send({ part_size: size, missing, links }) {
    const { item, words } = this;
    const known = new Map(Object.entries(links).map(([number, url]) => [Number(number), url]));
    const lengthOf = (number) => Math.min(size, item.size - (number - 1) * size);
    const before = item.size - missing.reduce((sum, number) => sum + lengthOf(number), 0);
    const parts = new Map();
    const show = () => {
      item.sent = before + Array.from(parts.values()).reduce((sum, part) => sum + part, 0);
      item.row.show(words.sending, item.sent);
    };
    this.source = {
      missing,
      link: async (number, fresh) => {
        if (fresh) known.clear();
        if (!known.has(number)) {
          const from = missing.indexOf(number);
          const answer = await this.calls.ask(`${item.upload}/links`, { parts: missing.slice(from, from + 50) });
          for (const [other, url] of Object.entries(answer.links)) known.set(Number(other), url);
        }
        return known.get(number);
      },
      body: (number) => item.file.slice((number - 1) * size, number * size),
      progress: (number, done) => {
        parts.set(number, done ?? lengthOf(number));
        show();
      },
    };
    show();
    await this.transfer.send(this.source);
    this.source = null;
  }
}
