import assert from "node:assert/strict";
import {
  detectIntents,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectIntents.ts";
import {
  detectSchedulingIntent,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectSchedulingIntent.ts";
import {
  extractActionItems,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractActionItems.ts";
import { readingRun, runSkill } from "../readingRun.ts";
import { saying } from "./salesCall.ts";

/** The meeting of `saying` is on Thursday, 12 March 2026. Dana sells, Marcus buys. */
type Deed = readonly [
  what: string,
  lines: readonly string[],
  items: readonly (readonly [text: RegExp, due: string | null])[],
];
const DEEDS: readonly Deed[] = [
  ["takes two deeds on one thing for one, with the day of the second", [
    "Dana Whitfield: I'll redo the order form and get it across to you both tomorrow.",
  ], [[/redo the order form/i, "2026-03-13"]]],
  ['asks the question before it what "it" is', [
    "Marcus Oyelaran: And the rollback?",
    "Dana Whitfield: I'll write that up today.",
  ], [[/rollback/, "2026-03-12"]]],
  ["reads a request answered in other words", [
    "Dana Whitfield: Can you make the intro to Beatriz?",
    "Marcus Oyelaran: I'll do an email tomorrow.",
  ], [[/Beatriz/, "2026-03-13"]]],
  ["hears a promise told by the thing itself", [
    "Dana Whitfield: Perfect, the order form's on its way.",
  ], [[/order form/, null]]],
  ['hears what "what I can do" announces', [
    "Dana Whitfield: What I can do is put together a savings model by Monday.",
  ], [[/savings model/, "2026-03-16"]]],
  ["hears what a third person is made to do", [
    "Dana Whitfield: I'll have our lawyer put that in writing by Friday.",
  ], [[/lawyer/, "2026-03-13"]]],
  ["reads the day of an hour that was named with it", [
    "Dana Whitfield: I'll have the revised contract in your inbox by lunch tomorrow.",
  ], [[/revised contract/, "2026-03-13"]]],
  ["takes a bare hour for today", [
    "Dana Whitfield: I'll check the sync around four and text you.",
  ], [[/sync/, "2026-03-12"]]],
  ["takes the morning for tomorrow's", [
    "Dana Whitfield: I'll email you the reconciliation report in the morning.",
  ], [[/reconciliation report/, "2026-03-13"]]],
  ["reads the end of tomorrow", [
    "Marcus Oyelaran: Can I get the overtime hours for May?",
    "Dana Whitfield: You'll have them by end of day tomorrow.",
  ], [[/overtime hours/, "2026-03-13"]]],
  ["reads a term given after the deed", [
    "Dana Whitfield: I'll get you the full list, give me till the end of next week.",
  ], [[/full list/, "2026-03-20"]]],
  ["hears a promise in the passive, ahead of an event", [
    "Marcus Oyelaran: The forecast sheet counts renewals twice.",
    "Dana Whitfield: It'll be corrected before the leadership call on Friday.",
  ], [[/forecast sheet/, "2026-03-13"]]],
  ["hears what is said of a thing on its way", [
    "Dana Whitfield: Lovely, the revised contract will be with you by Monday.",
  ], [[/revised contract/, "2026-03-16"]]],
  ["hears no request in a question for a fact", [
    "Marcus Oyelaran: When can you start installing the trackers?",
    "Dana Whitfield: Good question.",
  ], []],
  ["hears no promise in what is not promised", [
    "Marcus Oyelaran: I won't promise I'll read the case study.",
  ], []],
];

for (const [what, lines, items] of DEEDS) {
  Deno.test(`extractActionItems ${what}`, async () => {
    const { action_items } = await runSkill(extractActionItems, readingRun(saying(...lines)).ctx);
    assert.deepEqual(action_items.map(({ due_iso }) => due_iso), items.map(([, due]) => due));
    items.forEach(([text], at) => assert.match(action_items[at].text, text));
  });
}

const INTENTS: readonly (readonly [what: string, lines: readonly string[], intent: string[]])[] = [
  ["a colleague named with her team", [
    "Dana Whitfield: There are limits on fields, so let me double check with Anika on our data team.",
  ], ["check_with_team"]],
  ["colleagues that are pushed", [
    "Dana Whitfield: Engineering is on it. I'll push them for a date.",
  ], ["check_with_team"]],
  ["a price sheet as a document", [
    "Dana Whitfield: I'll send you our price sheet tonight.",
  ], ["send_content"]],
  ["a rival named in answer to our question", [
    "Dana Whitfield: Have you looked at anyone else?",
    "Marcus Oyelaran: Only Stockwise so far.",
  ], ["competitive_mention"]],
  ["what others use", ["Marcus Oyelaran: My neighbor uses CropTrail and he likes it."], [
    "competitive_mention",
  ]],
  ["no rival in a person", ["Marcus Oyelaran: That would help me with Leonard."], []],
  ["a date given in answer to our question", [
    "Dana Whitfield: Is there a date you have in mind?",
    "Marcus Oyelaran: End of May.",
  ], ["timeline_signal"]],
  ["a committee that meets", [
    "Marcus Oyelaran: The capital committee sits on the ninth of July and that's the one I need to hit.",
  ], ["timeline_signal"]],
  ["a jump in price", ["Marcus Oyelaran: Honestly, that's a big jump for us."], [
    "objection_blocker",
  ]],
  ["no objection in a lot of time", [
    "Marcus Oyelaran: We spend ten hours a week on it, and that's a lot of time.",
  ], []],
  ["no objection in what is wrong with a rival", [
    "Marcus Oyelaran: We did look at StockPot last year. Too complicated for our crew.",
  ], ["competitive_mention"]],
  ["a price asked for in passing", ["Marcus Oyelaran: So what's it run?"], ["pricing_request"]],
];

for (const [what, lines, intents] of INTENTS) {
  Deno.test(`detectIntents hears ${what}`, async () => {
    const found = await runSkill(detectIntents, readingRun(saying(...lines)).ctx);
    assert.deepEqual(found.intents.map(({ intent }) => intent), intents);
  });
}

const MEETINGS: readonly (readonly [what: string, lines: readonly string[], is: boolean])[] = [
  ["hears a time settled with a calendar", [
    "Marcus Oyelaran: Okay then we connect again next week, Wednesday evening?",
    "Dana Whitfield: Wednesday five thirty is good, I will block the calendar.",
  ], true],
  ["does not take a configuration for a meeting", [
    "Dana Whitfield: For tomorrow you can route them to counter four.",
    "Marcus Oyelaran: I'll set that up tonight before closing.",
    "Dana Whitfield: Good.",
  ], false],
  ["does not take the day of a mail for one", [
    "Dana Whitfield: I've got a one pager, I'll shoot that over this morning.",
    "Marcus Oyelaran: Sounds good.",
  ], false],
  ["does not book what waits for somebody else", [
    "Dana Whitfield: Do you want to set something up for next week?",
    "Marcus Oyelaran: Let me talk to her first, she travels a lot.",
  ], false],
];

for (const [what, lines, is] of MEETINGS) {
  Deno.test(`detectSchedulingIntent ${what}`, async () => {
    const run = readingRun(saying(...lines));
    const found = await runSkill(detectSchedulingIntent, run.ctx, { outputs: {} });
    assert.equal(found.has_scheduling_intent, is);
  });
}
