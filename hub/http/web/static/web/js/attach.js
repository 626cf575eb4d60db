// Uploads what is pasted, dropped or chosen for a comment, and writes its address where the cursor stands.

const words = document.querySelector("script[data-attaching]").dataset;

document.addEventListener("paste", (event) => take(event, event.clipboardData?.files));
document.addEventListener("drop", (event) => take(event, event.dataTransfer?.files));
document.addEventListener("dragover", (event) => {
  if (event.target.matches?.("[data-attach]") && event.dataTransfer.types.includes("Files")) event.preventDefault();
});
document.addEventListener("change", async ({ target }) => {
  if (!target.matches(".attach input")) return;
  await attach(target.form.querySelector("[data-attach]"), [...target.files]);
  target.value = "";
});

function take(event, files) {
  if (!event.target.matches?.("[data-attach]") || !files?.length) return;
  event.preventDefault();
  attach(event.target, [...files]);
}

async function attach(box, files) {
  const status = box.form.querySelector(".attach [role=status]");
  const token = box.form.elements.csrfmiddlewaretoken.value;
  status.textContent = words.attaching;
  for (const file of files) {
    const answer = await send(file, token).catch(() => null);
    const text = (await answer?.text()) ?? "";
    if (!answer?.ok) return (status.textContent = reason(text));
    const name = file.name.replace(/[[\]\\]/g, "");
    write(box, file.type.startsWith("image/") ? `![${name}](${text})` : `\n\n${text}\n\n`);
  }
  status.textContent = "";
}

function send(file, token) {
  const headers = { "Content-Type": file.type || "application/octet-stream", "X-CSRFToken": token };
  return fetch("/uploads", { method: "POST", headers, body: file });
}

function reason(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return words.refused;
  }
}

function write(box, text) {
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
