// A conversation whose connection breaks while the answer is being written. It tells how far it is, line by line, and
// goes on when it is told to.
//   node reconnecting.mjs URL TRANSPORT ENTITY CHANNEL
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, transport, entityId, channelId] = process.argv.slice(2);
const socket = io(url, { auth: { entityId }, transports: [transport], reconnection: false });
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const messages = new Map();
const pieces = [];
let lastSeq = 0;

socket.on("messageBroadcast", (message) => {
  messages.set(message.seq, message.text); // Told twice around a reconnect, and kept once.
  lastSeq = Math.max(lastSeq, message.seq);
});
socket.on("messageStreamChunk", ({ chunk }) => pieces.push(chunk));

await joined();
const said = { channelId, senderId: entityId, message: "Eliza, tell me everything.", messageId: "mine" };
socket.emit("message", { type: 2, payload: said });
await once("messageStreamChunk");
const gone = once("disconnect");
socket.io.engine.close();
await gone;
console.log(JSON.stringify({ state: "away", pieces: pieces.length }));

await orders.next();
socket.connect();
await joined();
console.log(JSON.stringify({ state: "back" }));

await orders.next();
while (![...messages.values()].some((text) => text.startsWith("Everything"))) await once("messageBroadcast");
console.log(JSON.stringify({ state: "done", messages: [...messages], pieces }));
socket.disconnect();
process.exit();

async function joined() {
  if (!socket.connected) await once("connect");
  socket.emit("message", { type: 1, payload: { channelId, roomId: channelId, entityId, lastSeq } });
  await once("room_joined");
}

function once(event) {
  return new Promise((resolve) => socket.once(event, resolve));
}
