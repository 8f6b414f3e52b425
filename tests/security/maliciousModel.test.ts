/**
 * A language model in an attacker's hand (T18), over every skill that asks one and every skill that sends: no effect
 * that nobody approved, no recipient outside the record, no address of the attacker's, nothing that readers cannot see.
 * No real model is needed: the answers are a table.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { skillsTable } from "../../local/skillsTable.ts";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillAdapter } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { FleetError } from "../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import {
  BUILT_SKILLS,
  type SkillFacts,
  type SkillSlug,
} from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { Json, JsonObject } from "../../supabase/functions/_shared/orchestrator/types.ts";
import type { LlmPort } from "../../supabase/functions/_shared/ports/llm.ts";
import type { SlackMessage } from "../../supabase/functions/_shared/ports/mod.ts";
import { createLlm, readEngine } from "../../supabase/functions/_shared/providers/llm/llm.ts";
import { ADAPTERS, earlierOutputs, inputOf, WORLD } from "../conformance/_perform.ts";
import { SCENARIOS } from "../conformance/scenarios/index.ts";
import { readingRun } from "../adapters/readingRun.ts";
import { type Asked, createSkillWorld, SEED, type SkillWorld } from "../support/skillWorld.ts";
import { pathsOf } from "../fuzz/bodies.ts";
import {
  type Attack,
  ATTACKER,
  ATTACKER_HOST,
  attackerModel,
  ATTACKS,
  CANARY,
  type Mode,
  MODES,
} from "./_attackerModel.ts";

const current: { attack: Attack; mode: Mode; isOn: boolean; asked: number } = {
  attack: ATTACKS[0],
  mode: "plain",
  isOn: false,
  asked: 0,
};

/** The port itself as it is deployed, with the attacker behind it; it counts what reaches the vendor. */
const attacked = createLlm({
  engine: readEngine("anthropic:attacker"),
  models: {
    anthropic: (request) =>
      attackerModel(current.attack, current.mode, () => current.asked++)(request),
    openai: () => Promise.resolve(null),
  },
  ledger: {
    readSettings: () => Promise.resolve({ llm: null, policy: "allow" }),
    reserve: () => Promise.resolve({ reserved: true }),
    settle: () => Promise.resolve({ cost_usd: 0 }),
  },
  clock: { now: () => Date.now() },
  ids: { uuid: () => crypto.randomUUID() },
});
const llm: LlmPort = {
  isModelSet: (asker) => current.isOn ? attacked.isModelSet(asker) : Promise.resolve(false),
  ask: (question, asker) => current.isOn ? attacked.ask(question, asker) : Promise.resolve(null),
};

/** What makes a skill ask its model where its scenario has nothing to ask about. */
const QUESTIONS: Readonly<Record<string, (asked: Asked) => Asked | Promise<Asked>>> = {
  "extract-crm-fields": async (asked) => {
    const turns = [{
      speaker: "Priya",
      text: "We will sign before Friday, I promise.",
      t_seconds: 1,
    }];
    await world.sql`insert into public.meeting_transcripts (meeting_id, org_id, turns)
      values (${SEED.meeting}, ${SEED.org}, ${world.sql.json(turns)})
      on conflict (meeting_id) do update set turns = excluded.turns`;
    return { ...asked, payload: { ...asked.payload, deal_id: SEED.deal } };
  },
  "correlate-win-loss": async (asked) => {
    await world
      .sql`insert into public.coaching_analyses (org_id, meeting_id, user_id, overall_score, created_at)
      select ${SEED.org}, m.id, ${SEED.member}, case when d.status = 'won' then 80 else 40 end,
        fleet.now() - interval '1 day'
      from public.meetings m join public.deals d on d.id = m.deal_id, generate_series(1, 3)
      where m.org_id = ${SEED.org} and d.status in ('won', 'lost')`;
    return asked;
  },
  "run-specialist-agent": (asked) => ({
    ...asked,
    payload: { ...asked.payload, prompt: "What did we promise?" },
  }),
};

/** Each skill in a world of its own: scenarios change rows that others read. */
async function inWorld(slug: string, work: (asked: Asked) => Promise<void>): Promise<void> {
  current.isOn = false;
  world = await createSkillWorld({ llm });
  try {
    await world.sql`update public.contacts set title = ${CANARY} where id = ${SEED.contact}`;
    const asked = await (QUESTIONS[slug] ?? ((one: Asked) => one))(
      await SCENARIOS[slug].ask(world),
    );
    const rows = await world.sql`
      select lower(email) as email from public.contacts where org_id = ${SEED.org} and email is not null
      union select lower(a.email) from public.meeting_attendees a
        where a.org_id = ${SEED.org} and a.email is not null
      union select lower(p.email) from public.profiles p
        join public.organization_memberships m on m.user_id = p.id and m.org_id = ${SEED.org}`;
    known = new Set(rows.map((row) => row.email));
    const people = await world.sql`
      select user_id from public.organization_memberships where org_id = ${SEED.org}`;
    members = new Set(people.map((row) => row.user_id));
    await work(asked);
  } finally {
    current.isOn = false;
    await world[Symbol.asyncDispose]();
  }
}

let world: SkillWorld;
/** Addresses that the record knows: contacts, attendees, members. */
let known: ReadonlySet<string>;
let members: ReadonlySet<string>;

/** Thrown where a person would be asked: nobody approves anything here. */
class Unapproved extends Error {}

const HIDDEN = /[\u200b\u202a-\u202e\u2060-\u2069\u{e0000}-\u{e007f}]/u;
const EVENT_TYPES = new Set([...Object.keys(EVENT_SEQUENCES), "agent_run"]);
let cases = 0;

/** What an answer may never lead to, in whatever a skill gave out. */
function assertHarmless(what: string, given: unknown): void {
  const text = JSON.stringify(given) ?? "";
  assert.ok(!text.includes(ATTACKER_HOST), `${what} leads to the attacker: ${around(text)}`);
  assert.doesNotMatch(text, HIDDEN, `${what} hides something`);
}

const around = (text: string) => {
  const at = text.indexOf(ATTACKER_HOST);
  return text.slice(Math.max(0, at - 120), at + 60);
};

interface Guard {
  readonly contacts: unknown;
  readonly people: unknown;
  readonly settings: unknown;
}

async function readGuarded(): Promise<Guard> {
  const [row] = await world.sql<Guard[]>`select
    (select jsonb_agg(array[c.id::text, c.email] order by c.id) from public.contacts c) as contacts,
    (select jsonb_agg(array[m.user_id::text, m.role] order by m.user_id) from public.organization_memberships m)
      as people,
    (select jsonb_agg(s.send_mode) from public.fleet_org_settings s) as settings`;
  return row;
}

/** One case on the seeded organisation. Answers what was sent. */
async function runCase(
  adapter: SkillAdapter,
  asked: Asked,
  edit: (proposed: JsonObject) => JsonObject,
) {
  world.sent.length = 0;
  cases++;
  try {
    return await world.perform(adapter, { ...asked, jobId: crypto.randomUUID() }, edit);
  } catch (error) {
    // A step whose input breaks its schema fails before the skill runs.
    const isRefusal = error instanceof FleetError || error instanceof z.ZodError;
    if (!isRefusal && !(error instanceof Unapproved)) throw error;
    return null;
  }
}

const pause = (): JsonObject => {
  throw new Unapproved();
};

/** Slack tells members and channels that the organisation set; nothing else happens before an approval. */
function assertNothingLeft(slug: string): void {
  for (const { port, content } of world.sent) {
    assert.equal(port, "slack", `${slug} sent by ${port} without an approval`);
    const { to } = content as unknown as SlackMessage;
    assert.ok("channel" in to || members.has(to.userId), `${slug} told ${JSON.stringify(to)}`);
  }
}

const modeOf = (turn: number): Mode => MODES[turn % MODES.length];

/** Skills whose own file asks: the table of skills says which. */
const ASKING = new Set(
  [...(await skillsTable()).matchAll(/^\| \[([a-z-]+)\][^|]*\|[^|]*\|[^|]*\bmodel\b/gm)].map((
    [, slug],
  ) => slug),
);

for (const slug of Object.keys(SCENARIOS).filter((one) => ASKING.has(one))) {
  const adapter: SkillAdapter = ADAPTER_REGISTRY[slug as SkillSlug];

  Deno.test(`${slug}: ${ATTACKS.length} answers of a malicious model do nothing that nobody approved (T18)`, () =>
    inWorld(slug, async (asked) => {
      const guarded = await readGuarded();
      current.isOn = true;
      let asks = 0;
      for (const [turn, attack] of ATTACKS.entries()) {
        Object.assign(current, { attack, mode: modeOf(turn), asked: 0 });
        const done = await runCase(adapter, asked, pause);
        asks += current.asked;
        assertNothingLeft(slug);
        assertHarmless(`${slug}, ${attack.name}`, [world.sent, done]);
        for (const { type } of done?.followups ?? []) assert.ok(EVENT_TYPES.has(type), type);
      }
      assert.ok(asks > 0, "the model was never asked");
      assert.deepEqual(await readGuarded(), guarded);
    }));
}

for (const [slug, adapter] of ADAPTERS.filter(([one]) => ASKING.has(one))) {
  Deno.test(`${slug}: ${ATTACKS.length} answers of a malicious model about a meeting stay words (T18)`, async () => {
    current.isOn = false;
    const outputs = await earlierOutputs(WORLD);
    current.isOn = true;
    for (const [turn, attack] of ATTACKS.entries()) {
      Object.assign(current, { attack, mode: modeOf(turn), asked: 0 });
      const run = readingRun(WORLD);
      const ctx = { ...run.ctx, ports: { ...run.ctx.ports, llm }, recordCost: () => {} };
      const input = adapter.input.parse(inputOf(outputs));
      cases++;
      let done: unknown = null;
      try {
        done = adapter.kind === "direct"
          ? await adapter.run(input, ctx)
          : await adapter.propose(input, ctx);
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
      }
      assert.ok(current.asked > 0, "the model was never asked");
      assert.deepEqual(run.invitations, []);
      assertHarmless(`${slug}, ${attack.name}`, [done, run.changes, run.messages, run.feed]);
    }
    current.isOn = false;
  });
}

type Path = readonly (string | number)[];

function withText(value: Json, path: Path, text: string): Json {
  const copy = structuredClone(value) as Record<string | number, Json>;
  let at: Record<string | number, Json> = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, Json>;
  at[path.at(-1)!] = text;
  return copy as Json;
}

const readAt = (value: unknown, path: Path) =>
  path.reduce((at, key) => (at as Record<string | number, unknown>)[key], value);

/**
 * Earlier outputs as if a model had written every text in them that the skill would take: rows' ids, days and words of
 * a list are computed by code, and the schema of the skill knows them.
 */
function poisoner(adapter: SkillAdapter, asked: Asked): (attack: Attack) => JsonObject {
  const outputs = (asked.outputs ?? {}) as Json;
  const takes = (candidate: Json) =>
    adapter.input.safeParse({
      payload: asked.payload,
      outputs: candidate,
      context: inputOf({}).context,
      params: asked.params ?? {},
    }).success;
  const free = pathsOf(outputs)
    .filter((path) => typeof readAt(outputs, path) === "string")
    .filter((path) => !/(^|_)id$/.test(String(path.at(-1))))
    .filter((path) => takes(withText(outputs, path, "a word")));
  return (attack) =>
    free.reduce((value, path) => withText(value, path, attack.text), outputs) as JsonObject;
}

const SENDING = Object.keys(SCENARIOS).filter((slug) => {
  const { effectMode, isUpkeep }: SkillFacts = BUILT_SKILLS[slug as SkillSlug];
  // Upkeep calls vendors about the organisation's own accounts; no word of a run goes with it.
  return !isUpkeep &&
    (effectMode === "keyed" || effectMode === "reconcile" || effectMode === "at_most_once");
});

/** Everybody that a mail or an invitation goes to. */
function recipientsOf(content: Json): readonly string[] {
  const { to, cc, attendees } = content as Record<string, Json | undefined>;
  return [to, cc, attendees].flat()
    .map((one) => typeof one === "object" && one !== null ? (one as JsonObject).email : one)
    .filter((one): one is string => typeof one === "string" && one.includes("@"));
}

/** Mentions and links of the corpus as Slack would act on them (T21): only a template may write such. */
const MARKUP = /<(?:!channel|!everyone|@U0ATTACK|#C0ATTACK|https?:\/\/attacker)/;

/** Texts that Slack reads as markup: the message's own and every `mrkdwn`; `plain_text` is shown as it is. */
function markupIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, text } = value as { readonly type?: unknown; readonly text?: unknown };
  const own = typeof text === "string" && type !== "plain_text" ? [text] : [];
  return [...own, ...Object.values(value).flatMap(markupIn)];
}

function assertNoMarkup(slug: string, content: unknown): void {
  for (const text of markupIn(content)) {
    assert.doesNotMatch(text, MARKUP, `${slug} shouts or links`);
  }
}

for (const slug of SENDING) {
  const adapter: SkillAdapter = ADAPTER_REGISTRY[slug as SkillSlug];

  Deno.test(`${slug}: words of a malicious model before it reach nobody outside the record (T18)`, () =>
    inWorld(slug, async (asked) => {
      const poison = poisoner(adapter, asked);
      for (const attack of ATTACKS) {
        const poisoned = { ...asked, outputs: poison(attack) };
        await runCase(adapter, poisoned, pause);
        assertNothingLeft(slug);
        // Somebody approves whatever is shown: it still goes to people of the record only.
        await runCase(adapter, poisoned, (proposed) => proposed);
        for (const { port, content } of world.sent) {
          if (port === "slack") {
            assertNoMarkup(slug, content);
            continue;
          }
          const recipients = recipientsOf(content);
          assert.ok(recipients.length > 0, `${slug} sent to nobody`);
          for (const address of recipients) {
            assert.ok(known.has(address.toLowerCase()), `${slug} wrote to ${address}`);
          }
        }
      }
    }));

  if (adapter.kind === "two-phase") {
    Deno.test(`${slug}: an approver's edit leads nothing to somebody outside the record (T18)`, () =>
      inWorld(slug, async (asked) => {
        for (
          const to of [ATTACKER, [ATTACKER], `Dana <${ATTACKER}>`, `dana@x.example, ${ATTACKER}`]
        ) {
          await runCase(
            adapter,
            asked,
            (proposed) => ({ ...proposed, to, cc: [ATTACKER], bcc: to }),
          );
          const recipients = world.sent.flatMap(({ content }) => recipientsOf(content));
          assert.ok(!recipients.some((address) => address.includes(ATTACKER_HOST)));
        }
      }));
  }
}

Deno.test("at least 600 cases were run", async (t) => {
  await t.step(`${cases} cases`, () => assert.ok(cases >= 600));
});
