// The upload page: choose, look whether it can go, bring every file to the store, and make one commit of all.

import { Arriving } from "./arriving.js";
import { Calls, together } from "./calls.js";
import { fromDrop, fromInput, fromPicker, hasPicker, reopened } from "./chosen.js";
import { Hasher } from "./hashing.js";
import { forget, keep, recall } from "./memory.js";
import { Row } from "./rows.js";
import { Progress, showPhase as show, sayOn } from "./showing.js";
import { Gate, Transfer } from "./transfer.js";

const form = document.querySelector("#upload");
const words = form.dataset;
const part = (name) => form.querySelector(`#${name}`);
const fields = form.elements;
const max = Number(words.max);

const gate = new Gate();
const transfer = new Transfer({ gate });
const calls = new Calls({ address: words.address, token: fields.csrfmiddlewaretoken.value, gate });
const begin = together(async (files) => (await calls.ask("begin", { files })).files, 20);
const progress = new Progress(form);
const say = (text, problem = false) => sayOn(form, text, problem);
const showPhase = () => show(form, { items, phase, paused, max });
const wordsOf = (error) => words[error.kind] ?? error.message;
const tell = (error) => say(`${words.failed} ${wordsOf(error)}`, true);

let items = [];
let hasher = null;
// "choosing", "running", "committing"; what is paused is running behind a shut gate.
let phase = "choosing";
let paused = false;
let seen = null;
let looked = null;
let saving = 0;
// Of several runs the last one counts; what an earlier one still waits for is nothing to it.
let turn = 0;

// --- choosing ---------------------------------------------------------------------------------------
function add(files) {
  if (phase !== "choosing") return;
  for (const { path, file, handle } of files) {
    const candidates = items.filter((item) => !item.file && same(item, file));
    const again = candidates.find((item) => item.inner === path) ?? candidates[0];
    if (again) {
      // Which of several that look alike it is, only its hash can tell.
      if (candidates.length > 1 && again.inner !== path) Object.assign(again, { sha256: null, upload: null });
      Object.assign(again, { file, handle });
      continue;
    }
    const old = items.find((item) => item.inner === path);
    if (old) take(old);
    const { size, lastModified, name } = file;
    put({ inner: path, name, file, handle, size, lastModified, sent: 0, hashed: 0 });
  }
  refresh();
}

const same = (item, file) =>
  item.name === file.name && item.size === file.size && item.lastModified === file.lastModified;

function put(item) {
  item.path = placed(item);
  item.row = new Row(part("row"), item, () => (take(item), refresh()));
  part("list").append(item.row.node);
  items.push(item);
}

function take(item) {
  giveUp(item);
  items = items.filter((other) => other !== item);
  item.row.node.remove();
}

function giveUp(item) {
  (item.arriving ?? new Arriving(item, { calls, transfer })).giveUp();
}

function placed(item) {
  const folder = fields.folder.value.trim().replace(/^\/+|\/+$/g, "");
  return folder ? `${folder}/${item.inner}` : item.inner;
}

function refresh() {
  for (const item of items) {
    item.path = placed(item);
    item.row.name(item.path);
    if (!item.file) item.row.show(words.again, item.sent || null, true);
    else if (item.arrived) item.row.show(words.sent);
    else item.row.show(item.problem ?? "", null, Boolean(item.problem));
  }
  part("new-branch").hidden = fields.branch.value !== "";
  fields.new_branch.required = fields.branch.value === "";
  showPhase();
  save();
  looked = null;
  if (items.length && items.length <= max && phase === "choosing") {
    clearTimeout(refresh.timer);
    refresh.timer = setTimeout(() => look().catch(tell), 300);
  }
}

/** Ask the hub what it would say to these paths and sizes; resolves to whether all can go. */
function look() {
  clearTimeout(refresh.timer);
  looked ??= (async () => {
    const asked = items;
    const answer = await calls.ask("check", { ...target(), files: asked.map(({ path, size }) => ({ path, size })) });
    seen = answer.seen;
    answer.files.forEach((told, index) => {
      const item = asked[index];
      item.inline = told.inline;
      item.problem = told.problem || null;
      if (item.problem) item.row.show(item.problem, null, true);
      else if (item.file && !item.arrived) item.row.show(told.replaces ? words.replaces : "");
    });
    const good = !asked.some((item) => item.problem);
    if (!good) say(words.impossible, true);
    else if (phase === "choosing") say("");
    return good;
  })();
  return looked;
}

function target() {
  if (fields.branch.value === ":pull") return { pull: true };
  const fresh = fields.branch.value === "";
  return { branch: fresh ? fields.new_branch.value.trim() : fields.branch.value, new_branch: fresh };
}

// --- bringing ---------------------------------------------------------------------------------------
async function run() {
  if (phase !== "choosing" || !items.length) return;
  const mine = ++turn;
  phase = "running";
  say("");
  showPhase();
  part("overall").scrollIntoView({ block: "nearest" });
  try {
    if (!(await look())) return stop();
    save();
    hasher = new Hasher();
    progress.begin();
    const watch = setInterval(() => progress.show(items, paused || !navigator.onLine), 500);
    await Promise.all([...items].sort((a, b) => a.size - b.size).map((item) => bring(item, mine)));
    clearInterval(watch);
    if (mine === turn) await settle();
  } catch (error) {
    tell(error);
    stop();
  }
}

async function bring(item, mine) {
  item.arriving = new Arriving(item, { words, hasher, begin, calls, transfer, changed: save });
  try {
    await item.arriving.bring();
  } catch (error) {
    if (mine !== turn) return;
    if (error.status === 404) item.upload = null;
    item.problem = wordsOf(error);
    item.row.show(item.problem, null, true);
  }
}

async function settle() {
  if (items.some((item) => item.problem)) {
    say(words.incomplete, true);
    return stop();
  }
  phase = "committing";
  showPhase();
  say(words.committing);
  const answer = await calls.ask("finish", {
    ...target(),
    seen,
    summary: fields.summary.value,
    description: fields.description.value,
    files: await Promise.all(items.map(brought)),
  });
  clearTimeout(saving);
  await forget(words.address);
  phase = "done";
  location.assign(answer.location);
}

async function brought({ path, size, sha256, file, inline }) {
  return inline ? { path, content: await base64(file) } : { path, size, sha256 };
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

/** Back to choosing; what has arrived stays. */
function stop() {
  hasher?.close();
  hasher = null;
  phase = "choosing";
  looked = null;
  if (paused) setPaused(false);
  progress.end();
  showPhase();
}

async function cancel() {
  turn++;
  hasher?.close();
  for (const item of items) giveUp(item);
  stop();
  for (const item of items) Object.assign(item, { sent: 0, upload: null });
  clearTimeout(saving);
  await forget(words.address);
  items = items.filter((item) => item.file || item.row.node.remove());
  for (const item of items) item.row.show("");
  showPhase();
  say(words.cancelled);
}

// --- pausing ----------------------------------------------------------------------------------------
function setPaused(now) {
  paused = now;
  progress.begin();
  showPhase();
  const told = (text) => phase === "running" && say(text);
  if (!navigator.onLine) {
    transfer.halt();
    told(now ? words.paused : words.offline);
  } else if (now) {
    told(words.pausing);
    transfer.pause().then(() => paused && told(words.paused));
  } else {
    transfer.resume();
    told("");
  }
}

addEventListener("offline", () => setPaused(paused));
addEventListener("online", () => setPaused(paused));
addEventListener("beforeunload", (event) => {
  if (phase === "running" || phase === "committing") event.preventDefault();
});
addEventListener("pagehide", () => store());

// --- remembering ------------------------------------------------------------------------------------
function save() {
  clearTimeout(saving);
  saving = setTimeout(store, 300);
}

function store() {
  clearTimeout(saving);
  if (phase === "done") return undefined;
  if (!items.some((item) => item.upload || item.sha256)) return forget(words.address);
  const files = items.map(({ inner, name, size, lastModified, sha256, upload, handle, arrived }) =>
    ({ inner, name, size, lastModified, sha256, upload, handle, arrived }));
  const kept = ["folder", "branch", "new_branch", "summary", "description"].map((name) => [name, fields[name].value]);
  return keep(words.address, { fields: kept, files });
}

async function restore() {
  const plan = await recall(words.address);
  if (!plan?.files.length || items.length) return;
  for (const [name, value] of plan.fields) fields[name].value = value;
  // A branch that is gone leaves the choice empty, which would mean a new one.
  if (fields.branch.selectedIndex < 0) fields.branch.selectedIndex = 0;
  for (const file of plan.files) put({ ...file, sent: file.arrived ? file.size : 0, hashed: 0 });
  refresh();
  await Promise.all(items.filter((item) => item.upload && !item.arrived).slice(0, 50).map(ask));
  refresh();
}

/** Ask how much of an upload that broke off has come. */
async function ask(item) {
  try {
    const { missing, part_size: size } = await calls.ask(item.upload);
    const last = Math.ceil(item.size / size);
    const rest = missing.reduce((sum, number) => sum + (number === last ? item.size - (last - 1) * size : size), 0);
    item.sent = item.size - rest;
  } catch {
    item.upload = null;
  }
}

async function goOn() {
  for (const item of items.filter((one) => !one.file && one.handle)) {
    item.file = await reopened(item.handle, item);
    if (!item.file) item.handle = null;
  }
  refresh();
  if (items.every((item) => item.file)) await run();
  else say(words.again, true);
}

// --- the controls -----------------------------------------------------------------------------------
for (const input of form.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => {
    add(fromInput(input));
    input.value = "";
  });
}
for (const button of form.querySelectorAll("[data-opens]")) {
  const input = part(button.dataset.opens);
  button.addEventListener("click", async () => {
    if (!hasPicker()) input.click();
    else add(await fromPicker(input.webkitdirectory).catch((error) => (tell(error), [])));
  });
}
const drop = form.querySelector(".drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
  });
}
drop.addEventListener("drop", async (event) => add(await fromDrop(event.dataTransfer)));
for (const name of ["folder", "branch", "new_branch"]) fields[name].addEventListener("input", refresh);
for (const name of ["summary", "description"]) fields[name].addEventListener("input", save);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
part("continue").addEventListener("click", goOn);
part("pause").addEventListener("click", () => setPaused(true));
part("resume").addEventListener("click", () => setPaused(false));
for (const name of ["cancel", "discard"]) part(name).addEventListener("click", cancel);

restore();
