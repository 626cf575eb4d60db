// Leads a link to a line (#L12345) to the page of the text that has it: no server is told what stands after the #.

function find() {
  const line = location.hash.match(/^#L([1-9]\d{0,6})$/)?.[1];
  const shown = document.querySelector("[data-lines]");
  // A line that the text does not have is looked for nowhere.
  if (!line || document.getElementById(`L${line}`) || Number(line) > Number(shown.dataset.lines)) return;
  const address = new URL(location.href);
  address.searchParams.set("line", line);
  location.replace(address);
}

addEventListener("hashchange", find);
find();
