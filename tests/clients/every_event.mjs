// Every event that elizaOS's server sends, as the official Socket.IO client hears it over each transport.
// Prints what was heard, by transport, as JSON.
//   node every_event.mjs '{"url": …, "agentId": …, "unspeakable": …}'
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";

const { url, agentId, unspeakable } = JSON.parse(process.argv[2]);
const SERVER = "00000000-0000-0000-0000-000000000000";

const heard = await Promise.all(["polling", "websocket"].map(async (transport) => [transport, await tell(transport)]));
console.log(JSON.stringify(Object.fromEntries(heard)));

async function tell(transport) {
  const me = randomUUID();
  const person = new Person(me, transport);
  await person.hears("connection_established");

  person.emits(1, {});
  await person.hears("messageError");

  const direct = (await rest("GET", `dm-channel?currentUserId=${me}&targetUserId=${agentId}`)).id;
  await person.joins(direct);
  person.says(direct, "What is the news?");
  await person.hears("messageComplete");
  person.says(direct, unspeakable);
  await person.hears("messageComplete", 2);

  const group = await channel([me, randomUUID()]);
  await person.joins(group);
  const said = { channel_id: group, message_server_id: SERVER, author_id: agentId, source_type: "agent_response" };
  const submitted = await rest("POST", "submit", { ...said, content: "Submitted.", raw_message: { text: "Submitted." } });
  await person.hears("messageBroadcast", 4);
  const doing = { text: "Searching.", actionStatus: "executing", actionId: randomUUID(), type: "agent_action" };
  const action = await rest("POST", "action", { ...said, source_type: "agent_action", content: "Searching.", raw_message: doing });
  await person.hears("messageBroadcast", 5);
  await rest("PATCH", `action/${action.id}`, { content: "Found.", raw_message: { ...doing, actionStatus: "completed" } });
  await person.hears("messageBroadcast", 6);
  await rest("POST", "ingest-external", { ...said, author_id: randomUUID(), content: "From far away.", source_type: "discord" });
  await person.hears("messageBroadcast", 7);

  await rest("PATCH", `channels/${group}`, { name: "Renamed" });
  await person.hears("channelUpdated");
  await rest("DELETE", `channels/${group}/messages/${submitted.id}`);
  await person.hears("messageDeleted");
  await rest("DELETE", `channels/${group}/messages`);
  await person.hears("channelCleared");
  await rest("DELETE", `channels/${group}`);
  await person.hears("channelDeleted");

  person.socket.emit("subscribe_logs");
  await person.hears("log_subscription_confirmed");
  person.socket.emit("update_log_filters", { level: "info" });
  await person.hears("log_filters_updated");
  person.says(direct, unspeakable);
  await person.hears("messageComplete", 3);
  await person.hears("log_stream");
  person.socket.emit("unsubscribe_logs");
  await person.hears("log_subscription_confirmed", 2);
  person.socket.disconnect();
  return person.heard;
}

async function channel(participants) {
  const made = { name: "The group", message_server_id: SERVER, participantCentralUserIds: participants, type: "GROUP" };
  return (await rest("POST", "channels", made)).id;
}

async function rest(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/api/messaging/${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : (await response.json()).data;
}

function Person(id, transport) {
  const waiting = [];
  this.heard = [];
  this.socket = io(url, { auth: { entityId: id }, transports: [transport], reconnection: false, forceNew: true });
  this.socket.onAny((event, payload) => {
    this.heard.push([event, payload]);
    waiting.forEach((look) => look());
  });

  // Returns when ``event`` has come for the ``count``th time.
  this.hears = (event, count = 1) =>
    new Promise((resolve, reject) => {
      const names = () => this.heard.map(([name]) => name);
      const look = () => names().filter((name) => name === event).length >= count && resolve();
      waiting.push(look);
      look();
      setTimeout(() => reject(new Error(`${transport}: no ${count}. ${event} after ${names()}`)), 5000).unref();
    });
  this.emits = (type, payload) => this.socket.emit("message", { type, payload });
  this.joins = async (channelId) => {
    const before = this.heard.filter(([name]) => name === "room_joined").length;
    this.emits(1, { channelId, roomId: channelId, entityId: id });
    await this.hears("room_joined", before + 1);
  };
  this.says = (channelId, message) =>
    this.emits(2, { channelId, messageServerId: SERVER, senderId: id, senderName: "Ada", message, source: "client_chat" });
}
