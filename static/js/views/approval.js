// Approval: an action that waits for somebody's leave, as a card to decide on; afterwards, what was decided.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useCell } from "../store.js";
import { fullTime, timeLeft, timeOfDay } from "../time.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";

const LOOK_AGAIN_MS = 5_000;
const RISKS = { low: "Low risk", high: "High risk" };

export function Approval({ rowKey, approval }) {
  const { agents, auth, conversations } = useEliza();
  const me = useCell(auth.entityId);
  useCell(auth.me);
  const card = useRef(null);
  const name = agents.find(approval.agentId)?.name ?? approval.agentName;
  const isPending = approval.status === "pending";
  const titleId = `title-${approval.id}`;
  const decision = useDecision(card, approval, (verdict) => conversations.decide(approval, verdict));

  return html`
    <li class="approval ${isPending ? "pending" : approval.status}" data-key=${rowKey} tabindex="-1" ref=${card}>
      <section aria-labelledby=${titleId}>
        <p class="approval-title" id=${titleId}>
          <${Icon} name=${isPending ? "hand" : isGranted(approval) ? "check" : "close"} />
          <span>${name} ${isPending ? "wants to" : "wanted to"} ${inWords(approval.action)}</span>
          ${RISKS[approval.risk] && html`<span class="risk ${approval.risk}">${RISKS[approval.risk]}</span>`}
        </p>
        <p class="approval-summary" dir="auto">${approval.summary}</p>
        <p class="approval-facts">${askedBy(approval, me)} <${Standing} approval=${approval} me=${me} /></p>
        ${isPending && auth.may("approvals:decide") && html`<${Buttons} approval=${approval} decision=${decision} />`}
        ${decision.problem && html`<p class="note grave" role="alert"><${Icon} name="warning" />${decision.problem}</p>`}
      </section>
    </li>
  `;
}

function Buttons({ approval, decision }) {
  const action = inWords(approval.action);
  return html`
    <div class="approval-buttons">
      <button
        type="button"
        class="button"
        disabled=${decision.isBusy}
        aria-label="Approve: ${action}"
        onClick=${() => decision.take("approve")}
      >
        Approve
      </button>
      <button
        type="button"
        class="button plain"
        disabled=${decision.isBusy}
        aria-label="Deny: ${action}"
        onClick=${() => decision.take("deny")}
      >
        Deny
      </button>
    </div>
  `;
}

/** The buttons go once it is decided: whoever pressed one stays at the card. */
function useDecision(card, approval, decide) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const tookPart = useRef(false);
  useLayoutEffect(() => {
    if (approval.status !== "pending" && tookPart.current) card.current.focus();
  }, [approval.status]);

  const take = async (verdict) => {
    tookPart.current = true;
    setBusy(true);
    setProblem("");
    try {
      await decide(verdict);
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  };
  return { isBusy, problem, take };
}

function Standing({ approval, me }) {
  useTick(approval.status === "pending");
  const when = html`<time datetime=${new Date(approval.deadline).toISOString()} title=${fullTime(approval.deadline)}
    >${timeOfDay(approval.deadline)} (${timeLeft(approval.deadline)})</time
  >`;
  if (approval.status !== "pending") return html`<strong>${outcome(approval, me)}</strong>`;
  if (approval.otherwise === "approved") return html`Done at ${when} unless somebody denies it.`;
  return html`Not done unless somebody approves it by ${when}.`;
}

function useTick(isTicking) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isTicking]);
}

function outcome(approval, me) {
  const at = timeOfDay(approval.decidedAt);
  if (approval.status === "expired")
    return `Nobody decided in time: ${isGranted(approval) ? "it was done" : "it was not done"}.`;
  const who = approval.decidedBy === me ? "you" : approval.decidedByName || "somebody";
  return `${isGranted(approval) ? "Approved" : "Denied"} by ${who} at ${at}.`;
}

function isGranted({ status, otherwise }) {
  return (status === "expired" ? otherwise : status) === "approved";
}

function askedBy({ requestedBy, requestedByName }, me) {
  if (requestedBy === me) return "Requested by you.";
  return requestedByName ? `Requested by ${requestedByName}.` : "";
}

function inWords(action) {
  return action.replaceAll("_", " ").toLowerCase();
}
