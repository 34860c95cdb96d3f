// App: the frame of the page: who there is on the left, the conversation on the right.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useCell } from "../store.js";
import { Announcer } from "./announcer.js";
import { useEliza } from "./context.js";
import { DialogHost, Toast } from "./dialogs.js";
import { Place } from "./place.js";
import { Sidebar } from "./sidebar.js";
import { SignIn } from "./signin.js";

const narrow = matchMedia("(max-width: 800px)");

export function App() {
  const { router } = useEliza();
  const route = useCell(router.route);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const isNarrow = useNarrow();

  useEffect(() => setDrawerOpen(false), [route.key]);
  useFocusAfter(isDrawerOpen);

  const closeDrawer = () => setDrawerOpen(false);
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to the conversation</a>
    <div
      class="app"
      data-drawer=${isDrawerOpen ? "open" : "closed"}
      onKeyDown=${(event) => event.key === "Escape" && isDrawerOpen && closeDrawer()}
    >
      <${Sidebar} isHidden=${isNarrow && !isDrawerOpen} isDrawer=${isNarrow} onClose=${closeDrawer} />
      <div class="scrim" onClick=${closeDrawer}></div>
      <main id="main" tabindex="-1" inert=${isNarrow && isDrawerOpen}>
        <${Place} route=${route} openDrawer=${() => setDrawerOpen(true)} />
      </main>
    </div>
    <${DialogHost} />
    <${SignIn} />
    <${Toast} />
    <${Announcer} />
  `;
}

/** Gives the focus back once the drawer is closed: before that is drawn, the page behind it takes none. */
function useFocusAfter(isDrawerOpen) {
  const wasOpen = useRef(false);
  useLayoutEffect(() => {
    if (wasOpen.current && !isDrawerOpen) document.querySelector(".open-drawer")?.focus();
    wasOpen.current = isDrawerOpen;
  }, [isDrawerOpen]);
}

function useNarrow() {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const look = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", look);
    return () => narrow.removeEventListener("change", look);
  }, []);
  return isNarrow;
}

/** The address must stay what it is: it names the conversation. */
function skipToMain(event) {
  event.preventDefault();
  (document.querySelector("#composer") ?? document.querySelector("#main")).focus();
}
