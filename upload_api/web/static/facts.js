// The details of a video: only those that are known, in the words that people use.

import { make } from "./dom.js";
import { bitrate, bytes, capitalised, clock, moment } from "./format.js";

const CODECS = {
  aac: "AAC",
  ac3: "AC-3",
  av1: "AV1",
  eac3: "E-AC-3",
  flac: "FLAC",
  h264: "H.264",
  hevc: "HEVC",
  mp3: "MP3",
  mpeg2video: "MPEG-2",
  mpeg4: "MPEG-4",
  opus: "Opus",
  prores: "ProRes",
  vorbis: "Vorbis",
  vp8: "VP8",
  vp9: "VP9",
};

const CONTAINERS = {
  asf: "ASF",
  avi: "AVI",
  flv: "FLV",
  matroska: "Matroska / WebM",
  mov: "MP4 / QuickTime",
  mpeg: "MPEG-PS",
  mpegts: "MPEG-TS",
  ogg: "Ogg",
  wav: "WAV",
};

const codec = (name) => CODECS[name] || (name || "").toUpperCase();
const joined = (...parts) => parts.filter(Boolean).join(", ");

export function resolution(metadata) {
  const { width, height } = metadata?.video || {};
  return width && height ? `${width} × ${height}` : "";
}

function picture(video) {
  if (!video) return "None";
  const rate = video.frame_rate ? `${Number(video.frame_rate.toFixed(2))} fps` : "";
  const turned = video.rotation ? `filmed turned by ${video.rotation}°` : "";
  return joined(codec(video.codec), rate, video.hdr && "HDR", video.interlaced && "interlaced", turned);
}

function sound(audio) {
  if (!audio) return "None";
  const layouts = { 1: "mono", 2: "stereo" };
  const layout = audio.layout || layouts[audio.channels] || (audio.channels ? `${audio.channels} channels` : "");
  const rate = audio.sample_rate ? `${Number((audio.sample_rate / 1000).toFixed(1))} kHz` : "";
  const more = audio.streams > 1 ? `first of ${audio.streams} tracks` : "";
  return joined(codec(audio.codec), layout, rate, more);
}

function length({ duration, cut_short: cutShort, declared_duration: declared }) {
  if (!duration) return "";
  return cutShort ? `${clock(duration)}; the file says ${clock(declared)} but ends early` : clock(duration);
}

function made(outputs) {
  if (!outputs) return "";
  const count = outputs.renditions?.length;
  return joined(count && `${count} rendition${count > 1 ? "s" : ""}`, bytes(outputs.bytes));
}

/** What a viewer asks first. */
export function summary(video) {
  const { metadata } = video;
  if (!metadata) return "";
  const length = metadata.duration ? clock(metadata.duration) : "";
  const codecs = [metadata.video, metadata.audio].filter(Boolean).map((stream) => codec(stream.codec));
  return [length, resolution(metadata), codecs.join(" + "), bytes(metadata.size ?? video.size)]
    .filter(Boolean)
    .join(" · ");
}

/** Everything that is known, as a description list. */
export function facts(video) {
  const metadata = video.metadata || {};
  const known = Boolean(video.metadata);
  const rows = [
    ["File", video.filename],
    ["Size", bytes(metadata.size ?? video.size)],
    ["Duration", length(metadata)],
    ["Resolution", resolution(metadata)],
    ["Picture", known ? picture(metadata.video) : ""],
    ["Sound", known ? sound(metadata.audio) : ""],
    ["Bitrate", bitrate(metadata.bit_rate)],
    ["Container", CONTAINERS[metadata.container] || metadata.container?.toUpperCase()],
    ["Made of it", made(metadata.outputs)],
    ["Recorded", metadata.created_at ? moment(metadata.created_at) : ""],
    ["Uploaded", moment(video.created_at)],
    ["Playable", video.playable_at ? moment(video.playable_at) : ""],
    ["Ready", video.ready_at ? moment(video.ready_at) : ""],
    ["SHA-256", metadata.sha256, "code"],
    ["Id", video.id, "code"],
    ["Trace, in the logs", video.trace_id, "code"],
  ];
  return make("dl", { class: "facts" }, rows.filter(([, value]) => value).map(fact));
}

function fact([name, value, kind]) {
  return make("div", {}, make("dt", {}, name), make("dd", kind ? { class: kind } : {}, String(value)));
}

/** What was made of it: a table of the renditions, or null when nothing is known of them. */
export function renditions(list) {
  if (!list?.length) return null;
  const head = ["Name", "Size", "Up to", "Codecs"].map((name) => make("th", { scope: "col" }, name));
  const rows = list.map((one) => {
    const size = one.width ? `${one.width} × ${one.height}` : "sound only";
    const cells = [size, bitrate(one.bandwidth), one.codecs || ""].map((words) => make("td", {}, words));
    return make("tr", {}, make("th", { scope: "row" }, capitalised(one.name)), cells);
  });
  const table = make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows));
  return make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Renditions" }, table);
}
