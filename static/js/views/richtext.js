// Rich text: the little of Markdown that chats live on (code, bold, links), drawn as elements and text, never through HTML.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { IconButton } from "./buttons.js";

// Anybody's text runs through these, at its longest: nothing in them may look at the same letters again and again.
// A fence that is not closed yet runs to the end: that is how code looks while it is being streamed.
const FENCE = /^```([^\n]*)\n([\s\S]*?)(?:^```[ \t]*(?:\n|$)|$(?![\s\S]))/gm;
const LANGUAGE = /^[\w+#.-]*/;
const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+)\)|(https?:\/\/[^\s<>"'`]+)/g;
const FULL_STOPS = ".,;:!?";
const COPIED_MS = 1_500;

export function RichText({ text }) {
  return blocks(text).map((block) =>
    block.code === undefined ? html`<p>${inline(block.text)}</p>` : html`<${Code} ...${block} />`,
  );
}

function blocks(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    const [language] = LANGUAGE.exec(match[1]);
    found.push({ text: text.slice(end, match.index) }, { language, code: match[2].replace(/\n$/, "") });
    end = match.index + match[0].length;
  }
  found.push({ text: text.slice(end) });
  return found.filter((block) => block.code !== undefined || block.text.trim()).map(trimmed);
}

function trimmed(block) {
  return block.code === undefined ? { text: block.text.replace(/^\n+/, "").trimEnd() } : block;
}

function inline(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, label, target, bare] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (code) parts.push(html`<code>${code}</code>`);
    else if (bold) parts.push(html`<strong>${bold}</strong>`);
    else if (label) parts.push(link(target, label));
    else parts.push(...bareLink(bare));
  }
  return [...parts, text.slice(end)];
}

/** The full stop behind an address belongs to the sentence, and so does a bracket that was opened before it. */
function bareLink(address) {
  let end = address.length;
  while (FULL_STOPS.includes(address[end - 1])) end -= 1;
  let target = address.slice(0, end);
  if (target.endsWith(")") && !target.includes("(")) target = target.slice(0, -1);
  return [link(target, target), address.slice(target.length)];
}

function link(target, label) {
  if (!URL.canParse(target)) return label;
  return html`<a href=${target} title=${target} target="_blank" rel="noopener noreferrer nofollow">${label}</a>`;
}

function Code({ language, code }) {
  return html`
    <figure class="code">
      <figcaption><span>${language || "code"}</span><${CopyButton} text=${code} label="Copy the code" /></figcaption>
      <pre tabindex="0"><code>${code}</code></pre>
    </figure>
  `;
}

export function CopyButton({ text, label, tabIndex }) {
  const [isDone, setDone] = useState(false);
  const onClick = async () => {
    await copy(text);
    setDone(true);
    setTimeout(() => setDone(false), COPIED_MS);
  };
  return html`
    <${IconButton}
      icon=${isDone ? "check" : "copy"}
      kind="small"
      label=${isDone ? "Copied" : label}
      tabIndex=${tabIndex}
      onClick=${onClick}
    />
  `;
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // The clipboard is closed to pages on plain http; the old way still works there.
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
