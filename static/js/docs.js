// Docs: the description of the API, to be read and tried out. Swagger UI does the work; a login's cookie comes along.
const page = document.documentElement;
const place = document.getElementById("docs");
const isDark = page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
page.classList.toggle("dark-mode", isDark);

const description = await fetch(place.dataset.description);
if (description.status === 401) askToSignIn();
else show(await description.json());

function show(spec) {
  window.SwaggerUIBundle({
    domNode: place,
    spec,
    deepLinking: true,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    // Otherwise it would send the description to a server of its makers.
    validatorUrl: null,
  });
}

function askToSignIn() {
  const link = document.createElement("a");
  link.href = "/";
  link.textContent = "Sign in";
  const words = document.createElement("p");
  words.className = "sign-in";
  words.append(link, " to read the description of the API, then come back.");
  place.replaceChildren(words);
}
