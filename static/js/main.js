// Main: puts the page together, from the bottom up, and starts it.
import { html, render } from "htm/preact";
import { Agents } from "./agents.js";
import { Api } from "./api.js";
import { Auth } from "./auth.js";
import { Channels } from "./channels.js";
import { Conversations } from "./conversations.js";
import { Dialogs } from "./dialogs.js";
import { Models } from "./models.js";
import { Router } from "./router.js";
import { Line } from "./socket.js";
import { Theme } from "./theme.js";
import { Unread } from "./unread.js";
import { App } from "./views/app.js";
import { Eliza } from "./views/context.js";

const auth = new Auth();
const api = new Api(auth);
const line = new Line(auth);
const conversations = new Conversations(api, line, auth);
const eliza = {
  auth,
  line,
  conversations,
  version: document.body.dataset.version,
  agents: new Agents(api),
  channels: new Channels(api, line, auth),
  unread: new Unread(conversations),
  models: new Models(api),
  dialogs: new Dialogs(),
  router: new Router(),
  theme: new Theme(),
};

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${Eliza.Provider} value=${eliza}><${App} /><//>`, root);

// A server that comes back may be another one than before: with other agents, another model, or other people.
line.on("connect", readAll);
await auth.begin();
line.connect();
readAll();
eliza.agents.keepFresh();
eliza.channels.keepFresh();

function readAll() {
  eliza.agents.refresh();
  eliza.channels.refresh();
  eliza.models.refresh();
}
