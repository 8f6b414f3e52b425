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

export interface SlackServer extends VendorServer {
  readonly messages: SlackMessage[];
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
  const channels = (options.channels ?? []).map((name, at) => ({ id: `C${at}`, name }));
  const ok = (body: object = {}) => Response.json({ ok: true, ...body });
  const refuse = (error: string) => Response.json({ ok: false, error });
  let clock = Date.now();

  function work(seen: Seen): Response {
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

  return Object.assign(serveVendor(work), { messages });
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
  }
  return null;
}
