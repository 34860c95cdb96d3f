// Menu: a button with a list of things to do; arrow keys walk it, Escape closes it.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons.js";

/** `items` are `{label, icon, act, isGrave}`; null stands for an item that does not apply. */
export function Menu({ label, items }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(null);
  const button = useRef(null);

  useEffect(() => {
    if (!isOpen) return undefined;
    box.current.querySelector("[role=menuitem]")?.focus();
    const closeOutside = (event) => box.current?.contains(event.target) || setOpen(false);
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  const onKeyDown = (event) => {
    if (!isOpen) return;
    if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else if (!walk(box.current, event.key)) return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  const choose = (act) => () => {
    close();
    act();
  };

  return html`
    <div class="menu" ref=${box} onKeyDown=${onKeyDown}>
      <button
        type="button"
        class="ghost"
        ref=${button}
        title=${label}
        aria-label=${label}
        aria-haspopup="menu"
        aria-expanded=${isOpen}
        onClick=${() => setOpen(!isOpen)}
      >
        <${Icon} name="more" />
      </button>
      ${
        isOpen &&
        html`<ul role="menu" aria-label=${label}>
          ${items.filter(Boolean).map(
            ({ label: text, icon, act, isGrave }) => html`
              <li role="none">
                <button
                  type="button"
                  role="menuitem"
                  tabindex="-1"
                  class=${isGrave ? "grave" : ""}
                  onClick=${choose(act)}
                >
                  <${Icon} name=${icon} />${text}
                </button>
              </li>
            `,
          )}
        </ul>`
      }
    </div>
  `;
}

function walk(box, key) {
  const entries = [...box.querySelectorAll("[role=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
  if (next === undefined) return false;
  entries.at(next % entries.length)?.focus();
  return true;
}
