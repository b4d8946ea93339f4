// What becomes of a video after its upload, asked of the server until it changes no more.

const PAUSE = 2000; // ms between two questions; after a failure twice that, then twice again
const LONGEST = 30_000;
const PATIENCE = 20_000; // ms for one answer
const REFUSED = new Set([400, 401, 403, 404, 410]);
const FINAL = new Set(["ready", "failed", "cancelled"]);

/** Each version of the video. Ends without a word where this page may not know: the upload is done all the same. */
export async function* follow(server, videoId, signal) {
  const address = `${server}/v1/videos/${encodeURIComponent(videoId)}`;
  let [etag, failures] = ["", 0];
  while (!signal.aborted) {
    const answer = await look(address, etag, signal);
    if (signal.aborted || REFUSED.has(answer.status)) return;
    failures = answer.video || answer.status === 304 ? 0 : failures + 1;
    if (answer.video) {
      etag = answer.etag;
      yield answer.video;
      if (FINAL.has(answer.video.status)) return;
    }
    await pause(answer.pause || Math.min(PAUSE * 2 ** failures, LONGEST), signal);
  }
}

async function look(address, etag, signal) {
  const headers = etag ? { "If-None-Match": etag } : {};
  try {
    const response = await fetch(address, { headers, signal: within(PATIENCE, signal), cache: "no-store" });
    return {
      status: response.status,
      etag: response.headers.get("ETag") ?? "",
      pause: Number(response.headers.get("Retry-After")) * 1000,
      video: response.ok ? await response.json() : null,
    };
  } catch {
    return { status: 0 };
  }
}

/** A browser without `any` lets a question that nobody asks any more run into its end. */
function within(milliseconds, signal) {
  const end = AbortSignal.timeout(milliseconds);
  return AbortSignal.any?.([signal, end]) ?? end;
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
