// SignIn: the server's question who somebody is: by email and password, by a key, or as somebody new.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCell } from "../store.js";
import { TextButton } from "./buttons.js";
import { useEliza } from "./context.js";
import { Field, Modal } from "./dialogs.js";

const WAYS = {
  password: { action: "Sign in", fields: ["email", "password"] },
  key: { action: "Sign in", fields: ["apiKey"] },
  register: { action: "Create the account", fields: ["email", "username", "newPassword"] },
};

const FIELDS = {
  email: { label: "Email", type: "email", autocomplete: "username" },
  password: { label: "Password", type: "password", autocomplete: "current-password" },
  apiKey: {
    label: "Key",
    type: "password",
    autocomplete: "off",
    hint: "Your own key, or the server's. Whoever runs the server knows it.",
  },
  username: { label: "Name", autocomplete: "nickname", hint: "What agents and other people call you." },
  newPassword: { label: "Password", type: "password", autocomplete: "new-password", hint: "At least 8 characters." },
};

export function SignIn() {
  const { auth } = useEliza();
  const question = useCell(auth.question);
  return question && html`<${Question} ...${question} />`;
}

function Question({ ways, isOver }) {
  const { auth } = useEliza();
  const [way, setWay] = useState(ways.methods?.includes("password") ? "password" : "key");
  const [given, setGiven] = useState({});
  const [problem, setProblem] = useState("");
  const { action, fields } = WAYS[way];

  const words = useRef(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // The button that was pressed is gone: whoever pressed it goes on at the first field of the other way.
    if (!isFirst.current) words.current.parentElement.querySelector("input").focus();
    isFirst.current = false;
  }, [way]);

  const turnTo = (other) => {
    setProblem("");
    setWay(other);
  };
  const act = async () => {
    setProblem("");
    try {
      await (way === "register" ? auth.register(proof(fields, given)) : auth.signIn(proof(fields, given)));
    } catch (error) {
      setProblem(error.message);
    }
  };

  return html`
    <${Modal}
      title=${way === "register" ? "New here" : "Sign in"}
      action=${action}
      canAct=${fields.every((name) => given[name]?.trim())}
      onAct=${act}
      onClose=${() => auth.decline()}
    >
      <p ref=${words}>${isOver ? "You are not signed in any more." : "This server wants to know who you are."}</p>
      ${fields.map(
        (name) => html`
          <${Field}
            key=${name}
            ...${FIELDS[name]}
            value=${given[name] ?? ""}
            onInput=${(value) => setGiven({ ...given, [name]: value })}
          />
        `,
      )}
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <p class="aside">
        ${way !== "password" && html`<${TextButton} onClick=${() => turnTo("password")}>Use email and password<//>`}
        ${way !== "key" && html`<${TextButton} onClick=${() => turnTo("key")}>Use a key<//>`}
        ${way !== "register" &&
        ways.registration === "open" &&
        html`<${TextButton} onClick=${() => turnTo("register")}>Create an account<//>`}
      </p>
    <//>
  `;
}

/** What is typed, under the names the server has for it. Spaces at the ends of a password are part of it. */
function proof(fields, given) {
  const entries = fields.map((name) => {
    const isPassword = FIELDS[name].type === "password" && name !== "apiKey";
    return [name === "newPassword" ? "password" : name, isPassword ? given[name] : given[name].trim()];
  });
  return Object.fromEntries(entries);
}
