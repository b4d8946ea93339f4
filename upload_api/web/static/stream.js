// One connection to /v1/changes, opened anew whenever it breaks, from where it was.

const SILENCE = 40_000; // the server says something every 15 s: after this the line is dead, whatever the browser thinks
const PAUSE = 2000;
const LONGEST_PAUSE = 60_000;

/**
 * Calls `heard(kind, data, cursor)` for every event, `up()` when it is connected, `down()` when it is not any more.
 * Returns `{ close }`.
 */
export function stream(cursor, { heard, up, down }) {
  let source = null;
  let watchdog = 0;
  let failures = 0;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/v1/changes${cursor ? `?last_event_id=${encodeURIComponent(cursor)}` : ""}`);
    source.onopen = () => {
      failures = 0;
      alive();
      up();
    };
    source.onerror = broken; // its own way to connect again never ends when the server refuses, or never begins
    for (const kind of ["video", "gone", "reset", "beat"]) source.addEventListener(kind, said);
    alive();
  }

  function said(event) {
    alive();
    cursor = event.lastEventId || cursor;
    heard(event.type, JSON.parse(event.data), cursor);
  }

  function alive() {
    clearTimeout(watchdog);
    watchdog = setTimeout(broken, SILENCE);
  }

  function broken() {
    rest();
    down();
    const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** failures);
    timer = setTimeout(open, pause * (0.5 + Math.random())); // not all browsers at once after a restart
    failures += 1;
  }

  function rest() {
    source?.close();
    clearTimeout(watchdog);
    clearTimeout(timer);
  }

  function close() {
    rest();
    removeEventListener("offline", broken);
    removeEventListener("online", open);
  }

  addEventListener("offline", broken); // a line that is gone need not say so
  addEventListener("online", open);
  open();
  return { close };
}
