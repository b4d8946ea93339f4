// Where the unfinished uploads of another page's visitors are, for when that page is loaded again. A page that may keep
// nothing sends from the start.

const PREFIX = "reelmill.upload-to.";

/** The same file to the same server is the same upload, whatever link it began with. */
export function markOf(file, url) {
  return [new URL(url).origin, file.name, file.type, file.size, file.lastModified].join("-");
}

export const placeOf = (mark) => quietly(() => localStorage.getItem(PREFIX + mark));
export const keepPlace = (mark, url) => quietly(() => localStorage.setItem(PREFIX + mark, url));
export const forgetPlace = (mark) => quietly(() => localStorage.removeItem(PREFIX + mark));

function quietly(act) {
  try {
    return act() ?? null;
  } catch {
    return null;
  }
}
