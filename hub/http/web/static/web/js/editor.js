// A text on its desk: says where the cursor is, indents with Tab, and asks before unsaved work is left.

const form = document.querySelector("#edit");
const position = document.querySelector("#position");
const unsaved = "unsaved" in form.dataset;
let saved = false;
let tabLeaves = false;

const text = () => form.querySelector("#text");
const begun = text().value;

function tell() {
  if (document.activeElement !== text()) return;
  const lines = text().value.slice(0, text().selectionStart).split("\n");
  const words = position.dataset.words
    .replace("{line}", lines.length)
    .replace("{column}", lines.at(-1).length + 1);
  position.textContent = `${words}. ${position.dataset.leave}`;
}

// The text is another element after htmx has put what a field says into it, so that the form listens.
form.addEventListener("keydown", (event) => {
  if (event.target !== text()) return;
  if (event.key === "Tab" && !event.shiftKey && !tabLeaves) {
    event.preventDefault();
    // Unlike a change of the value, this can be undone with the keyboard.
    document.execCommand("insertText", false, "  ");
  }
  tabLeaves = event.key === "Escape";
});
form.addEventListener("submit", () => (saved = true));
document.addEventListener("selectionchange", tell);
addEventListener("beforeunload", (event) => {
  if (!saved && (unsaved || text().value !== begun)) event.preventDefault();
});
