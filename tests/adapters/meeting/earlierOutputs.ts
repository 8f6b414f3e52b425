/** What earlier steps left behind about one sales call, as acting skills read it. */

export const CONTEXT = {
  org: { name: "Ours" },
  user: { id: "user-1", name: "Dana Whitfield", timezone: "America/Chicago" },
  contact: { id: "contact-1", name: "Marcus Oyelaran", email: "marcus@buyer.example" },
  company: { name: "Harbour Freight" },
  deal: { id: "deal-1", name: "Rollout", currency: "USD" },
};

export const PAYLOAD = { meeting_id: "meeting-1", title: "Call with Harbour Freight" };

export function item(parts: object = {}) {
  return {
    text: "Send Marcus the pricing sheet",
    owner: "Dana Whitfield",
    owner_side: "ours",
    due_iso: "2026-03-13",
    turn: 6,
    quote: "I'll send you the pricing sheet by Friday.",
    confidence: 0.9,
    ...parts,
  };
}

export function intent(name: string, parts: object = {}) {
  return {
    intent: name,
    turn: 1,
    quote: `They said ${name}.`,
    trigger_phrase: `said ${name}`,
    confidence: 0.85,
    deadline_parsed: null,
    actionable: true,
    ...parts,
  };
}

export function earlier(parts: {
  readonly items?: readonly object[];
  readonly intents?: readonly object[];
  readonly [step: string]: unknown;
}) {
  const { items, intents, ...others } = parts;
  return {
    ...(items === undefined ? {} : { "extract-action-items": { action_items: items } }),
    ...(intents === undefined ? {} : { "detect-intents": { intents } }),
    ...others,
  };
}
