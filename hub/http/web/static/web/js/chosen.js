// The files that somebody chose or dropped, as { path, file, handle }; folders are walked through. A handle, where
// the browser gives one, lets the page open the file again after it was reloaded.

/** Return the files of a file input; a chosen folder keeps its inner paths, not its own name. */
export function fromInput(input) {
  return Array.from(input.files, (file) => ({ path: inner(file.webkitRelativePath) || file.name, file }));
}

/** Resolve to the files of a drop. A folder dropped alone brings its content; beside others it keeps its name. */
export async function fromDrop(transfer) {
  // What was dropped can be asked for in this very moment only.
  const items = Array.from(transfer.items).filter((item) => item.kind === "file");
  const dropped = items.map((item) => [item.getAsFileSystemHandle?.() ?? null, item.webkitGetAsEntry(), item.getAsFile()]);
  const found = await Promise.all(dropped.map(([handle, entry, file]) => opened(handle, entry, file)));
  const alone = found.length === 1 && found[0].folder;
  return found.flatMap(({ files }) => (alone ? files.map((one) => ({ ...one, path: inner(one.path) })) : files));
}

/** Resolve to what the browser's own picker gave, with handles; null when it has none or nothing was picked. */
export async function fromPicker(folder) {
  try {
    if (!folder) return await walkAll(await showOpenFilePicker({ multiple: true }), "");
    const found = await walkHandle(await showDirectoryPicker(), "");
    return found.map((one) => ({ ...one, path: inner(one.path) }));
  } catch (error) {
    if (error.name === "AbortError") return [];
    throw error;
  }
}

export const hasPicker = () => "showOpenFilePicker" in globalThis;

/** Resolve to the file of a handle that was kept, if it may be read and is still the same; else null. */
export async function reopened(handle, { size, lastModified }) {
  try {
    if ((await handle.requestPermission({ mode: "read" })) !== "granted") return null;
    const file = await handle.getFile();
    return file.size === size && file.lastModified === lastModified ? file : null;
  } catch {
    return null;
  }
}

async function opened(handleComing, entry, file) {
  const handle = await Promise.resolve(handleComing).catch(() => null);
  if (handle) return { folder: handle.kind === "directory", files: await walkHandle(handle, "") };
  if (entry) return { folder: entry.isDirectory, files: await walk(entry, "") };
  return { folder: false, files: file ? [{ path: file.name, file }] : [] };
}

function inner(path) {
  return path.includes("/") ? path.slice(path.indexOf("/") + 1) : "";
}

const walkAll = async (handles, prefix) => (await Promise.all(handles.map((one) => walkHandle(one, prefix)))).flat();

async function walkHandle(handle, prefix) {
  const path = prefix + handle.name;
  if (handle.kind === "file") return [{ path, file: await handle.getFile(), handle }];
  const children = [];
  for await (const child of handle.values()) children.push(child);
  return walkAll(children, `${path}/`);
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
