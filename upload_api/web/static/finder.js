// What is sought in the list, and where in it: kept in the page's address, so that back, reload and links keep it.

const TYPING = 350; // milliseconds without a key before what was typed is looked for

const NAMES = ["q", "status", "cursor"];

/** Returns `{ sought, turn }`: `sought()` as the API's query, `turn(cursor)` to another page. `changed()` is called
 * whenever something else is sought. */
export function finder(form, changed) {
  let timer = 0;

  const here = () => new URLSearchParams(location.search);

  function go(entries, { replace = false } = {}) {
    const query = here();
    for (const name of NAMES) query.delete(name);
    for (const [name, value] of entries) if (value) query.set(name, value);
    const words = query.toString(); // Safari before 17 knows no `size`
    const address = `${location.pathname}${words ? `?${words}` : ""}`;
    if (address === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    changed();
  }

  function asked() {
    const { q, status } = Object.fromEntries(new FormData(form));
    return [
      ["q", q.trim()],
      ["status", status],
    ];
  }

  function show() {
    const query = here();
    form.elements.q.value = query.get("q") || "";
    form.elements.status.value = query.get("status") || "";
    if (form.elements.status.selectedIndex < 0) form.elements.status.value = "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go(asked());
  });
  form.elements.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => go(asked(), { replace: true }), TYPING);
  });
  form.elements.status.addEventListener("change", () => go(asked()));
  addEventListener("popstate", () => {
    show();
    changed();
  });

  return {
    sought: () => NAMES.map((name) => [name, here().get(name)]).filter(([, value]) => value),
    turn: (cursor) => go([...asked(), ["cursor", cursor]]),
    clear() {
      form.reset();
      go([]);
      show();
    },
    address: (cursor) => {
      const query = new URLSearchParams([...asked(), ["cursor", cursor]].filter(([, value]) => value));
      return `${location.pathname}?${query}`;
    },
  };
}
