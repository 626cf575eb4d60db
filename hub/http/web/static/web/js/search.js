// The search box: "/" leads to it, and its suggestions, which htmx fetches, are chosen with the arrow keys.
// It works on whichever box is on the page now, because a list that is fetched anew brings another one.

const box = () => document.getElementById("site-search");
const list = () => document.getElementById("site-suggestions");
const options = () => [...list().querySelectorAll("[role=option]")];
const active = () => list().querySelector("[aria-selected=true]");

function show(open) {
  list().hidden = !open;
  box().setAttribute("aria-expanded", String(open));
  if (!open) select(null);
}

function select(option) {
  active()?.setAttribute("aria-selected", "false");
  box().removeAttribute("aria-activedescendant");
  if (!option) return;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box().setAttribute("aria-activedescendant", option.id);
}

function move(by) {
  const all = options();
  if (!all.length) return;
  show(true);
  // One place more than there are options: from the last the way leads back to what was typed.
  const at = (all.indexOf(active()) + 1 + by + all.length + 1) % (all.length + 1);
  select(at ? all[at - 1] : null);
}

function typed(event) {
  if (event.target !== box()) return;
  const chosen = active();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen && !list().hidden) {
    event.preventDefault();
    location.href = chosen.href;
  } else if (event.key === "Escape" && !list().hidden) {
    event.preventDefault();
    show(false);
  }
}

function slash(event) {
  const busy = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || busy || !box()) return;
  event.preventDefault();
  box().focus();
  box().select();
}

document.addEventListener("keydown", (event) => (slash(event), typed(event)));
// What is chosen stays so if the list that comes has it too.
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target === list()) kept = active()?.href;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== list()) return;
  const open = options().length > 0 && document.activeElement === box();
  show(open);
  if (open) select(options().find((option) => option.href === kept));
});
// A list fetched anew takes the focused link away: what was found is where to go on reading.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.getElementById("tally")?.focus({ preventScroll: true });
});
document.addEventListener("focusout", (event) => {
  if (event.target === box() && !list().contains(event.relatedTarget)) show(false);
});
document.addEventListener("click", (event) => {
  if (box() && !event.target.closest(".search-box")) show(false);
});
