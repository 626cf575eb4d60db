// Brings the parts of files to the object store, a few at once, each tried again when the connection breaks.

const AT_ONCE = 3;
const TRIES = 4;

/** Send every job ({ url, body, progress, done }); `done` gets the part's ETag. Rejects when a job fails for good. */
export async function sendAll(jobs) {
  const queue = [...jobs];
  const lane = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) job.done(await sendStubbornly(job));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, lane));
}

async function sendStubbornly(job) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(job);
    } catch (error) {
      job.progress(0);
      if (attempt === TRIES || error.final) throw error;
      await new Promise((resume) => setTimeout(resume, 500 * 2 ** attempt));
    }
  }
}

function send({ url, body, progress }) {
  // fetch() does not tell how much of a body has been sent.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open("PUT", url);
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("error", () => reject(Object.assign(new Error("no connection"), { kind: "broken" })));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) return resolve(request.getResponseHeader("ETag"));
      const error = Object.assign(new Error(`${request.status}`), { kind: "refused" });
      error.final = request.status >= 400 && request.status < 500 && request.status !== 408 && request.status !== 429;
      return reject(error);
    });
    request.send(body);
  });
}
