// Every event that elizaOS's server sends, as the official Socket.IO client hears it over each transport.
// Prints what was heard, by transport, as JSON.
//   node every_event.mjs '{"url": …, "agentId": …, "unspeakable": …}'
import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";

const { url, agentId, unspeakable } = JSON.parse(process.argv[2]);
const SERVER = "00000000-0000-0000-0000-000000000000";
const PATIENCE_MS = 10_000;

class Person {
  constructor(transport) {
    this.id = randomUUID();
    this.transport = transport;
    this.heard = [];
    this.waiting = [];
    const auth = { entityId: this.id };
    this.socket = io(url, { auth, transports: [transport], reconnection: false, forceNew: true });
    this.socket.onAny((event, payload) => this.take(event, payload));
  }

  take(event, payload) {
    this.heard.push([event, payload]);
    // Whoever waited for this one goes on, and waits no more.
    this.waiting = this.waiting.filter(({ name, count, resolve }) => this.count(name) < count || resolve());
  }

  count(event) {
    return this.heard.filter(([name]) => name === event).length;
  }

  // Returns when ``name`` has come for the ``count``th time.
  hears(name, count = 1) {
    return new Promise((resolve, reject) => {
      if (this.count(name) >= count) return resolve();
      this.waiting.push({ name, count, resolve });
      setTimeout(() => reject(new Error(this.complaint(name, count))), PATIENCE_MS).unref();
    });
  }

  complaint(name, count) {
    return `${this.transport}: no ${count}. ${name} after ${this.heard.map(([name]) => name)}`;
  }

  emits(type, payload) {
    this.socket.emit("message", { type, payload });
  }

  async joins(channelId) {
    const before = this.count("room_joined");
    this.emits(1, { channelId, roomId: channelId, entityId: this.id });
    await this.hears("room_joined", before + 1);
  }

  says(channelId, message) {
    const said = { channelId, messageServerId: SERVER, senderId: this.id, senderName: "Ada", source: "client_chat" };
    this.emits(2, { ...said, message });
  }
}

const heard = await Promise.all(["polling", "websocket"].map(async (transport) => [transport, await story(transport)]));
console.log(JSON.stringify(Object.fromEntries(heard)));

async function story(transport) {
  const person = new Person(transport);
  await person.hears("connection_established");
  person.emits(1, {});
  await person.hears("messageError");

  const direct = await talk(person);
  await group(person);
  await log(person, direct);
  person.socket.disconnect();
  return person.heard;
}

// An answer, and a failure.
async function talk(person) {
  const { id } = await rest("GET", `dm-channel?currentUserId=${person.id}&targetUserId=${agentId}`);
  await person.joins(id);
  person.says(id, "What is the news?");
  await person.hears("messageComplete");
  person.says(id, unspeakable);
  await person.hears("messageComplete", 2);
  return id;
}

// What comes from elsewhere, and what becomes of it.
async function group(person) {
  const made = { name: "The group", type: "GROUP", participantCentralUserIds: [person.id, randomUUID()] };
  const { id } = await rest("POST", "channels", made);
  await person.joins(id);
  const told = person.count("messageBroadcast");
  const from = { channel_id: id, message_server_id: SERVER, author_id: agentId };

  const words = { content: "Submitted.", raw_message: { text: "Submitted." }, source_type: "agent_response" };
  const submitted = await rest("POST", "submit", { ...from, ...words });
  await person.hears("messageBroadcast", told + 1);

  const deed = { text: "Searching.", actionStatus: "executing", actionId: randomUUID(), type: "agent_action" };
  const doing = { content: "Searching.", raw_message: deed, source_type: "agent_action" };
  const action = await rest("POST", "action", { ...from, ...doing });
  await person.hears("messageBroadcast", told + 2);
  const done = { content: "Found.", raw_message: { ...deed, actionStatus: "completed" } };
  await rest("PATCH", `action/${action.id}`, done);
  await person.hears("messageBroadcast", told + 3);

  const foreign = { author_id: randomUUID(), content: "From far away.", source_type: "discord" };
  await rest("POST", "ingest-external", { ...from, ...foreign });
  await person.hears("messageBroadcast", told + 4);

  await rest("PATCH", `channels/${id}`, { name: "Renamed" });
  await person.hears("channelUpdated");
  await rest("DELETE", `channels/${id}/messages/${submitted.id}`);
  await person.hears("messageDeleted");
  await rest("DELETE", `channels/${id}/messages`);
  await person.hears("channelCleared");
  await rest("DELETE", `channels/${id}`);
  await person.hears("channelDeleted");
}

async function log(person, channelId) {
  person.socket.emit("subscribe_logs");
  await person.hears("log_subscription_confirmed");
  person.socket.emit("update_log_filters", { level: "info" });
  await person.hears("log_filters_updated");
  person.says(channelId, unspeakable);
  await person.hears("messageComplete", 3);
  await person.hears("log_stream");
  person.socket.emit("unsubscribe_logs");
  await person.hears("log_subscription_confirmed", 2);
}

async function rest(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/api/messaging/${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : (await response.json()).data;
}
