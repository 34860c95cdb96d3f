// Ask the first agent of a server something over Socket.IO, and print its answer:
// node examples/chat.mjs http://127.0.0.1:3000 "Hello, who are you?"
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";

const [url, text] = process.argv.slice(2);
const key = process.env.ELIZA_SERVER_AUTH_TOKEN ?? "";
const me = randomUUID();
const get = async (path) => (await (await fetch(url + path, { headers: { "X-API-KEY": key } })).json()).data;

const agent = (await get("/api/agents")).agents[0];
const { id: channelId } = await get(`/api/messaging/dm-channel?currentUserId=${me}&targetUserId=${agent.id}`);

const socket = io(url, { transports: ["websocket"], auth: { entityId: me, apiKey: key } });
let lastSeq = 0;

// Joining with the last seq brings whatever was missed: nothing the first time, the gap after a reconnect.
socket.on("connect", () => socket.emit("message", { type: 1, payload: { channelId, lastSeq } }));
socket.once("channel_joined", () =>
  socket.emit("message", { type: 2, payload: { channelId, senderId: me, message: text, messageId: randomUUID() } }),
);
socket.on("messageBroadcast", (message) => {
  if (!(message.seq > lastSeq)) return; // Told twice around a reconnect, or no message but an action under way.
  lastSeq = message.seq;
  console.log(`${message.seq} ${message.senderName}: ${message.text}`);
});
socket.on("turnState", ({ status, reason }) => {
  if (status === "ignored" || status === "failed") console.log(`(${agent.name} ${status} it: ${reason})`);
});
socket.on("messageComplete", () => socket.close());
socket.on("messageError", ({ error }) => giveUp(error));
socket.on("connect_error", (error) => socket.active || giveUp(error.message)); // While active, it tries again by itself.

function giveUp(why) {
  console.error(why);
  process.exitCode = 1;
  socket.close();
}
