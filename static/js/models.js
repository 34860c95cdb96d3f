// Models: whether the model that answers is one to apologise for.
import { remembered } from "./storage.js";
import { Cell } from "./store.js";

const DISMISSED = "eliza-model-note-dismissed";
const MODEST = { embedded: "Embedded demo model", classic: "Classic ELIZA, 1966" };

export class Models {
  /** Null, or `{title, model, why, absences}` while an embedded or the classic model serves. */
  note = new Cell(null);
  #api;

  constructor(api) {
    this.#api = api;
  }

  async refresh() {
    try {
      this.note.set(unlessDismissed(noteOn(await this.#api.get("/system/models"))));
    } catch {
      // A server that does not tell has nothing to note.
    }
  }

  dismiss() {
    remembered.write(DISMISSED, this.note.value.id);
    this.note.set(null);
  }
}

function noteOn({ models, absences }) {
  const serving =
    models.find(({ type }) => type === "TEXT_LARGE") ?? models.find(({ type }) => type.startsWith("TEXT_"));
  const title = MODEST[serving?.provider];
  if (!title) return null;
  return {
    id: `${serving.provider}/${serving.model}`,
    title,
    model: serving.model,
    why: serving.why,
    absences: absences ?? [],
  };
}

function unlessDismissed(note) {
  return note?.id === remembered.read(DISMISSED) ? null : note;
}
