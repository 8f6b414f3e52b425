/** Classifies the labelled mails, and says what was found in the set's own format. */
import { ADAPTER_REGISTRY } from "../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { CrmPort } from "../supabase/functions/_shared/ports/mod.ts";
import type { GoldMail } from "./evalGold.ts";
import { refusing, skillRun } from "./evalRun.ts";

export interface MailPrediction {
  readonly id: string;
  readonly label: string;
  readonly needs_reply: boolean;
}

/** By mail id; each mail is given to `classify-email-intent` in words, as nobody's row. */
export async function readMails(
  mails: readonly GoldMail[],
): Promise<ReadonlyMap<string, MailPrediction>> {
  const adapter = ADAPTER_REGISTRY["classify-email-intent"];
  const ctx = skillRun(refusing<CrmPort>("crm", {}), () => {});
  const found = new Map<string, MailPrediction>();
  for (const { id, from, to, subject, body } of mails) {
    const payload = { from, to, subject, body };
    const step = { payload, outputs: {}, context: {}, params: {} };
    const { output } = await adapter.run(adapter.input.parse(step), ctx);
    found.set(id, {
      id,
      label: output.category,
      needs_reply: output.signals.response_required,
    });
  }
  return found;
}
