// Opens the form for a comment below its line; without JavaScript the whole page comes again with the form in it.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.say");
  const leave = event.target.closest("#say [data-leave]");
  if (leave) {
    event.preventDefault();
    const line = leave.closest("tr").previousElementSibling;
    leave.closest("tr").remove();
    line.querySelector("button.say")?.focus();
  }
  if (!button) return;
  event.preventDefault();
  const query = new URLSearchParams(new FormData(button.form));
  query.set("line", button.value);
  const address = `?${query}`;
  const answer = await fetch(`${address}&part=line`);
  if (!answer.ok) return location.assign(address);
  document.querySelector("#say")?.remove();
  const rows = document.createElement("template");
  rows.innerHTML = await answer.text();
  let last = button.closest("tr");
  while (last.nextElementSibling?.matches(".said")) last = last.nextElementSibling;
  last.after(rows.content);
  document.querySelector("#line-text").focus();
});
