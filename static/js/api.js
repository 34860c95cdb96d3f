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

  /** Asks the person to sign in, and then tries again. */
  async #request(method, path, { query, body }) {
    const before = this.#auth.count;
    const response = await this.#fetch(method, path, query, body);
    if (response.status === 401 && (await this.#hasSignedIn(before))) return this.#request(method, path, { query, body });
    const reply = await readJson(response);
    if (!response.ok) throw failure(response, reply);
    return reply?.data ?? reply;
  }

  async #fetch(method, path, query, body) {
    const url = `/api${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
    const headers = { Accept: "application/json", "X-Entity-Id": this.#auth.entityId.value };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new ApiError(0, "UNREACHABLE", UNREACHABLE);
    }
  }

  /** Somebody may have signed in while this request was under way. */
  async #hasSignedIn(before) {
    return this.#auth.count !== before || this.#auth.askToSignIn();
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
