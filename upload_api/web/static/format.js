// Numbers as people read them.

export function bytes(count) {
  if (count == null) return "";
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let power = 0;
  let value = count;
  while (value >= 999.5 && power < units.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${power && value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** Seconds as a clock: 0:04, 12:30, 1:02:03; less than one as such. */
export function clock(seconds) {
  if (seconds > 0 && seconds < 0.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Seconds still to go, no more exact than an estimate can be. */
export function left(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min left`;
}

/** The time between two moments. */
export function span(seconds) {
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return clock(seconds);
}

export function bitrate(bitsPerSecond) {
  if (!bitsPerSecond) return "";
  const kilo = bitsPerSecond / 1000;
  return kilo < 1000 ? `${Math.round(kilo)} kbit/s` : `${(kilo / 1000).toFixed(1)} Mbit/s`;
}

export function percent(fraction) {
  return `${Math.floor(Math.min(1, Math.max(0, fraction || 0)) * 100)} %`;
}

export function moment(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function day(iso) {
  return new Date(iso).toLocaleDateString(undefined, { dateStyle: "medium" });
}

export function timeOfDay(iso) {
  return new Date(iso).toLocaleTimeString(undefined, { timeStyle: "medium" });
}

export function capitalised(word) {
  return word ? word[0].toUpperCase() + word.slice(1).replaceAll("_", " ") : "";
}
