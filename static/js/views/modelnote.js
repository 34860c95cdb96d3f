// Model note: says so when a model too small to judge Eliza by is answering, and how to bring a better one.
import { html } from "htm/preact";
import { useCell } from "../store.js";
import { IconButton } from "./buttons.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";

export function ModelNote() {
  const { models } = useEliza();
  const note = useCell(models.note);
  if (!note) return null;
  return html`
    <aside class="model-note" aria-label="About the model">
      <${Icon} name="bulb" />
      <details>
        <summary><strong>${note.title}</strong><span>How to bring a better one</span></summary>
        <p><code>${note.model}</code> answers because ${note.why}.</p>
        ${note.absences.length > 0 && html`<p>Not in use at the moment:</p>`}
        <ul>
          ${note.absences.map(({ provider, why }) => html`<li><strong>${provider}</strong> ${why}</li>`)}
        </ul>
      </details>
      <${IconButton} icon="close" kind="small" label="Hide this note" onClick=${() => models.dismiss()} />
    </aside>
  `;
}
