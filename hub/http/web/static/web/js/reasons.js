// A policy brings the reason that its people prepared, until somebody has written one of their own.
// It says what is wrong: a decision that nothing is brings none.

const policy = document.querySelector("select[data-reasons]");
const { reason, effect } = policy.form.elements;
const prepared = JSON.parse(policy.dataset.reasons);
const without = policy.dataset.nothingWrong.split(" ");
let brought = reason.value;

policy.form.addEventListener("change", ({ target }) => {
  if (target !== policy && target.name !== "effect") return;
  if (reason.value !== brought && reason.value.trim()) return;
  reason.value = brought = without.includes(effect.value) ? "" : prepared[policy.value];
});
