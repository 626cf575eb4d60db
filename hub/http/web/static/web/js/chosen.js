// The files that somebody chose or dropped, as { path, file }, folders walked through.

/** Return the files of a file input; a chosen folder keeps its inner paths, not its own name. */
export function fromInput(input) {
  return Array.from(input.files, (file) => ({ path: inner(file.webkitRelativePath) || file.name, file }));
}

/** Resolve to the files of a drop. A folder dropped alone brings its content; beside others it keeps its name. */
export async function fromDrop(transfer) {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter(Boolean);
  const found = (await Promise.all(entries.map((entry) => walk(entry, "")))).flat();
  const alone = entries.length === 1 && entries[0].isDirectory;
  return alone ? found.map(({ path, file }) => ({ path: inner(path), file })) : found;
}

function inner(path) {
  return path.includes("/") ? path.slice(path.indexOf("/") + 1) : "";
}

async function walk(entry, prefix) {
  const path = prefix + entry.name;
  if (entry.isFile) return [{ path, file: await new Promise((found, failed) => entry.file(found, failed)) }];
  const reader = entry.createReader();
  const children = [];
  // A reader gives a folder's entries in batches until it gives none.
  for (;;) {
    const batch = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (batch.length === 0) break;
    children.push(...batch);
  }
  return (await Promise.all(children.map((child) => walk(child, `${path}/`)))).flat();
}
