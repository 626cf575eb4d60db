// A policy brings the reason that its people prepared, until somebody has written one of their own.

const policy = document.querySelector("select[data-reasons]");
const { reason } = policy.form.elements;
const prepared = JSON.parse(policy.dataset.reasons);
let brought = reason.value;

policy.addEventListener("change", () => {
  if (reason.value !== brought && reason.value.trim()) return;
  reason.value = brought = prepared[policy.value];
});
