// Classic scripts of packages, loaded once, when they are first needed: a page without a player never has them.

import { make } from "./dom.js";

const loading = new Map();

/** Resolves once the script has run; one that did not arrive may be asked for again. */
export function loadScript(url) {
  if (!loading.has(url)) loading.set(url, arrival(url));
  return loading.get(url);
}

function arrival(url) {
  return new Promise((resolve, reject) => {
    const script = make("script", { src: url });
    script.onload = () => resolve();
    script.onerror = () => {
      loading.delete(url);
      script.remove();
      reject(new Error(`${url} was not loaded`));
    };
    document.head.append(script);
  });
}
