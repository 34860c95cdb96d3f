// Composer: where a person writes. Enter sends, Shift and Enter begin a new line; a draft waits until one comes back.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { thisTab } from "../storage.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";

const LONGEST = 100_000;

export function Composer({ channel, name }) {
  const { conversations } = useEliza();
  const draftKey = `eliza-draft-${channel.id}`;
  const [text, setText] = useState(() => thisTab.read(draftKey) ?? "");
  const area = useRef(null);
  const surplus = lengthOf(text.trim()) - LONGEST;
  const canSend = text.trim() !== "" && surplus <= 0;

  useLayoutEffect(() => grow(area.current), [text]);
  useEffect(() => {
    // On a touch screen focus would open the keyboard over the conversation one came to read.
    if (matchMedia("(hover: hover)").matches) area.current.focus({ preventScroll: true });
  }, [channel.id]);

  const write = (value) => {
    setText(value);
    if (value) thisTab.write(draftKey, value);
    else thisTab.forget(draftKey);
  };
  const send = (event) => {
    event.preventDefault();
    if (!canSend) return;
    conversations.say(channel, text.trim());
    write("");
    area.current.focus();
  };
  const onKeyDown = (event) => {
    // While an input method composes a word, Enter accepts the word.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  };

  return html`
    <form class="composer" onSubmit=${send}>
      <label class="visually-hidden" for="composer">Message to ${name}</label>
      <textarea
        id="composer"
        ref=${area}
        rows="1"
        placeholder="Message ${name}"
        value=${text}
        enterkeyhint="send"
        aria-describedby="composer-hint"
        onInput=${(event) => write(event.target.value)}
        onKeyDown=${onKeyDown}
      ></textarea>
      <button type="submit" class="send" aria-label="Send" title="Send" disabled=${!canSend}>
        <${Icon} name="send" />
      </button>
    </form>
    ${surplus > 0 ? html`<${TooLong} surplus=${surplus} />` : html`<${Hint} />`}
  `;
}

function Hint() {
  return html`<p class="hint keys" id="composer-hint">
    <kbd>Enter</kbd> sends, <kbd>Shift</kbd> + <kbd>Enter</kbd> begins a new line
  </p>`;
}

function TooLong({ surplus }) {
  const most = LONGEST.toLocaleString();
  return html`<p class="hint grave" id="composer-hint" role="alert">
    Too long by ${surplus.toLocaleString()}: a message has at most ${most} characters. Send it in parts.
  </p>`;
}

/** As the server counts; what is short by the browser's count is shorter still by that one. */
function lengthOf(text) {
  return text.length > LONGEST ? [...text].length : text.length;
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}
