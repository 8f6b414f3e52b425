/** The project's own labelled mails, in other words than the development set's. */
import assert from "node:assert/strict";
import { readGold } from "../../cli/evalGold.ts";
import { readMails } from "../../cli/evalMail.ts";
import { scoreAll } from "../../cli/evalScore.ts";

const GOLD = new URL("../fixtures/eval/", import.meta.url).pathname;
/** Below this a change of the rules made them worse. */
const FLOOR = 0.95;

Deno.test("classify-email-intent holds its floor on our own 125 mails, whatever they order machines to do", async () => {
  const gold = await readGold(GOLD);
  assert.equal(gold.mails.length, 125);
  const { emails, errors } = scoreAll(gold, new Map(), await readMails(gold.mails));
  assert.ok(
    (emails.accuracy ?? 0) >= FLOOR,
    errors.map(({ id, detail }) => `${id} ${detail}`).join("\n"),
  );
  assert.equal(emails.prompt_injection_accuracy, 1);
});
