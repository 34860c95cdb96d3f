// Buttons: the two small kinds that stand all over the page.
import { html } from "htm/preact";
import { Icon } from "./icons.js";

/** The label is what a screen reader says and what the pointer is told. */
export function IconButton({ icon, label, hint = label, kind = "", ...rest }) {
  return html`
    <button type="button" class="ghost ${kind}" title=${hint} aria-label=${label} ...${rest}>
      <${Icon} name=${icon} />
    </button>
  `;
}

/** A button in the run of a sentence. */
export function TextButton({ onClick, children }) {
  return html`<button type="button" class="text-button" onClick=${onClick}>${children}</button>`;
}
