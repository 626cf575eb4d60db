// The moderators' queue by the keyboard: j and k move, Enter opens, c claims, "/" leads to the filters.

const links = [...document.querySelectorAll("#cases .title")];
const filters = document.querySelector("form[role=search].filters");

function move(by) {
  const at = links.indexOf(document.activeElement?.closest("#cases .row")?.querySelector(".title"));
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  c: () => document.activeElement?.closest("#cases .row")?.querySelector("button[value=claim]")?.click(),
  "/": () => filters.querySelector("select").focus(),
};

// Before the page's search box, which "/" leads to everywhere else.
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, textarea, select, [contenteditable]");
  if (busy || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
}, true);
document.getElementById("keys").hidden = false;
