// Which uploads go now: in the order they came, so many at a time, and what holds for all of them together.

const AT_ONCE = 2; // more share the same line, and browsers give a server six connections in all

export function uploadQueue() {
  const uploads = new Set();
  let screen = null;

  function add(upload) {
    uploads.add(upload);
    upload.addEventListener("change", settle);
    settle();
  }

  function settle() {
    for (const upload of uploads) if (!upload.underWay) uploads.delete(upload);
    const queued = [...uploads].filter(({ state }) => state === "queued");
    const free = AT_ONCE - [...uploads].filter(({ atWork }) => atWork).length;
    queued.slice(0, Math.max(0, free)).forEach((upload) => upload.start());
    keepAwake();
  }

  /** A phone that goes to sleep stops sending; it may, when nothing is sent. */
  async function keepAwake() {
    const busy = [...uploads].some(({ atWork }) => atWork);
    if (busy && !screen && !document.hidden && navigator.wakeLock) {
      screen = navigator.wakeLock.request("screen").catch(() => null); // refused on a low battery
      (await screen)?.addEventListener("release", () => (screen = null));
    } else if (!busy && screen) {
      const held = screen;
      screen = null;
      (await held)?.release();
    }
  }

  document.addEventListener("visibilitychange", keepAwake);
  addEventListener("beforeunload", (event) => uploads.size && event.preventDefault());
  return { add };
}
