// Every method of elizaOS's own client, unmodified, against a running server. Prints what came of each as JSON.
//   node every_method.mjs '{"url": …, "key": …, "reply": …, "heard": …}'
import assert from "node:assert/strict";
import { ElizaClient } from "../../node_modules/.elizaos/api-client/dist/index.js";
import { House } from "./methods/house.mjs";
import agents from "./methods/agents.mjs";
import audio from "./methods/audio.mjs";
import jobs from "./methods/jobs.mjs";
import media from "./methods/media.mjs";
import memory from "./methods/memory.mjs";
import messaging from "./methods/messaging.mjs";
import runs from "./methods/runs.mjs";
import server from "./methods/server.mjs";
import sessions from "./methods/sessions.mjs";
import system from "./methods/system.mjs";

const checks = { agents, audio, jobs, media, memory, messaging, runs, server, sessions, system };

// TypeScript calls them private, so no program uses them.
const INTERNAL = {
  audio: ["requestBinary", "processAudioInput", "isBase64String", "isBuffer"],
  system: ["buildUrl", "getHeaders"],
};
// By design these ask no server and throw: elizaOS has no route for them.
const UNSUPPORTED = { "system.deleteLog": /Individual log deletion is not supported/ };
// Whatever comes after it finds nobody.
const LAST = "server.stopServer";

const given = JSON.parse(process.argv[2]);
const house = new House(given);
const client = ElizaClient.create({ baseUrl: given.url, apiKey: given.key, headers: { "X-Entity-Id": house.me } });
house.client = client;
const problems = {};

const methods = Object.entries(client).flatMap(([service, its]) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(its))
    .filter((name) => name !== "constructor" && !INTERNAL[service]?.includes(name))
    .map((name) => `${service}.${name}`),
);
const checked = Object.entries(checks).flatMap(([service, its]) => {
  return Object.keys(its).map((name) => `${service}.${name}`);
});

await house.open();
// Services do not know of each other, so they take their turns at the same time, but for those that share a log.
const others = Object.keys(checks).filter((service) => !["server", "system"].includes(service));
await Promise.all([...others.map(runAll), runAll("server").then(() => runAll("system"))]);
await Promise.all(Object.entries(UNSUPPORTED).map(([method, complaint]) => throws(method, complaint)));
await run(LAST);
console.log(JSON.stringify({ methods, checked, unsupported: Object.keys(UNSUPPORTED), problems }));

async function runAll(service) {
  for (const name of Object.keys(checks[service])) if (`${service}.${name}` !== LAST) await run(`${service}.${name}`);
}

async function run(method) {
  const [service, name] = method.split(".");
  let called = false;
  const call = (...given) => {
    called = true;
    return client[service][name](...given);
  };
  try {
    await checks[service][name](call, house);
    if (!called) throw new Error("The check never called it.");
  } catch (error) {
    problems[method] = readable(error.stack);
  }
}

async function throws(method, complaint) {
  const [service, name] = method.split(".");
  await assert.rejects(client[service][name]("1"), complaint);
}

// Of where it happened, the line of the check is enough.
function readable(stack) {
  const lines = stack.split("\n");
  return lines.filter((line) => !/^ {4}at /.test(line) || line.includes("/methods/")).join("\n");
}
