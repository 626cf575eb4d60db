// The upload page: choose, hash, ask where each file goes, send, and make one commit of all.

import { fromDrop, fromInput } from "./chosen.js";
import { Hasher } from "./hashing.js";
import { sendAll } from "./transfer.js";

const form = document.querySelector("#upload");
const words = form.dataset;
const drop = form.querySelector(".drop");
const list = form.querySelector("tbody");
const overview = form.querySelector("#chosen");
const status = form.querySelector("#status");
const total = form.querySelector("#total");
const publish = form.querySelector("#publish");
const chosen = new Map();
let busy = false;

form.hidden = false;
document.querySelector("#plain").open = false;

for (const input of form.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    add(fromInput(input));
    input.value = "";
  });
}
for (const button of form.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => form.querySelector(`#${button.dataset.opens}`).click());
}
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(await fromDrop(event.dataTransfer));
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!busy && chosen.size) run();
});
addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});

function add(files) {
  if (busy) return;
  for (const { path, file } of files) {
    chosen.get(path)?.row.remove();
    chosen.set(path, { path, file, size: file.size, ...draw(path, file.size) });
  }
  refresh();
}

function draw(path, size) {
  const row = document.createElement("tr");
  const name = document.createElement("td");
  name.className = "name mono";
  name.textContent = path;
  const bytes = document.createElement("td");
  bytes.className = "number";
  bytes.textContent = readable(size);
  const state = document.createElement("td");
  const bar = document.createElement("progress");
  bar.max = Math.max(size, 1);
  bar.value = 0;
  bar.hidden = true;
  bar.setAttribute("aria-label", path);
  const text = document.createElement("span");
  state.append(text, bar);
  const end = document.createElement("td");
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "plain small";
  remove.textContent = words.remove;
  remove.setAttribute("aria-label", `${words.remove} ${path}`);
  remove.addEventListener("click", () => {
    chosen.delete(path);
    row.remove();
    refresh();
  });
  end.append(remove);
  row.append(name, bytes, state, end);
  list.append(row);
  return { row, bar, text, remove };
}

function refresh() {
  const bytes = Array.from(chosen.values()).reduce((sum, item) => sum + item.size, 0);
  overview.hidden = chosen.size === 0;
  form.querySelector("#sum").textContent = `${chosen.size} · ${readable(bytes)}`;
  publish.disabled = chosen.size === 0 || chosen.size > Number(words.max);
  status.textContent = chosen.size > Number(words.max) ? words.tooMany : "";
}

async function run() {
  setBusy(true);
  const items = Array.from(chosen.values());
  try {
    say(words.hashing);
    await hashAll(items);
    say(words.preparing);
    const announced = items.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
    const plan = await post(words.begin, { files: announced });
    items.forEach((item, index) => (item.plan = plan.files[index]));
    say(words.sending);
    await sendAll(items.flatMap(jobsOf));
    say(words.committing);
    const answer = await post(words.finish, {
      summary: form.elements.summary.value,
      description: form.elements.description.value,
      files: await Promise.all(items.map(brought)),
    });
    setBusy(false);
    location.assign(answer.location);
  } catch (error) {
    setBusy(false);
    for (const item of items) show(item, "", null);
    say(`${words.failed} ${words[error.kind] ?? error.message}`, true);
  }
}

async function hashAll(items) {
  const hasher = new Hasher();
  for (const item of items.filter((each) => !each.sha256)) {
    show(item, words.hashing, 0);
    item.sha256 = await hasher.hash(item.file, (done) => show(item, words.hashing, done));
    show(item, words.hashed, null);
  }
  hasher.close();
}

function jobsOf(item) {
  const { state, part_urls: urls, part_size: size } = item.plan;
  if (state !== "upload") {
    show(item, state === "present" ? words.present : words.ready, null);
    return [];
  }
  const sent = new Array(urls.length).fill(0);
  item.parts = [];
  return urls.map((url, index) => {
    const body = item.file.slice(index * size, (index + 1) * size);
    return {
      url,
      body,
      progress(bytes) {
        sent[index] = bytes;
        show(item, words.sending, sum(sent));
        progressOfAll();
      },
      done(etag) {
        sent[index] = body.size;
        item.parts.push([index + 1, etag]);
        show(item, item.parts.length === urls.length ? words.sent : words.sending, sum(sent));
      },
    };
  });
}

async function brought({ path, size, sha256, file, plan, parts }) {
  if (plan.state === "inline") return { path, size, sha256, content: await base64(file) };
  if (plan.state === "present" || !plan.multipart) return { path, size, sha256 };
  return { path, size, sha256, upload_id: plan.upload_id, parts };
}

async function base64(file) {
  if (file.size === 0) return "";
  const url = await new Promise((found, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => found(reader.result));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

async function post(url, data) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify(data),
  });
  const json = answer.headers.get("Content-Type")?.startsWith("application/json");
  const body = json ? await answer.json() : { error: `${answer.status} ${answer.statusText}` };
  if (!answer.ok) throw new Error(body.error);
  return body;
}

function show(item, text, done) {
  item.text.textContent = text;
  item.bar.hidden = done === null;
  if (done !== null) item.bar.value = done;
}

function progressOfAll() {
  const sending = Array.from(chosen.values()).filter((item) => item.plan?.state === "upload");
  total.hidden = false;
  total.max = Math.max(1, sum(sending.map((item) => item.size)));
  total.value = sum(sending.map((item) => item.bar.value));
}

function setBusy(now) {
  busy = now;
  publish.disabled = now;
  total.hidden = true;
  for (const item of chosen.values()) item.remove.hidden = now;
}

function say(text, isProblem = false) {
  status.textContent = text;
  status.className = isProblem ? "notice bad" : "soft";
}

function sum(numbers) {
  return numbers.reduce((result, number) => result + number, 0);
}

function readable(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return unit ? `${Number(value.toPrecision(3))} ${units[unit]}` : `${bytes} B`;
}
