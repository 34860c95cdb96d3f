// Auth: who this browser is, and the key it shows to the server.
import { remembered } from "./storage.js";
import { Cell } from "./store.js";

const ENTITY = "eliza-client-user-id";
const NAME = "eliza-client-user-name";
const API_KEY = `eliza-api-key-${location.origin}`;

export class Auth {
  /** The person's id; a cell, because the server may know better than we do who we are. */
  entityId = new Cell(remembered.read(ENTITY) ?? newEntity());
  name = new Cell(remembered.read(NAME) ?? "");
  /** Null, or `{rejected}` while the page waits for a person to type the key. */
  question = new Cell(null);
  #answer = null;
  #declined = false;

  get apiKey() {
    return remembered.read(API_KEY) ?? "";
  }

  get displayName() {
    return this.name.value || "User";
  }

  adopt(entityId) {
    if (!entityId || entityId === this.entityId.value) return;
    remembered.write(ENTITY, entityId);
    this.entityId.set(entityId);
  }

  rename(name) {
    remembered.write(NAME, name.trim());
    this.name.set(name.trim());
  }

  keepKey(key) {
    if (key) remembered.write(API_KEY, key);
    else remembered.forget(API_KEY);
  }

  /**
   * Resolves to true once a key was typed, to false if the person would rather not. Many may ask; one dialog opens.
   * After a no it does not open again by itself, only once `reconsider` was called.
   */
  async askForKey() {
    if (this.#declined) return false;
    if (!this.#answer) {
      let resolve;
      const promise = new Promise((settle) => (resolve = settle));
      this.#answer = { promise, resolve };
      this.question.set({ rejected: this.apiKey !== "" });
    }
    return this.#answer.promise;
  }

  reconsider() {
    this.#declined = false;
  }

  answerKey(key) {
    const { resolve } = this.#answer;
    this.#answer = null;
    this.question.set(null);
    if (key) this.keepKey(key);
    this.#declined = !key;
    resolve(Boolean(key));
  }
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
