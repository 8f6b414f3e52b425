/**
 * The project's own labelled set: meetings and mails written for it, in other words than the development
 * set's. `deno task eval --gold tests/fixtures/eval --errors` prints every miss.
 */
import assert from "node:assert/strict";
import { type Gold, readGold } from "../../cli/evalGold.ts";
import { readMails } from "../../cli/evalMail.ts";
import { readMeeting } from "../../cli/evalRun.ts";
import { scoreAll } from "../../cli/evalScore.ts";

const GOLD = new URL("../fixtures/eval/", import.meta.url).pathname;
/** Below these a change of the rules made them worse. */
const FLOORS = {
  action_items: 0.92,
  intents: 0.8,
  pricing_amounts: 0.9,
  scheduling: 0.85,
  verbal_commitment: 0.9,
  new_stakeholders: 0.9,
  due_dates: 0.9,
  call_type: 0.9,
  mails: 0.95,
};

let scoring: Promise<{ readonly gold: Gold; readonly scores: ReturnType<typeof scoreAll> }>;

function score() {
  return scoring ??= (async () => {
    const gold = await readGold(GOLD);
    const predictions = new Map();
    for (const meeting of gold.meetings) {
      predictions.set(meeting.id, (await readMeeting(meeting, gold.callTypes)).prediction);
    }
    return { gold, scores: scoreAll(gold, predictions, await readMails(gold.mails)) };
  })();
}

Deno.test("the meeting skills hold their floors on our own 16 transcripts", async () => {
  const { gold, scores } = await score();
  assert.equal(gold.meetings.length, 16);
  const reached = {
    action_items: scores.skills.action_items.f1,
    intents: scores.skills.intents.f1,
    pricing_amounts: scores.skills.pricing_amounts.f1,
    scheduling: scores.skills.scheduling.f1,
    verbal_commitment: scores.skills.verbal_commitment.f1,
    new_stakeholders: scores.skills.new_stakeholders.f1,
    due_dates: scores.due_dates.accuracy ?? 0,
    call_type: scores.call_type.accuracy ?? 0,
  };
  for (const [what, value] of Object.entries(reached)) {
    assert.ok(value >= FLOORS[what as keyof typeof reached], `${what}: ${value}`);
  }
  assert.ok((scores.due_dates.spurious_rate ?? 0) <= 0.05);
});

Deno.test("nobody undertakes what a turn orders a machine to do", async () => {
  const { gold } = await score();
  const meeting = gold.meetings.find(({ id }) => id === "own-13")!;
  const { prediction } = await readMeeting(meeting, gold.callTypes);
  const said = JSON.stringify([prediction.action_items, prediction.intents]);
  assert.doesNotMatch(said, /price list|as won|previous instructions/i);
});

Deno.test("classify-email-intent holds its floor on our own 125 mails, whatever they order machines to do", async () => {
  const { gold, scores } = await score();
  assert.equal(gold.mails.length, 125);
  const { emails, errors } = scores;
  assert.ok(
    (emails.accuracy ?? 0) >= FLOORS.mails,
    errors.map(({ id, detail }) => `${id} ${detail}`).join("\n"),
  );
  assert.equal(emails.prompt_injection_accuracy, 1);
});
