// Gives each line that is meant to be copied a button; without JavaScript the text is selected by hand.

const words = document.querySelector("script[data-copy]").dataset;

for (const box of document.querySelectorAll(".copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain small";
  button.textContent = words.copy;
  button.addEventListener("click", async () => {
    await copy(box.querySelector("pre"));
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), 2000);
  });
  box.append(button);
}

async function copy(element) {
  // The clipboard's own interface is missing on pages that are not served over https.
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copyText(button.dataset.copies);
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = label), 2000);
  });
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("pre");
  box.textContent = text;
  document.body.append(box);
  await copy(box);
  box.remove();
}
