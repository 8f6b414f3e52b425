import { z } from "zod";
import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import type { CrmPort } from "../../ports/crm.ts";
import type { DeliveryMeta, SlackMessage } from "../../ports/delivery.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";
import type { SlackCarrier } from "./slack.ts";

const EVENT_TYPE = "fleet_effect";
/** Pages read to find a channel or an earlier message; a workspace has thousands of channels. */
const MAX_PAGES = 25;
const PAGE = "200";
/** Clocks differ: history is read from this long before the first attempt. */
const CLOCK_SKEW_MS = 120_000;

/** Error words after which the token is of no use (docs.slack.dev, "Errors"). */
const REFUSED = new Set([
  "invalid_auth",
  "not_authed",
  "token_revoked",
  "token_expired",
  "account_inactive",
]);
const PASSING = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "ratelimited",
]);

const Channels = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string().optional() })),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const History = z.object({
  messages: z.array(z.object({
    ts: z.string(),
    metadata: z.object({
      event_type: z.string(),
      event_payload: z.record(z.string(), z.unknown()),
    }).optional(),
  })),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/**
 * Slack's Web API. `chat.postMessage` takes no key: the effect key lies in the message's metadata, and a repeated
 * attempt looks for it in the channel's history first (`reconcile`).
 */
export function createSlackCarrier(
  slack: Vendor,
  deps: { readonly crm: Pick<CrmPort, "getUser">; readonly now: () => number },
): SlackCarrier {
  return async (message, meta) => {
    const session = await slack.open({ orgId: meta.orgId, userId: null, signal: meta.signal });
    if (session === null) return null;
    let channel: Promise<string> | null = null;
    const findChannel = () => channel ??= resolveChannel(session, message, { meta, ...deps });
    return {
      name: "Slack",
      effectMode: "reconcile",
      async find({ ageMs }) {
        // An update leaves no trace of its own and may be written twice.
        if (message.replaces !== undefined) return null;
        return await findPosted(session, {
          channel: await findChannel(),
          effectKey: meta.effectKey,
          oldest: ((deps.now() - ageMs - CLOCK_SKEW_MS) / 1000).toFixed(6),
        });
      },
      async send() {
        const { replaces } = message;
        if (replaces !== undefined) {
          const { ts } = await askSlack(session, z.object({ ts: z.string() }), {
            method: "chat.update",
            body: {
              channel: await findChannel(),
              ts: replaces.ref,
              text: message.text,
              blocks: message.blocks,
              metadata: metadataOf(replaces.effectKey),
            },
          });
          return ts;
        }
        const { ts } = await askSlack(session, z.object({ ts: z.string() }), {
          method: "chat.postMessage",
          body: {
            channel: await findChannel(),
            text: message.text,
            blocks: message.blocks,
            unfurl_links: false,
            unfurl_media: false,
            metadata: metadataOf(meta.effectKey),
          },
        });
        return ts;
      },
    };
  };
}

/** By which a repeated attempt finds its message. */
function metadataOf(effectKey: string) {
  return { event_type: EVENT_TYPE, event_payload: { effect_key: effectKey } };
}

/** A conversation's id: messages take names, history does not. */
async function resolveChannel(
  session: VendorSession,
  { to }: SlackMessage,
  deps: { readonly meta: DeliveryMeta; readonly crm: Pick<CrmPort, "getUser"> },
): Promise<string> {
  if ("userId" in to) {
    const slackUser = await findSlackUser(session, to.userId, deps);
    const Opened = z.object({ channel: z.object({ id: z.string() }) });
    const opened = await askSlack(session, Opened, {
      method: "conversations.open",
      body: { users: slackUser },
    });
    return opened.channel.id;
  }
  if (!to.channel.startsWith("#")) return to.channel;
  const name = to.channel.slice(1).toLowerCase();
  let cursor = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const list = await askSlack(session, Channels, {
      method: "conversations.list",
      query: {
        limit: PAGE,
        exclude_archived: "true",
        types: "public_channel,private_channel",
        cursor,
      },
    });
    const found = list.channels.find((channel) => channel.name === name);
    if (found !== undefined) return found.id;
    cursor = list.response_metadata?.next_cursor ?? "";
    if (cursor === "") break;
  }
  throw new FatalError("slack_refused", "Slack knows no such channel, or our app is not in it");
}

async function findSlackUser(
  session: VendorSession,
  userId: string,
  { meta, crm }: { readonly meta: DeliveryMeta; readonly crm: Pick<CrmPort, "getUser"> },
): Promise<string> {
  const member = await crm.getUser(meta.orgId, userId);
  if (member?.slack_user_id) return member.slack_user_id;
  if (member === null) throw new FatalError("slack_refused", "The recipient is no member");
  const Found = z.object({ user: z.object({ id: z.string() }) });
  const { user } = await askSlack(session, Found, {
    method: "users.lookupByEmail",
    query: { email: member.email },
  });
  return user.id;
}

async function findPosted(
  session: VendorSession,
  asked: { readonly channel: string; readonly effectKey: string; readonly oldest: string },
): Promise<string | null> {
  let cursor = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const history = await askSlack(session, History, {
      method: "conversations.history",
      query: {
        channel: asked.channel,
        oldest: asked.oldest,
        limit: PAGE,
        include_all_metadata: "true",
        cursor,
      },
    });
    const posted = history.messages.find(({ metadata }) =>
      metadata?.event_type === EVENT_TYPE &&
      metadata.event_payload.effect_key === asked.effectKey
    );
    if (posted !== undefined) return posted.ts;
    cursor = history.response_metadata?.next_cursor ?? "";
    if (cursor === "") return null;
  }
  throw new FatalError(
    "effect_unknown",
    "Too much was said in the channel since the first attempt: look whether this message is there",
  );
}

/** Slack answers 200 with `ok: false`: its error word says what follows. */
export async function askSlack<T extends z.ZodType>(
  session: VendorSession,
  schema: T,
  asked: {
    readonly method: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  },
): Promise<z.output<T>> {
  const { body } = await session.call({
    method: asked.body === undefined ? "GET" : "POST",
    path: `/${asked.method}`,
    query: asked.query === undefined
      ? undefined
      : Object.fromEntries(Object.entries(asked.query).filter(([, value]) => value !== "")),
    body: asked.body,
  });
  const { ok, error } = z.object({ ok: z.boolean(), error: z.string().optional() })
    .catch({ ok: false, error: "bad_answer" }).parse(body);
  if (ok) {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new FatalError("slack_bad_answer", `Slack answered ${asked.method} in an unknown shape`);
  }
  const word = /^[a-z_]{1,60}$/.test(error ?? "") ? error! : "unknown_error";
  if (REFUSED.has(word)) throw await session.refuse(word);
  if (PASSING.has(word)) throw new RetryableError("slack_unavailable", `Slack answered ${word}`);
  throw new FatalError("slack_refused", `Slack refused ${asked.method}: ${word}`);
}
