import { type Seen, serveVendor, type VendorServer } from "./server.ts";

export interface SlackMessage {
  readonly ts: string;
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly metadata?: unknown;
  /** The bot token it came with. */
  readonly token: string;
}

export interface SlackModal {
  readonly triggerId: string;
  // deno-lint-ignore no-explicit-any -- whatever a builder made
  readonly view: any;
}

export interface SlackServer extends VendorServer {
  /** As they stand now: an update changes them in place. */
  readonly messages: SlackMessage[];
  readonly modals: SlackModal[];
  /** What was whispered to whoever pressed a button, by `response_url`. */
  readonly whispers: string[];
}

/**
 * Slack's Web API as far as we use it: 200 with `ok: false` for refusals, cursors, channel ids in history,
 * Block Kit's limits (docs.slack.dev, "chat.postMessage", "Block Kit").
 */
export function serveSlack(options: {
  readonly tokens: readonly string[];
  readonly channels?: readonly string[];
  /** Mail address to user id. */
  readonly users?: Readonly<Record<string, string>>;
}): SlackServer {
  const messages: SlackMessage[] = [];
  const modals: SlackModal[] = [];
  const whispers: string[] = [];
  const channels = (options.channels ?? []).map((name, at) => ({ id: `C${at}`, name }));
  const ok = (body: object = {}) => Response.json({ ok: true, ...body });
  const refuse = (error: string) => Response.json({ ok: false, error });
  let clock = Date.now();

  function work(seen: Seen): Response {
    if (seen.path.startsWith("/hooks/")) {
      whispers.push(seen.body.text);
      return new Response("ok");
    }
    if (!options.tokens.includes(seen.token)) return refuse("invalid_auth");
    switch (seen.path) {
      case "/users.lookupByEmail": {
        const id = options.users?.[seen.query.email];
        return id === undefined ? refuse("users_not_found") : ok({ user: { id } });
      }
      case "/conversations.open":
        return ok({ channel: { id: `D${seen.body.users}` } });
      case "/conversations.list":
        return page(channels, "channels", seen);
      case "/conversations.history": {
        if (!/^[CD]/.test(seen.query.channel)) return refuse("channel_not_found");
        const said = messages
          .filter(({ channel, ts }) =>
            channel === seen.query.channel && Number(ts) > Number(seen.query.oldest ?? 0)
          )
          .map(({ ts, text, metadata }) =>
            seen.query.include_all_metadata === "true" ? { ts, text, metadata } : { ts, text }
          );
        return page(said.reverse(), "messages", seen);
      }
      case "/chat.postMessage": {
        const { channel, text, blocks = [], metadata } = seen.body;
        const known = channel.startsWith("D") || channels.some(({ id }) => id === channel);
        if (!known) return refuse("channel_not_found");
        const wrong = blockFault(blocks);
        if (wrong !== null) return refuse(wrong);
        if (!text && blocks.length === 0) return refuse("no_text");
        clock += 1000;
        const ts = (clock / 1000).toFixed(6);
        messages.push({ ts, channel, text, blocks, metadata, token: seen.token });
        return ok({ channel, ts });
      }
      case "/chat.update": {
        const { channel, ts, text, blocks = [], metadata } = seen.body;
        const at = messages.findIndex((one) => one.channel === channel && one.ts === ts);
        if (at < 0) return refuse("message_not_found");
        const wrong = blockFault(blocks);
        if (wrong !== null) return refuse(wrong);
        messages[at] = { ...messages[at], text, blocks, metadata };
        return ok({ channel, ts, text });
      }
      case "/views.open": {
        const { trigger_id, view } = seen.body;
        if (!/^\d+\./.test(trigger_id ?? "")) return refuse("invalid_trigger_id");
        if (modals.some(({ triggerId }) => triggerId === trigger_id)) {
          return refuse("exchanged_trigger_id");
        }
        const wrong = modalFault(view);
        if (wrong !== null) return refuse(wrong);
        modals.push({ triggerId: trigger_id, view });
        return ok({ view: { id: `V${modals.length}` } });
      }
    }
    return refuse("unknown_method");
  }

  /** Pages of two, so that every listing of a test has several. */
  function page(all: readonly unknown[], name: string, seen: Seen): Response {
    const from = Number(seen.query.cursor ?? 0), to = from + 2;
    return ok({
      [name]: all.slice(from, to),
      response_metadata: { next_cursor: to < all.length ? String(to) : "" },
    });
  }

  return Object.assign(serveVendor(work), { messages, modals, whispers });
}

/** Null when Slack would take these blocks, else its error word (docs.slack.dev, "Block Kit"). */
// deno-lint-ignore no-explicit-any -- whatever a builder made
export function blockFault(blocks: readonly any[]): string | null {
  if (blocks.length > 50) return "invalid_blocks";
  for (const block of blocks) {
    const length = block.text?.text?.length ?? 0;
    if (block.type === "header" && (length === 0 || length > 150)) return "invalid_blocks";
    if (block.type === "section" && length > 3000) return "invalid_blocks";
    if (block.type === "section" && length === 0 && !block.fields) return "invalid_blocks";
    if (block.type === "context" && block.elements.length > 10) return "invalid_blocks";
    if (block.type === "actions" && block.elements.length > 25) return "invalid_blocks";
    if (block.type === "actions" && block.elements.length === 0) return "invalid_blocks";
    if (block.type === "context" && block.elements.length === 0) return "invalid_blocks";
    for (const element of block.elements ?? []) {
      if (
        element.type === "button" &&
        (element.text.text.length > 75 || (element.value ?? "").length > 2000)
      ) {
        return "invalid_blocks";
      }
      if (element.url !== undefined && !URL.canParse(element.url)) return "invalid_blocks";
    }
  }
  return null;
}

/** Null when Slack would show this modal (docs.slack.dev, "Modals", "Input block"). */
// deno-lint-ignore no-explicit-any -- whatever a builder made
function modalFault(view: any): string | null {
  const isShort = (text: unknown, max: number) =>
    typeof text === "string" && text.length > 0 && text.length <= max;
  if (view?.type !== "modal" || !isShort(view.title?.text, 24)) return "invalid_arguments";
  if (view.submit !== undefined && !isShort(view.submit.text, 24)) return "invalid_arguments";
  if ((view.private_metadata ?? "").length > 3000 || view.blocks.length > 100) {
    return "invalid_arguments";
  }
  const ids = new Set();
  for (const block of view.blocks) {
    if (block.type !== "input") continue;
    if (ids.has(block.block_id) || !isShort(block.label?.text, 2000)) return "invalid_arguments";
    ids.add(block.block_id);
    const { element } = block;
    if ((element.initial_value ?? "").length > 3000) return "invalid_arguments";
    for (const option of element.options ?? []) {
      if (!isShort(option.text.text, 75) || !isShort(option.value, 150)) return "invalid_arguments";
    }
  }
  return view.submit === undefined && ids.size > 0 ? "invalid_arguments" : null;
}

export const SIGNING_SECRET = "0123456789abcdef0123456789abcdef";

/** Who presses, as Slack says it. */
export interface SlackPerson {
  readonly team: string;
  readonly user: string;
}

let triggers = 0;

interface Block {
  readonly type: string;
  readonly block_id: string;
  // deno-lint-ignore no-explicit-any -- whatever a builder made
  readonly element: any;
}

/** The payload of somebody who presses this button of this message. */
export function pressPayload(
  message: Pick<SlackMessage, "blocks" | "channel" | "ts">,
  actionId: string,
  options: SlackPerson & { readonly responseUrl?: string },
): unknown {
  const [button] = elementsOf(message.blocks).filter(({ action_id }) => action_id === actionId);
  if (button === undefined) throw new Error(`The message has no button ${actionId}`);
  return {
    type: "block_actions",
    team: { id: options.team },
    user: { id: options.user, team_id: options.team },
    channel: { id: message.channel },
    container: { type: "message", message_ts: message.ts, channel_id: message.channel },
    trigger_id: `${++triggers}.1.x`,
    ...(options.responseUrl === undefined ? {} : { response_url: options.responseUrl }),
    actions: [{ type: "button", action_id: actionId, value: button.value, block_id: "b" }],
  };
}

/** The payload of somebody who sends this modal with these fields changed; the others as they were filled in. */
export function submitPayload(
  // deno-lint-ignore no-explicit-any -- as `views.open` took it
  view: any,
  changes: Readonly<Record<string, string>>,
  { team, user }: SlackPerson,
): unknown {
  const values = Object.fromEntries(
    (view.blocks as readonly Block[]).filter((b) => b.type === "input").map((b) => {
      const { element, block_id } = b;
      const isSelect = element.type === "static_select";
      const value = changes[block_id] ??
        (isSelect ? element.initial_option.value : element.initial_value ?? null);
      return [block_id, {
        [element.action_id]: isSelect
          ? { type: element.type, selected_option: { value } }
          : { type: element.type, value },
      }];
    }),
  );
  return {
    type: "view_submission",
    team: { id: team },
    user: { id: user, team_id: team },
    view: {
      callback_id: view.callback_id,
      private_metadata: view.private_metadata,
      state: { values },
    },
  };
}

/** A request as Slack signs it (docs.slack.dev, "Verifying requests from Slack"). */
export async function signedRequest(
  payload: unknown,
  options: { readonly secret?: string; readonly atS?: number } = {},
): Promise<{ readonly body: string; readonly headers: Record<string, string> }> {
  const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
  const at = String(options.atS ?? Math.floor(Date.now() / 1000));
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(options.secret ?? SIGNING_SECRET),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = new Uint8Array(
    await crypto.subtle.sign("HMAC", key, encoder.encode(`v0:${at}:${body}`)),
  );
  const hex = [...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": at,
      "x-slack-signature": `v0=${hex}`,
    },
  };
}

/** Everything in blocks that can be pressed. */
// deno-lint-ignore no-explicit-any -- whatever a builder made
export function elementsOf(blocks: readonly unknown[]): readonly any[] {
  // deno-lint-ignore no-explicit-any -- whatever a builder made
  return (blocks as readonly any[]).filter(({ type }) => type === "actions")
    .flatMap(({ elements }) => elements);
}
