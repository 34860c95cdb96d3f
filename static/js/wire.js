// Wire: the names of the server's messages and events on one side, our own on the other.

export const DEFAULT_SERVER = "00000000-0000-0000-0000-000000000000";

/** A message as REST lists it. */
export function messageFromRow(row) {
  const metadata = row.metadata ?? {};
  return message({
    id: row.id,
    // The sender's own id of the message comes back as its source id: so an answer we never heard is found again.
    clientId: row.sourceId,
    seq: row.seq,
    channelId: row.channelId,
    authorId: row.authorId,
    authorName: firstText(metadata.agentName, metadata.authorDisplayName, metadata.user_display_name),
    text: row.content,
    at: row.created_at ?? Date.parse(row.createdAt),
    source: row.sourceType,
    thought: firstText(metadata.thought, row.rawMessage?.thought),
    actions: texts(metadata.actions ?? row.rawMessage?.actions),
    actionStatus: firstText(row.rawMessage?.actionStatus),
  });
}

/** A message as the `messageBroadcast` event carries it. */
export function messageFromBroadcast(event) {
  return message({
    id: event.id,
    clientId: event.clientMessageId,
    seq: event.seq,
    channelId: event.channelId ?? event.roomId,
    authorId: event.senderId,
    authorName: event.senderName,
    text: event.text,
    at: Number(event.createdAt),
    source: event.source,
    thought: firstText(event.thought),
    actions: texts(event.actions),
    actionStatus: firstText(event.rawMessage?.actionStatus),
  });
}

/** The turns that a listed message carries, in the shape of the `turnState` event. */
export function turnsFromRow(row) {
  return (row.turns ?? []).map((turn) => ({ ...turn, messageId: row.id }));
}

/** An action that waits for leave, or that somebody has decided about; from REST and from the socket alike. */
export function approvalFromRow(row) {
  return { ...row, at: row.createdAt, decidedByName: row.decidedByName ?? "" };
}

/** What the server wants to know when somebody says something. */
export function sayPayload(channel, auth, { clientId, text }) {
  const isDm = channel.type === "DM";
  return {
    channelId: channel.id,
    roomId: channel.id,
    messageServerId: channel.messageServerId ?? DEFAULT_SERVER,
    senderId: auth.entityId.value,
    senderName: auth.displayName,
    message: text,
    messageId: clientId,
    source: isDm ? "client_chat" : "client_group_chat",
    metadata: { channelType: channel.type, ...(isDm && { isDm, targetUserId: channel.agentId }) },
  };
}

function message(fields) {
  return { ...fields, text: fields.text ?? "" };
}

// What lies inside of metadata and raw messages is whatever their senders put there, of any kind.

function firstText(...values) {
  return values.find((value) => typeof value === "string" && value);
}

function texts(values) {
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}
