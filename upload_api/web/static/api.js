// Asking the API. Every failure is a Problem: words to show, and whether trying again may help.

export class Problem extends Error {
  /** @param {object} body an application/problem+json, or as much of one as there is */
  constructor(status, body = {}) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code || (status ? `http_${status}` : "network");
    this.hint = body.hint || "";
    this.trace = body.trace_id || "";
  }

  static fromText(status, text) {
    try {
      return new Problem(status, JSON.parse(text));
    } catch {
      return new Problem(status);
    }
  }

  static offline() {
    return new Problem(0, { detail: "Reelmill cannot be reached.", hint: "Check the network, then try again." });
  }

  get mayPass() {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.code === "upload_given_up";
  }
}

/** The answer as it came, 304 included. Raises Problem. */
export async function ask(path, { method = "GET", headers = {}, json, patience = 20_000 } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(json && { "Content-Type": "application/json" }), ...headers },
      body: json && JSON.stringify(json),
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw Problem.offline();
  }
  if (response.ok || response.status === 304) return response;
  throw Problem.fromText(response.status, await response.text().catch(() => ""));
}

export async function get(path) {
  return (await ask(path)).json();
}

export const command = (path, verb) => ask(`${path}/${verb}`, { method: "POST" });
export const renameVideo = (id, title) => ask(videoPath(id), { method: "PATCH", json: { title } });
export const remove = (path) => ask(path, { method: "DELETE" });
export const videoPath = (id) => `/v1/videos/${encodeURIComponent(id)}`;
