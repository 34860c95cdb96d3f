// Auth: who this browser is. Whoever signs in is known to the server by a cookie, which this page cannot read.
import { remembered, thisTab } from "./storage.js";
import { Cell } from "./store.js";

const ENTITY = "eliza-client-user-id";
const NAME = "eliza-client-user-name";
const OWNER = "eliza-tab-of";
const NAMELESS = "nobody in particular";
const OLD_KEY = `eliza-api-key-${location.origin}`;
const UNREACHABLE = "The server cannot be reached.";

export class Auth {
  /** The person's id; a cell, because the server may know better than we do who we are. */
  entityId = new Cell(remembered.read(ENTITY) ?? newEntity());
  name = new Cell(remembered.read(NAME) ?? "");
  /** What the server knows of us: `{role, permissions, entityId, username, isSignedIn}`; null until it has said so. */
  me = new Cell(null);
  /** Null, or `{ways, isOver}` while the page waits for a person to sign in. */
  question = new Cell(null);
  /** How often somebody has signed in here: what was asked before may be asked again. */
  count = 0;
  #answer = null;
  #declined = false;

  get displayName() {
    return this.me.value?.username || this.name.value || "User";
  }

  /** True for somebody in particular, who speaks for themselves alone. */
  get isNamed() {
    return Boolean(this.me.value?.entityId);
  }

  /** The server has the last word; until it has said who we are, everything is shown. */
  may(permission) {
    return this.me.value?.permissions.includes(permission) ?? true;
  }

  adopt(entityId) {
    if (!entityId || entityId === this.entityId.value) return;
    // Whoever signs in as nobody in particular speaks for the one this browser has made up, also after others did.
    if (!this.isNamed) remembered.write(ENTITY, entityId);
    this.entityId.set(entityId);
  }

  rename(name) {
    remembered.write(NAME, name.trim());
    this.name.set(name.trim());
  }

  /** Finds out who we are, before anything else is asked. Takes along a key that this page kept in former times. */
  async begin() {
    const key = remembered.read(OLD_KEY);
    if (key && (await this.#succeeds(() => this.signIn({ apiKey: key })))) remembered.forget(OLD_KEY);
    if (!this.me.value) await this.#succeeds(() => this.#learn());
  }

  /** With `{apiKey}` or `{email, password}`. Rejects with the server's reason. */
  async signIn(proof) {
    await call("POST", "/auth/login", { ...proof, cookie: true });
    await this.#welcome();
  }

  /** With `{email, username, password}`. */
  async register(person) {
    await call("POST", "/auth/register", { ...person, cookie: true });
    await this.#welcome();
  }

  async signOut() {
    await call("POST", "/auth/logout", {});
    thisTab.forgetAll();
    location.reload();
  }

  /**
   * Resolves to true once somebody has signed in, to false if they would rather not. Many may ask; one dialog opens.
   * After a no it does not open again by itself, only once `reconsider` was called.
   */
  async askToSignIn() {
    if (this.#declined) return false;
    if (!this.#answer) {
      let resolve;
      const promise = new Promise((settle) => (resolve = settle));
      this.#answer = { promise, resolve };
      const ways = await call("GET", "/auth/how").catch(() => ({ registration: "closed" }));
      this.question.set({ ways, isOver: this.me.value !== null });
    }
    return this.#answer.promise;
  }

  reconsider() {
    this.#declined = false;
  }

  decline() {
    this.#declined = true;
    this.#settle(false);
  }

  async #welcome() {
    this.count += 1;
    await this.#learn();
    this.#settle(true);
  }

  async #learn() {
    const [me, how] = await Promise.all([call("GET", "/auth/me"), call("GET", "/auth/how")]);
    if (how.requiresAuth) await this.#takeTab(me.entityId ?? NAMELESS);
    this.me.set({ ...me, isSignedIn: how.requiresAuth });
    this.adopt(me.entityId ?? remembered.read(ENTITY));
  }

  /** Drafts and what waits to be sent are their author's: for somebody else the page begins anew, without them. */
  async #takeTab(owner) {
    const before = thisTab.read(OWNER);
    if (before === owner) return;
    if (before) thisTab.forgetAll();
    thisTab.write(OWNER, owner);
    if (!before) return;
    location.reload();
    // Until this page is gone, nothing of it goes on.
    await new Promise(() => {});
  }

  #settle(isSignedIn) {
    this.#answer?.resolve(isSignedIn);
    this.#answer = null;
    this.question.set(null);
  }

  async #succeeds(work) {
    try {
      await work();
      return true;
    } catch {
      return false;
    }
  }
}

/** Asks by itself: what everything else asks with would ask us to sign in. */
async function call(method, path, body) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  const sent = { method, headers, body: body && JSON.stringify(body) };
  const response = await fetch(`/api${path}`, sent).catch(() => {
    throw new Error(UNREACHABLE);
  });
  const reply = await response.json().catch(() => null);
  if (!response.ok) throw new Error(reply?.error?.message ?? reply?.message ?? `The server answered ${response.status}.`);
  return reply?.data ?? reply;
}

function newEntity() {
  const id = uuid();
  remembered.write(ENTITY, id);
  return id;
}

/** crypto.randomUUID is there only on https and on localhost; people also open the page by an address in their own network. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
