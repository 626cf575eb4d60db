// What the browser remembers of an upload that has not ended, by repository: IndexedDB also keeps file handles.

const STORE = "plans";

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("uploads", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function ask(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const asking = act(opened.transaction(STORE, mode).objectStore(STORE));
      asking.onsuccess = () => resolve(asking.result);
      asking.onerror = () => reject(asking.error);
    });
  } finally {
    opened.close();
  }
}

/** Browsers that keep nothing (private windows, full disks) upload all the same. */
const orNothing = (promise) => promise.catch(() => undefined);

export const recall = (key) => orNothing(ask("readonly", (store) => store.get(key)));
export const keep = (key, plan) => orNothing(ask("readwrite", (store) => store.put(plan, key)));
export const forget = (key) => orNothing(ask("readwrite", (store) => store.delete(key)));
