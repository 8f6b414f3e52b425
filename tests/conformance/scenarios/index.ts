/** How each skill outside the meeting and calendar sequences is asked, on the seeded organisation. */
import { AGENT_SCENARIOS } from "./agent.ts";
import { APPROVAL_SCENARIOS } from "./approvals.ts";
import { COMMITMENT_SCENARIOS } from "./commitment.ts";
import { DEAL_SCENARIOS } from "./deal.ts";
import { MAILBOX_SCENARIOS } from "./mailbox.ts";
import { MAIL_SCENARIOS } from "./mail.ts";
import { PREMEETING_SCENARIOS } from "./premeeting.ts";
import { UPKEEP_SCENARIOS } from "./upkeep.ts";
import { WEEKLY_SCENARIOS } from "./weekly.ts";
import { PROPOSAL_SCENARIOS } from "./proposal.ts";
import type { Asked, SkillWorld } from "../../support/skillWorld.ts";

export interface Scenario {
  /** Rows the skill needs, and what it is asked. */
  ask(world: SkillWorld): Asked | Promise<Asked>;
  /** The largest input it may meet; `ask` where size does not matter. */
  askWorst?(world: SkillWorld): Asked | Promise<Asked>;
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...DEAL_SCENARIOS,
  ...COMMITMENT_SCENARIOS,
  ...AGENT_SCENARIOS,
  ...APPROVAL_SCENARIOS,
  ...PREMEETING_SCENARIOS,
  ...WEEKLY_SCENARIOS,
  ...MAIL_SCENARIOS,
  ...MAILBOX_SCENARIOS,
  ...PROPOSAL_SCENARIOS,
  ...UPKEEP_SCENARIOS,
};
