import { z } from "zod";

/** Ids as Slack makes them; nothing else reaches a query. */
const SlackId = z.string().regex(/^[A-Z0-9]{1,40}$/);

const Base = {
  team: z.object({ id: SlackId }).nullish(),
  user: z.object({ id: SlackId, team_id: SlackId.optional() }),
};

/** Somebody pressed a button (docs.slack.dev, "block_actions"). */
export const BlockActions = z.object({
  ...Base,
  type: z.literal("block_actions"),
  trigger_id: z.string().max(300),
  response_url: z.string().max(2000).optional(),
  actions: z.array(
    z.object({ action_id: z.string().max(300), value: z.string().max(2000).optional() }),
  )
    .min(1).max(10),
});

const Answer = z.object({
  value: z.string().max(20_000).nullish(),
  selected_option: z.object({ value: z.string().max(150) }).nullish(),
});

/** Somebody sent a form (docs.slack.dev, "view_submission"). */
export const ViewSubmission = z.object({
  ...Base,
  type: z.literal("view_submission"),
  view: z.object({
    callback_id: z.string().max(300),
    private_metadata: z.string().max(3000),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Answer)) }),
  }),
});

/** Slack asks whether the address is ours. */
export const UrlVerification = z.object({
  type: z.literal("url_verification"),
  challenge: z.string().max(500),
});

export type Submission = z.output<typeof ViewSubmission>;
export type Pressed = z.output<typeof BlockActions>;
