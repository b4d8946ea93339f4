// Filming with the camera: a dialog with the picture, then what was filmed, to be used or not.

import { button, icon, make, say } from "./dom.js";
import { clock } from "./format.js";

// The first plays everywhere, and not every browser makes it.
const KINDS = ["video/mp4;codecs=avc1.64001f,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm"];
const WORDS = {
  NotAllowedError:
    "The browser does not let this page use the camera. " +
    "Allow camera and microphone for this site in the browser’s settings, then try again.",
  NotFoundError: "No camera was found. Plug one in, then try again.",
  NotReadableError: "The camera is in use by something else. Close that, then try again.",
};

export async function canFilm() {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return false; // only on https or this machine
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.some(({ kind }) => kind === "videoinput");
}

/** Resolves to a File, or to null where nothing is to be used. */
export function film() {
  const screen = make("video", { class: "camera-screen", playsinline: true, "aria-label": "Camera" });
  const words = make("p", { class: "camera-words", role: "status" });
  const actions = make("div", { class: "actions end" });
  const title = make("h2", { id: "camera-heading" }, "Record with the camera");
  const attributes = { class: "question camera", "aria-labelledby": title.id };
  const dialog = make("dialog", attributes, title, screen, words, actions);
  let stream = null;
  let result = null;
  let unsaved = false;

  const close = () => ((unsaved = false), dialog.close());
  const offer = (...controls) => {
    actions.replaceChildren(...controls);
    controls.at(-1).focus();
  };

  async function open() {
    say(words, "Waiting for the camera …");
    offer(button("Close", close));
    try {
      stream = await camera();
    } catch (error) {
      say(words, WORDS[error.name] || "The camera cannot be used just now.");
      screen.hidden = true;
      return offer(button("Close", close), button("Try again", again, { kind: "primary", symbol: "retry" }));
    }
    if (!dialog.open) return stop();
    show({ live: stream });
    say(words, "Ready.");
    offer(button("Close", close), button("Start recording", record, { kind: "primary", symbol: "record" }));
  }

  function record() {
    const recorder = new MediaRecorder(stream, { mimeType: KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) });
    const pieces = [];
    const started = performance.now();
    const tick = setInterval(() => say(words, `Recording, ${clock((performance.now() - started) / 1000)}`), 500);
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => (clearInterval(tick), dialog.open && keep(new Blob(pieces, { type: recorder.mimeType })));
    unsaved = true;
    recorder.start(1000); // pieces of a second: a browser may keep them elsewhere than in memory
    say(words, "Recording, 0:00");
    offer(button("Stop", () => recorder.stop(), { kind: "danger", symbol: "stop" }));
  }

  function keep(filmed) {
    stop();
    show({ filmed });
    say(words, "Look at it, then use it or not.");
    const use = () => ((result = fileOf(filmed)), close());
    const used = button("Use it", use, { kind: "primary", symbol: "upload" });
    offer(button("Discard", close), button("Record again", again), used);
  }

  function again() {
    unsaved = screen.hidden = false;
    open();
  }

  function show({ live = null, filmed = null }) {
    URL.revokeObjectURL(screen.src);
    screen.removeAttribute("src");
    screen.srcObject = live;
    screen.muted = Boolean(live); // who films does not want to hear it
    screen.controls = Boolean(filmed);
    screen.classList.toggle("mirrored", Boolean(live));
    if (filmed) screen.src = URL.createObjectURL(filmed);
    else screen.play().catch(() => {});
  }

  const stop = () => stream?.getTracks().forEach((track) => track.stop());

  document.body.append(dialog);
  dialog.showModal();
  open();
  // Escape, or Back on a phone, throws nothing away: only a button does.
  const stay = () => actions.firstElementChild.focus();
  dialog.addEventListener("cancel", (event) => unsaved && (event.preventDefault(), stay()));
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      if (unsaved) return dialog.showModal(), stay(); // a browser heeds a refusal only so often
      stop();
      URL.revokeObjectURL(screen.src);
      dialog.remove();
      resolve(result);
    });
  });
}

/** A machine without a microphone films all the same. */
async function camera() {
  const video = { width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: true });
  } catch (error) {
    if (error.name !== "NotFoundError") throw error;
    return navigator.mediaDevices.getUserMedia({ video });
  }
}

function fileOf(filmed) {
  const now = new Date().toLocaleString("sv").replaceAll(":", "."); // 2026-11-27 14.05.59
  const extension = filmed.type.startsWith("video/mp4") ? "mp4" : "webm";
  return new File([filmed], `Recording ${now}.${extension}`, { type: filmed.type.split(";")[0] });
}
