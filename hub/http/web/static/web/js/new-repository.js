// Begins with the visibility that the chosen owner prefers, until somebody chooses one.

const owner = document.querySelector("select[data-visibility]");
const preferred = JSON.parse(owner.dataset.visibility);
const choices = [...document.querySelectorAll("input[name=visibility]")];
let chosen = false;

for (const choice of choices) choice.addEventListener("change", () => (chosen = true));
owner.addEventListener("change", () => {
  if (chosen) return;
  for (const choice of choices) choice.checked = choice.value === preferred[owner.value];
});
