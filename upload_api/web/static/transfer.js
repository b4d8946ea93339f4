// Sending one file by tus (https://tus.io) in one attempt, and what else is asked of /v1/uploads. Knows tus-js-client;
// whether there is another attempt, and when, is decided in upload.js.

import { Problem } from "./api.js";
import { loadScript } from "./script.js";

const UPLOADS = "/v1/uploads";
const CLIENT = new URL("../tus-js-client/tus.min.js", import.meta.url).href;
const REQUEST = 64 * 1024 ** 2; // bytes; a proxy may refuse one body of many gigabytes, or hold all of it back
const PATIENCE = 30_000; // ms in which not one byte leaves: the network is gone, and nothing said so
const STORING = 120_000; // ms for an answer once all bytes have left: the store may put a long file together
const SENT_AGAIN = new Set([408, 409, 423]); // too slow, begun elsewhere than it ended, or not let go of yet

let most = null;
let client = null;

/** Bytes that the server takes for one file, Infinity where it does not say. Raises Problem. */
export async function largest() {
  if (most === null) most = Number((await asked("OPTIONS", UPLOADS)).headers.get("Tus-Max-Size")) || Infinity;
  return most;
}

/** What became of an upload: `{ offset, video }`, or null where the server no longer has it. Raises Problem. */
export async function whereabouts(url) {
  try {
    const { headers } = await asked("HEAD", url);
    return { offset: Number(headers.get("Upload-Offset")) || 0, video: headers.get("Reelmill-Video") };
  } catch (problem) {
    if (isGone(problem)) return null;
    throw problem;
  }
}

/** Removes what was sent. Raises Problem. */
export async function terminate(url) {
  try {
    await asked("DELETE", url);
  } catch (problem) {
    if (!isGone(problem)) throw problem;
  }
}

/** Whether the server has forgotten the upload: it expired, or was removed. */
export const isGone = ({ status }) => status === 404 || status === 410;

/** Whether another attempt may end better. */
export const passes = ({ code, status, mayPass }) => (mayPass || SENT_AGAIN.has(status)) && code !== "file_unreadable";

async function asked(method, url) {
  const headers = { "Tus-Resumable": "1.0.0" };
  const asking = fetch(url, { method, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  const response = await asking.catch(() => null);
  if (!response) throw Problem.offline();
  if (response.ok) return response;
  const body = await response.text().catch(() => "");
  throw problemFrom(response.status, body, response.headers.get("traceparent"));
}

/**
 * Sends `file`, from where the server has it if there is a `url`, and resolves to the video's id.
 * `created(url, video, kept)` tells where it goes and for how many ms it is kept there (0: unknown), `progressed(bytes)`
 * how far it is. Raises Problem, or the signal's reason once that is aborted.
 */
export async function send(file, { endpoint = UPLOADS, url, metadata, created, progressed, signal }) {
  const { Upload } = await tus().catch(() => {
    throw Problem.offline();
  });
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let [video, kept] = [null, 0];
    const stalled = watchdog(() => give(Problem.offline()));
    const upload = new Upload(file, {
      // With an endpoint the client begins anew wherever it cannot go on, at a 503 too: it has one only to begin.
      endpoint: url ? null : new URL(endpoint, location.href).href,
      uploadUrl: url,
      metadata,
      chunkSize: REQUEST,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: () => signal.throwIfAborted(),
      onAfterResponse(_, answer) {
        video = answer.getHeader("Reelmill-Video") || video;
        kept = until(answer.getHeader("Upload-Expires")) || kept;
      },
      onUploadUrlAvailable() {
        upload.options.endpoint = null;
        created(upload.url, video, kept);
      },
      onProgress(bytes) {
        if (signal.aborted) return; // the client tells of a chunk that it then does not send
        stalled.put(bytes >= file.size ? STORING : PATIENCE);
        progressed(bytes);
      },
      onError: async (error) => give(await problemOf(error, file)),
      onSuccess: () => (stalled.put(null), resolve(video)),
    });
    const give = (reason) => (stalled.put(null), upload.abort(), reject(reason));
    signal.addEventListener("abort", () => give(signal.reason));
    stalled.put(PATIENCE);
    upload.start();
  });
}

/** It comes as a classic script with a global; in a page that is not ours, the global stays what it was. */
async function tus() {
  const its = window.tus;
  await loadScript(CLIENT);
  client ??= window.tus;
  window.tus = its;
  return client;
}

/** In ms from now; 0 where it is not told, or this clock is wrong by more than that. */
const until = (moment) => Math.max(0, Date.parse(moment) - Date.now()) || 0;

function watchdog(bark) {
  let timer = 0;
  const put = (patience) => {
    clearTimeout(timer);
    if (patience) timer = setTimeout(bark, patience);
  };
  return { put };
}

async function problemOf(error, file) {
  const answer = error.originalResponse;
  if (answer) return problemFrom(answer.getStatus(), answer.getBody(), answer.getHeader("traceparent"));
  return (await isReadable(file)) ? Problem.offline() : unreadable();
}

/** An answer to HEAD has no body: then the trace is all there is to go by. */
function problemFrom(status, body, traceparent) {
  const problem = Problem.fromText(status, body);
  problem.trace ||= (traceparent || "").split("-")[1] || "";
  return problem;
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

export function unreadable() {
  const detail = "The file cannot be read any more: it was moved, changed or removed, or it is a folder.";
  return new Problem(0, { detail, code: "file_unreadable", hint: "Choose it again." });
}
