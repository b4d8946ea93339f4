// How states of videos and steps look and are called; never by colour alone.

import { icon, make } from "./dom.js";

const STATES = {
  uploading: ["upload", "Uploading"],
  queued: ["waiting", "Queued"],
  paused: ["pause", "Paused"],
  stopped: ["pause", "Stopped"],
  processing: ["running", "Processing"],
  playable: ["play", "Playable"],
  ready: ["done", "Ready"],
  waiting: ["waiting", "Waiting"],
  running: ["running", "Running"],
  retrying: ["retry", "Trying again soon"],
  done: ["done", "Done"],
  failed: ["failed", "Failed"],
  cancelled: ["cancelled", "Cancelled"],
};

export const stateWords = (state) => (STATES[state] || ["", state])[1];

export function stateIcon(state) {
  return icon((STATES[state] || ["waiting"])[0], `state-icon is-${state}`);
}

export function chip(state) {
  return make("span", { class: `chip is-${state}` }, stateIcon(state), stateWords(state));
}

/** The state of a video as people see it: one that is not ready yet may be playable. */
export const stateOf = ({ status, playable }) => (status === "processing" && playable ? "playable" : status);
