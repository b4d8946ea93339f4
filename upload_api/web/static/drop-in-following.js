// What becomes of a video after its upload, asked of the server until it changes no more.

const LOST = 10; // failures in a row after which nobody asks any more
const PAUSE = 2000;

/** Each version of the video. Ends without a word where this page may not know: the upload is done all the same. */
export async function* follow(server, videoId, signal) {
  let [etag, failures] = ["", 0];
  while (!signal.aborted && failures < LOST) {
    const response = await look(`${server}/v1/videos/${encodeURIComponent(videoId)}`, etag, signal);
    failures = response && response.status < 500 ? 0 : failures + 1;
    if (response && !response.ok && response.status !== 304 && response.status < 500) return;
    if (response?.ok) {
      etag = response.headers.get("ETag") ?? "";
      const video = await response.json();
      yield video;
      if (["ready", "failed", "cancelled"].includes(video.status)) return;
    }
    await pause((Number(response?.headers.get("Retry-After")) * 1000 || PAUSE), signal);
  }
}

async function look(address, etag, signal) {
  const headers = etag ? { "If-None-Match": etag } : {};
  try {
    return await fetch(address, { headers, signal, cache: "no-store" });
  } catch {
    return null;
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
