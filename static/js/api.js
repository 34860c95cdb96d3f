// Api: the server's REST routes, with its many envelopes opened.

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const UNREACHABLE = "The server cannot be reached.";

export class Api {
  #auth;

  constructor(auth) {
    this.#auth = auth;
  }

  get(path, query) {
    return this.#request("GET", path, { query });
  }

  post(path, body) {
    return this.#request("POST", path, { body });
  }

  patch(path, body) {
    return this.#request("PATCH", path, { body });
  }

  delete(path) {
    return this.#request("DELETE", path, {});
  }

  /** Asks for the key and tries again for as long as the server wants one and the person gives one. */
  async #request(method, path, { query, body }) {
    const shown = this.#auth.apiKey;
    const response = await this.#fetch(method, path, query, body);
    if (response.status === 401 && (await this.#hasNewKey(shown))) return this.#request(method, path, { query, body });
    const reply = await readJson(response);
    if (!response.ok) throw failure(response, reply);
    return reply?.data ?? reply;
  }

  async #fetch(method, path, query, body) {
    const url = `/api${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
    const headers = { Accept: "application/json", "X-Entity-Id": this.#auth.entityId.value };
    if (this.#auth.apiKey) headers["X-API-KEY"] = this.#auth.apiKey;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new ApiError(0, "UNREACHABLE", UNREACHABLE);
    }
  }

  /** Another request may have asked for the key while this one was under way. */
  async #hasNewKey(shown) {
    return this.#auth.apiKey !== shown || this.#auth.askForKey();
  }
}

async function readJson(response) {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function failure(response, reply) {
  const error = reply?.error;
  if (typeof error === "string") return new ApiError(response.status, "", reply.message ?? error);
  return new ApiError(response.status, error?.code ?? "", error?.message ?? `The server answered ${response.status}.`);
}
