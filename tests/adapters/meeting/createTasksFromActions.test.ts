import assert from "node:assert/strict";
import {
  createTasksFromActions,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/createTasksFromActions.ts";
import { type ReadingRun, readingRun, type ReadingWorld, runSkill, USER } from "../readingRun.ts";
import { CONTEXT, earlier, intent, item, PAYLOAD } from "./earlierOutputs.ts";

function partsOf(outputs: object) {
  return { payload: PAYLOAD, context: CONTEXT, outputs };
}

async function create(outputs: object, world: ReadingWorld = {}) {
  const run = readingRun(world);
  const output = await runSkill(createTasksFromActions, run.ctx, partsOf(outputs));
  return { output, run };
}

function tasksIn({ changes }: ReadingRun) {
  return changes.filter(({ entity }) => entity === "task");
}

const TWO = earlier({ items: [item(), item({ text: "Book the demo", due_iso: null })] });

Deno.test("createTasksFromActions makes a task of a to-do, with day and links", async () => {
  const { output, run } = await create(earlier({ items: [item()] }));
  assert.deepEqual(output.tasks.map(({ title, due_on }) => [title, due_on]), [
    ["Send Marcus the pricing sheet", "2026-03-13"],
  ]);
  const { user_id, meeting_id, deal_id, contact_id, metadata } = tasksIn(run)[0].change;
  assert.deepEqual([user_id, meeting_id, deal_id, contact_id], [
    USER,
    "meeting-1",
    "deal-1",
    "contact-1",
  ]);
  assert.deepEqual(metadata, { evidence: { turn: item().turn, quote: item().quote } });
});

Deno.test("createTasksFromActions leaves their to-dos to them", async () => {
  const sides = ["ours", "theirs", "unknown"];
  const items = sides.map((side) => item({ text: `Of ${side}`, owner_side: side }));
  const { output } = await create(earlier({ items }));
  assert.deepEqual(output.tasks.map(({ title }) => title), ["Of ours", "Of unknown"]);
});

Deno.test("createTasksFromActions asks to add each new person", async () => {
  const new_stakeholders = [{ name: "Priya Nair", role: "CFO" }, { name: "Tom", role: null }];
  const { output } = await create({ "detect-new-stakeholders": { new_stakeholders } });
  assert.deepEqual(output.tasks.map(({ title }) => title), [
    "Add Priya Nair (CFO) as a contact",
    "Add Tom as a contact",
  ]);
});

Deno.test("createTasksFromActions makes one task of the same words said twice", async () => {
  const items = [item(), item({ text: "send Marcus the pricing sheet!" })];
  assert.equal((await create(earlier({ items }))).output.tasks_created, 1);
});

Deno.test("createTasksFromActions stops at twenty, also when it is repeated", async () => {
  const run = readingRun();
  const items = Array.from({ length: 30 }, (_, n) => item({ text: `Do thing ${n}` }));
  const parts = partsOf(earlier({ items }));
  await runSkill(createTasksFromActions, run.ctx, parts);
  await runSkill(createTasksFromActions, run.contextOf({ attempt: 2 }), parts);
  assert.equal(tasksIn(run).length, 20);
});

Deno.test("createTasksFromActions leaves open tasks of the meeting as they are", async () => {
  const { output, run } = await create(TWO, { openTasks: [{ title: "book the DEMO" }] });
  assert.deepEqual([output.tasks_created, output.already_open], [1, 1]);
  assert.equal(tasksIn(run).length, 1);
});

Deno.test("createTasksFromActions reports the same tasks when it is repeated", async () => {
  const run = readingRun();
  const first = await runSkill(createTasksFromActions, run.ctx, partsOf(TWO));
  const second = await runSkill(
    createTasksFromActions,
    run.contextOf({ attempt: 2 }),
    partsOf(TWO),
  );
  assert.deepEqual(second, first);
  assert.equal(tasksIn(run).length, 2);
});

Deno.test("createTasksFromActions doubles no task of another run, even on a retry", async () => {
  const run = readingRun();
  await runSkill(createTasksFromActions, run.ctx, partsOf(TWO));
  for (const attempt of [1, 2]) {
    const another = run.contextOf({ jobId: "job-2", attempt });
    await runSkill(createTasksFromActions, another, partsOf(TWO));
  }
  assert.equal(tasksIn(run).length, 2);
});

Deno.test("createTasksFromActions makes nothing when every earlier step is missing", async () => {
  const lost = { "extract-action-items": null, "detect-new-stakeholders": "lost" };
  for (const outputs of [{}, lost]) {
    const { output, run } = await create(outputs);
    assert.deepEqual([output.success, output.tasks_created], [true, 0]);
    assert.deepEqual(tasksIn(run), []);
  }
});

Deno.test("createTasksFromActions gives no day that is none", async () => {
  const { output } = await create(earlier({ items: [item({ due_iso: "by Friday" })] }));
  assert.equal(output.tasks[0].due_on, null);
});

Deno.test("createTasksFromActions keeps the action items of either side with their meeting, once", async () => {
  const run = readingRun();
  const items = [item(), item({ text: "Send the list", owner_side: "theirs" })];
  const parts = partsOf(earlier({ items }));
  await runSkill(createTasksFromActions, run.ctx, parts);
  await runSkill(createTasksFromActions, run.contextOf({ attempt: 2 }), parts);
  const kept = run.changes.filter(({ entity }) => entity === "meeting_action_item");
  assert.deepEqual(kept.map(({ change }) => [change.title, change.owner_side]), [
    ["Send Marcus the pricing sheet", "ours"],
    ["Send the list", "theirs"],
  ]);
});

Deno.test("createTasksFromActions marks a to-do with the commitment heard in its turn", async () => {
  const outputs = earlier({
    items: [item()],
    intents: [intent("send_content", { turn: item().turn })],
  });
  const { run } = await create(outputs);
  assert.equal(tasksIn(run)[0].change.signal_type, "content_requested");
});
