// Router: the address bar as state.
import { Cell } from "./store.js";

export class Router {
  route = new Cell(parse(location.pathname));

  constructor() {
    addEventListener("popstate", () => this.route.set(parse(location.pathname)));
    document.addEventListener("click", (event) => this.#follow(event));
  }

  go(path) {
    if (path !== location.pathname) history.pushState(null, "", path);
    this.route.set(parse(path));
  }

  /** Like `go`, but the way back does not lead here. */
  replace(path) {
    history.replaceState(null, "", path);
    this.route.set(parse(path));
  }

  /** Links within the page stay real links: they open in a new tab when asked to. */
  #follow(event) {
    const link = event.target.closest?.("a[data-within]");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(link.pathname);
  }
}

export const paths = {
  home: () => "/",
  agent: (agentId) => `/chat/${agentId}`,
  direct: (agentId, channelId) => `/chat/${agentId}/${channelId}`,
  group: (channelId) => `/group/${channelId}`,
};

/** Routes are values with a stable key, so that an equal address does not open a conversation anew. */
function parse(pathname) {
  const [place, first, second] = parts(pathname);
  if (place === "chat" && first)
    return { name: "chat", agentId: first.toLowerCase(), channelId: second?.toLowerCase(), key: pathname };
  if (place === "group" && first) return { name: "group", channelId: first.toLowerCase(), key: pathname };
  return place ? { name: "unknown", key: pathname } : { name: "home", key: "/" };
}

/** An address that cannot be decoded, since it was typed or shortened, is that of no page. */
function parts(pathname) {
  try {
    return pathname.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return ["unreadable"];
  }
}
