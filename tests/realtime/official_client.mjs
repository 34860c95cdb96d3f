// A conversation held with the official Socket.IO client. Prints what it heard as one JSON array.
//   node official_client.mjs URL TRANSPORT ENTITY CHANNEL
import { io } from "socket.io-client";

const [url, transport, entityId, channelId] = process.argv.slice(2);
const heard = [];
const known = [
  "authenticated",
  "connection_established",
  "channel_joined",
  "room_joined",
  "messageBroadcast",
  "messageAck",
  "messageStreamChunk",
];

const socket = io(url, { auth: { entityId }, transports: transport === "upgrade" ? undefined : [transport], reconnection: false });
socket.on("connect_error", (error) => end(1, error.message));
for (const name of known) socket.on(name, (payload) => take(name, payload));

socket.on("connection_established", () => {
  socket.emit("message", { type: 1, payload: { channelId, roomId: channelId, entityId } });
});
socket.on("room_joined", () => {
  const payload = { channelId, messageServerId: "00000000-0000-0000-0000-000000000000", senderId: entityId };
  const said = { ...payload, senderName: "Ada", message: "Hi!", messageId: "mine", source: "client_chat" };
  socket.emit("message", { type: 2, payload: said }, (answer) => heard.push(["acknowledged", answer]));
});

function take(name, payload) {
  heard.push([name, payload]);
  if (name === "messageBroadcast" && payload.isAgent) end(0);
}

function end(code, reason) {
  console.log(JSON.stringify(reason ? [["refused", reason]] : heard));
  socket.disconnect();
  process.exitCode = code;
}

setTimeout(() => end(2, `nothing more came after ${heard.map(([name]) => name)}`), 10_000).unref();
