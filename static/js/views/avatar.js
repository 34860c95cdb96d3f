// Avatar: initials on a colour that stays with its owner.
import { html } from "htm/preact";

const HUES = 12;

export function Avatar({ id, name, size = "" }) {
  return html`<span class="avatar hue-${hue(id)} ${size}" aria-hidden="true">${initials(name)}</span>`;
}

function hue(id) {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % HUES;
}

function initials(name) {
  const words = name.trim().split(/\s+/).slice(0, 2);
  return (
    words
      .map((word) => [...word][0] ?? "")
      .join("")
      .toLocaleUpperCase() || "?"
  );
}
