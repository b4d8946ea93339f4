// How fast something moves, and how long it still takes, by what was seen of it lately.

/** `window`: ms that count. `atLeast`: ms of watching before anything is said. */
export function pace(window = 5000, atLeast = 250) {
  let seen = [];

  function speed() {
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || last.at - first.at < atLeast) return 0;
    return Math.max(0, ((last.amount - first.amount) / (last.at - first.at)) * 1000);
  }

  return {
    reset: () => (seen = []),
    saw(amount) {
      const at = performance.now();
      seen.push({ at, amount });
      while (seen.length > 2 && at - seen[0].at > window) seen.shift();
    },
    /** A second, or 0 while it is too early to say. */
    speed,
    secondsFor: (rest) => (speed() ? rest / speed() : Infinity),
  };
}
