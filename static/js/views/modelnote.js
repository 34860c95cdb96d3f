// Model note: says so when a model too small to judge Eliza by is answering, and how to bring a better one.
import { html } from "htm/preact";
import { useCell } from "../store.js";
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
        <p>${note.why}</p>
        ${note.model && html`<p>Answering now: <code>${note.model}</code></p>`}
        ${note.absences.length > 0 && html`<p>What could answer instead:</p>`}
        <dl>${note.absences.map(({ provider, why }) => html`<div><dt>${provider}</dt><dd>${why}</dd></div>`)}</dl>
      </details>
      <button type="button" class="ghost small" title="Hide this note" aria-label="Hide this note" onClick=${() => models.dismiss()}><${Icon} name="close" /></button>
    </aside>
  `;
}
