// Telling screen readers what changed, once, and not every tick of a progress bar.

let last = "";

export function announce(words) {
  if (words === last) return;
  last = words;
  const region = document.getElementById("announcer");
  if (region) region.textContent = words;
}
