/** Runs the reading skills over one labelled meeting, and says what they found in the set's own format. */
import type { z } from "zod";
import type {
  DirectAdapter,
  SkillRun,
} from "../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { ADAPTER_REGISTRY } from "../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type {
  CrmCallType,
  CrmContact,
  CrmMeeting,
  CrmPort,
  SkillPorts,
} from "../supabase/functions/_shared/ports/mod.ts";
import { createRulesLlm } from "../supabase/functions/_shared/providers/llm/rules.ts";
import { INTENT_ACTIONS } from "../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";
import type { Gold, GoldMeeting, WrittenAmount } from "./evalGold.ts";

/** What was found in a meeting, as `score` reads it and `--out` writes it. */
export interface Prediction {
  readonly call_type: string | null;
  readonly is_sales: boolean;
  readonly action_items: readonly {
    readonly text: string;
    readonly owner: string;
    readonly due_iso: string | null;
    readonly turn: number;
  }[];
  readonly intents: readonly {
    readonly intent: string;
    readonly turn: number;
    readonly confidence: number;
    readonly tier: string;
  }[];
  readonly scheduling: { readonly present: boolean; readonly duration_minutes: number | null };
  readonly verbal_commitment: { readonly present: boolean };
  readonly pricing: { readonly discussed: boolean; readonly amounts: readonly WrittenAmount[] };
  readonly new_stakeholders: readonly { readonly name: string; readonly role: string | null }[];
}

export interface MeetingRun {
  readonly prediction: Prediction;
  /** Milliseconds per skill. */
  readonly tookMs: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Runs the skills in the order of the meeting sequence, each fed with what those before it said. */
export async function readMeeting(
  meeting: GoldMeeting,
  callTypes: Gold["callTypes"],
): Promise<MeetingRun> {
  const warnings: string[] = [];
  const ctx = skillRun(createCrm(meeting, callTypes), (message) => warnings.push(message));
  const outputs: Record<string, unknown> = {};
  const tookMs: Record<string, number> = {};
  const ask = async <Input extends z.ZodType, Output extends z.ZodType>(
    adapter: DirectAdapter<Input, Output>,
  ): Promise<z.output<Output>> => {
    const step = { payload: { meeting_id: meeting.id }, outputs, context: {}, params: {} };
    const startedAt = performance.now();
    const { output } = await adapter.run(adapter.input.parse(step), ctx);
    tookMs[adapter.skill] = performance.now() - startedAt;
    outputs[adapter.skill] = output;
    return adapter.output.parse(output);
  };
  const type = await ask(ADAPTER_REGISTRY["classify-call-type"]);
  const { action_items } = await ask(ADAPTER_REGISTRY["extract-action-items"]);
  const { intents } = await ask(ADAPTER_REGISTRY["detect-intents"]);
  const scheduling = await ask(ADAPTER_REGISTRY["detect-scheduling-intent"]);
  const yes = await ask(ADAPTER_REGISTRY["detect-verbal-commitment"]);
  const pricing = await ask(ADAPTER_REGISTRY["extract-pricing-discussion"]);
  const people = await ask(ADAPTER_REGISTRY["detect-new-stakeholders"]);
  return {
    prediction: {
      call_type: type.call_type_name,
      is_sales: type.is_sales,
      action_items: action_items.map(({ text, owner, due_iso, turn }) => ({
        text,
        owner,
        due_iso,
        turn,
      })),
      intents: intents.map(({ intent, turn, confidence, confidence_tier: tier }) => ({
        intent,
        turn,
        confidence,
        tier,
      })),
      scheduling: {
        present: scheduling.has_scheduling_intent,
        duration_minutes: scheduling.duration_minutes,
      },
      verbal_commitment: { present: yes.detected },
      pricing: {
        discussed: pricing.discussed,
        amounts: pricing.amounts.map(({ value, currency, unit }) => ({ value, currency, unit })),
      },
      new_stakeholders: people.new_stakeholders.map(({ name, role }) => ({ name, role })),
    },
    tookMs,
    warnings,
  };
}

/** The meeting as a CRM would hold it. Labels never reach a skill. */
function createCrm(meeting: GoldMeeting, callTypes: Gold["callTypes"]): CrmPort {
  const contacts = meeting.known_contacts.map((email): CrmContact => ({
    id: email.toLowerCase(),
    name: meeting.attendees.find((person) => isSameAddress(person.email, email))?.name ?? "",
    email,
    title: null,
    phone: null,
    timezone: null,
    company_id: null,
    owner_id: null,
  }));
  const row: CrmMeeting = {
    id: meeting.id,
    title: meeting.title,
    started_at: meeting.started_at,
    timezone: meeting.timezone,
    duration_minutes: null,
    organizer_email: null,
    user_id: null,
    contact_id: null,
    deal_id: null,
    call_type: null,
    call_type_confidence: null,
    attendees: meeting.attendees.map((person) => ({
      name: person.name,
      email: person.email ?? null,
      title: person.title ?? null,
      is_external: person.is_external,
      contact_id: contacts.find(({ email }) => isSameAddress(email, person.email))?.id ?? null,
    })),
  };
  const types = callTypes.map((type): CrmCallType => ({
    ...type,
    id: null,
    keywords: [],
    enable_coaching: type.is_sales,
  }));
  const answers: Partial<CrmPort> = {
    getMeeting: () => Promise.resolve(row),
    getTranscript: () =>
      Promise.resolve(
        meeting.turns.map((turn) => ({ ...turn, t_seconds: turn.t_seconds ?? null })),
      ),
    getContact: (_org, id) => Promise.resolve(contacts.find((known) => known.id === id) ?? null),
    findContactsByEmail: (_org, emails) =>
      Promise.resolve(
        contacts.filter((known) => emails.some((email) => isSameAddress(known.email, email))),
      ),
    listCallTypes: () => Promise.resolve(types),
    applyChange: ({ effectKey }) => Promise.resolve({ id: effectKey, repeated: false }),
  };
  return refusing("crm", answers);
}

function isSameAddress(a: string | null | undefined, b: string | null | undefined): boolean {
  return a !== null && a !== undefined && a.toLowerCase() === b?.toLowerCase();
}

/** Whatever a reading skill has no business with throws by its name. */
export function refusing<Whole extends object>(what: string, answers: Partial<Whole>): Whole {
  return new Proxy(answers, {
    get(target, key) {
      if (key in target) return Reflect.get(target, key);
      throw new Error(`A reading skill asked for ${what}.${String(key)}`);
    },
  }) as Whole;
}

export function skillRun(crm: CrmPort, warn: (message: string) => void): SkillRun {
  return {
    jobId: "eval",
    stepId: "eval",
    orgId: "eval",
    userId: null,
    attempt: 1,
    event: {
      id: "eval",
      type: "meeting_ended",
      source: "eval",
      org_id: "eval",
      user_id: null,
      payload: {},
      depth: 0,
      root_event_id: "eval",
      parent_job_id: null,
    },
    effectKey: (suffix) => `eval:${suffix ?? ""}`,
    ports: refusing<SkillPorts>("ports", {
      crm,
      intents: { list: () => Promise.resolve(INTENT_ACTIONS) },
      llm: createRulesLlm(),
    }),
    signal: new AbortController().signal,
    recordCost: () => {},
    warn,
  };
}
