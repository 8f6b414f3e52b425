import { z } from "zod";
import { DETECT_NEW_STAKEHOLDERS } from "../../../prompts/detectNewStakeholders.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, peopleFor } from "./_byModel.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";
import { findNamedPeople, type NamedPerson } from "./_namedPeople.ts";
import { nameTokens } from "./_sides.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
  outputs: z.object({
    "classify-call-type": z.object({ call_type_name: z.string().nullish() }).nullish().catch(null),
    "extract-action-items": z.object({
      action_items: z.array(z.object({ owner: z.string().nullish() })),
    }).nullish().catch(null),
  }),
  context: z.object({
    contact: z.object({ name: z.string() }).nullish(),
    company: z.object({ name: z.string() }).nullish(),
  }),
  params: z.object({
    /** Names that the team wants never reported, beside attendees and contacts. */
    ignore_names: z.array(z.string()).default([]),
  }).default({ ignore_names: [] }),
});

const Stakeholder = z.object({
  name: z.string(),
  role: z.string().nullable(),
  /** The buyer's company; null when the meeting belongs to none we know. */
  company: z.string().nullable(),
  turn: z.number().int(),
  confidence: z.number().min(0).max(1),
  evidence: z.array(EvidenceSchema),
});

/** Output of `detect-new-stakeholders`. */
export const DetectNewStakeholdersOutput = z.object({
  new_stakeholders: z.array(Stakeholder),
  count: z.number().int(),
});
export type DetectNewStakeholdersOutput = z.output<typeof DetectNewStakeholdersOutput>;

const MAX_PEOPLE = 20;
const MAX_QUOTES = 3;
/** There is no buyer here whose colleagues could be new. */
const NO_BUYER = /\b(?:internal|recruit\w*|interview|hiring|stand-?up)\b/i;

/** `detect-new-stakeholders`: people of the buyer's side who were named and are not yet contacts. */
export const detectNewStakeholders = defineAdapter({
  skill: "detect-new-stakeholders",
  effectMode: "pure",
  cpuMs: 100,
  input: Input,
  output: DetectNewStakeholdersOutput,
  async run(input, ctx) {
    const talk = await loadMeetingTalk(ctx, input.payload.meeting_id);
    const { outputs, context, params } = input;
    const callType = outputs["classify-call-type"]?.call_type_name ?? "";
    const owners = (outputs["extract-action-items"]?.action_items ?? [])
      .map((item) => item.owner ?? "");
    const isBuyerThere = talk.sides.hasOutsiders && !NO_BUYER.test(callType);
    const byModel = isBuyerThere ? await askForPeople(talk, ctx) : null;
    const named = byModel?.people ??
      (isBuyerThere ? findNamedPeople(talk.sentences, talk.sides, owners) : []);
    const ignored = [context.contact?.name ?? "", ...params.ignore_names];
    const unknown = await withoutContacts(withoutNames(named, ignored), talk, ctx);
    const newcomers = unknown.slice(0, MAX_PEOPLE)
      .map((person) => describePerson(person, context.company?.name ?? null));
    return {
      output: { new_stakeholders: newcomers, count: newcomers.length },
      engine: byModel?.engine ?? "rules",
    };
  },
});

const ModelPeople = z.object({
  people: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    name: z.string(),
    role: z.string().nullable(),
    confidence: z.number().min(0).max(1),
  })),
});

/** Who a model heard of; the name must stand in its quote, and nobody who was there is new. */
async function askForPeople(talk: MeetingTalk, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: DETECT_NEW_STAKEHOLDERS,
    answer: ModelPeople,
    preface: peopleFor(talk),
    listed: (value) => value.people,
    mayDegrade: true,
  });
  if (found === null) return null;
  const people = found.items.flatMap((item): NamedPerson[] => {
    const name = quoteOf(item.name);
    const isNamed = name !== "" && item.quote.toLowerCase().includes(name.toLowerCase());
    if (!isNamed || talk.sides.findByName(name) !== null) return [];
    return [{
      name,
      role: item.role === null ? null : quoteOf(item.role),
      confidence: item.confidence,
      mentions: talk.sentences.filter((sentence) =>
        sentence.turn === item.turn && sentence.raw.toLowerCase().includes(name.toLowerCase())
      ),
    }];
  });
  return { people: people.filter(({ mentions }) => mentions.length > 0), engine: found.engine };
}

function withoutNames(
  people: readonly NamedPerson[],
  ignored: readonly string[],
): readonly NamedPerson[] {
  const known = ignored.map(nameTokens).filter((tokens) => tokens.length > 0);
  return people.filter((person) => {
    const tokens = nameTokens(person.name);
    return !known.some((other) =>
      tokens.every((token) => other.includes(token)) ||
      other.every((token) => tokens.includes(token))
    );
  });
}

/**
 * Leaves out who is a contact already. A transcript gives names, contacts are found by address: the
 * usual ways of writing a name before the attendees' own domains are looked up, in our CRM only.
 */
async function withoutContacts(
  people: readonly NamedPerson[],
  talk: MeetingTalk,
  ctx: SkillRun,
): Promise<readonly NamedPerson[]> {
  const domains = buyerDomains(talk);
  if (people.length === 0 || domains.length === 0) return people;
  const guesses = new Map<string, NamedPerson>();
  for (const person of people) {
    for (const address of likelyAddresses(person.name, domains)) guesses.set(address, person);
  }
  const contacts = await ctx.ports.crm.findContactsByEmail(ctx.orgId, [...guesses.keys()]);
  ctx.signal.throwIfAborted();
  const known = new Set(contacts.map((contact) => guesses.get(contact.email?.toLowerCase() ?? "")));
  return people.filter((person) => !known.has(person));
}

function buyerDomains(talk: MeetingTalk): readonly string[] {
  const domains = talk.meeting.attendees
    .filter((attendee) => attendee.is_external)
    .map((attendee) => attendee.email?.toLowerCase().split("@")[1] ?? "")
    .filter((domain) => domain !== "");
  return [...new Set(domains)];
}

/** @example likelyAddresses("Jo Bell", ["a.example"]) // ["jo@a.example", "jo.bell@a.example", …] */
export function likelyAddresses(name: string, domains: readonly string[]): readonly string[] {
  const tokens = nameTokens(name);
  const first = tokens[0] ?? "";
  const last = tokens.length > 1 ? tokens.at(-1) ?? "" : "";
  const locals = last === "" ? [first] : [
    first,
    `${first}.${last}`,
    `${first}${last}`,
    `${first}_${last}`,
    `${first[0]}${last}`,
    `${first[0]}.${last}`,
    `${first}${last[0]}`,
    `${first}.${last[0]}`,
    `${last}.${first}`,
    last,
  ];
  return domains.flatMap((domain) => locals.map((local) => `${local}@${domain}`));
}

function describePerson(
  person: NamedPerson,
  company: string | null,
): z.output<typeof Stakeholder> {
  const quotes = new Map<string, { turn: number; quote: string }>();
  for (const { turn, raw } of person.mentions) {
    const quote = quoteOf(raw);
    if (quote) quotes.set(`${turn}:${quote}`, { turn, quote });
  }
  return {
    name: person.name,
    role: person.role,
    company,
    turn: person.mentions[0]?.turn ?? 0,
    confidence: person.confidence,
    evidence: [...quotes.values()].slice(0, MAX_QUOTES),
  };
}
