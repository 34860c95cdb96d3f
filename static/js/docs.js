// Docs: the description of the API, to be read and tried out. Swagger UI does the work.
// What the other page remembers is read here without its modules, which bring all of that page along.
import { remembered } from "./storage.js";

const page = document.documentElement;
const place = document.getElementById("docs");
const isDark = page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
page.classList.toggle("dark-mode", isDark);

const ui = window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  // Otherwise it would send the description to a server of its makers.
  validatorUrl: null,
  onComplete: showKey,
});

/** Whoever gave the key on the other page need not give it again. */
function showKey() {
  const key = remembered.read(`eliza-api-key-${location.origin}`);
  if (key) ui.preauthorizeApiKey("apiKey", key);
}
