// Socket: the live line to the server: its state, joining channels, saying things.
import { io } from "socket.io-client";
import { DEFAULT_SERVER } from "./wire.js";
import { Cell } from "./store.js";

const JOIN = 1;
const SAY = 2;
const ACK_AFTER_MS = 8_000;
const OFFLINE_AFTER_MS = 12_000;
const REFUSED_RETRY_MS = 4_000;

export class Line {
  /** "connecting", "online", "reconnecting", "offline", or "locked" while the server wants to know who we are. */
  state = new Cell("connecting");
  #auth;
  #socket;
  #giveUp = null;

  constructor(auth) {
    this.#auth = auth;
    this.#socket = io({
      autoConnect: false,
      transports: ["websocket", "polling"],
      // Proxies that do not let a WebSocket through are still common.
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 3_000,
      // The login's cookie comes along by itself.
      auth: (send) => send({ entityId: auth.entityId.value }),
    });
    this.#socket.on("connect", () => this.#reached());
    this.#socket.on("disconnect", (reason) => this.#lost(reason));
    this.#socket.on("connect_error", (error) => this.#refused(error));
    this.#socket.on("authenticated", ({ entityId }) => auth.adopt(entityId));
    addEventListener("offline", () => this.#socket.connected || this.state.set("offline"));
    addEventListener("online", () => this.retry());
  }

  get isOnline() {
    return this.#socket.connected;
  }

  on(event, listener) {
    this.#socket.on(event, listener);
  }

  connect() {
    this.#expectSoon();
    this.#socket.connect();
  }

  /** Tries at once instead of waiting for the next of the growing pauses. */
  retry() {
    if (this.#socket.connected) return;
    this.#auth.reconsider();
    this.state.set("reconnecting");
    this.#expectSoon();
    this.#socket.disconnect().connect();
  }

  /** With `lastSeq`, the server first sends whatever was said after it. */
  join(channelId, lastSeq) {
    const payload = {
      channelId,
      roomId: channelId,
      entityId: this.#auth.entityId.value,
      messageServerId: DEFAULT_SERVER,
      lastSeq,
    };
    this.#socket.emit("message", { type: JOIN, payload });
  }

  /** Resolves to the server's acknowledgement; rejects when none came in time or the line broke. */
  say(payload) {
    return this.#socket.timeout(ACK_AFTER_MS).emitWithAck("message", { type: SAY, payload });
  }

  #reached() {
    clearTimeout(this.#giveUp);
    this.state.set("online");
  }

  #lost(reason) {
    if (reason === "io client disconnect") return;
    this.state.set("reconnecting");
    this.#expectSoon();
    // Socket.IO comes back by itself unless the server closed the line on purpose, as it does when it stops.
    if (reason === "io server disconnect") setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS);
  }

  async #refused(error) {
    if (this.#socket.active) return;
    const wantsToKnow = /api key/i.test(error.message);
    if (wantsToKnow && (await this.#auth.askToSignIn())) this.connect();
    else if (wantsToKnow) this.#lock();
    else setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS);
  }

  #lock() {
    clearTimeout(this.#giveUp);
    this.state.set("locked");
  }

  #expectSoon() {
    clearTimeout(this.#giveUp);
    this.#giveUp = setTimeout(() => this.#socket.connected || this.state.set("offline"), OFFLINE_AFTER_MS);
  }
}
