import { z } from "zod";
import type { GraphWatch } from "../ports/mailboxes.ts";
import { sha256Hex } from "../providers/sha256.ts";
import { isOneOf } from "./auth.ts";
import { HttpError } from "./errors.ts";

const Notice = z.object({
  subscriptionId: z.string().min(1).max(255),
  /** Graph's limit. */
  clientState: z.string().max(255).nullish(),
  changeType: z.string().max(50).nullish(),
  lifecycleEvent: z.string().max(100).nullish(),
  resource: z.string().max(2000).nullish(),
  resourceData: z.object({
    id: z.string().max(2000).nullish(),
    "@odata.etag": z.string().max(500).nullish(),
  }).nullish(),
  subscriptionExpirationDateTime: z.string().max(50).nullish(),
});
export type GraphNotice = z.output<typeof Notice>;

export interface GoodNotice {
  readonly notice: GraphNotice;
  readonly watch: GraphWatch;
}

/** Graph sends far fewer at once. */
const MAX_NOTICES = 1000;
const MAX_TOKEN = 2048;
/** No subscription hashes to this: an unknown one takes the same time as a known one. */
const NOBODY = "-".repeat(64);

/**
 * The handshake of a new subscription: the token comes back as plain text that no browser takes for a page. Null
 * when the request is none.
 *
 * @throws HttpError 400 `bad_validation_token`
 */
export function answerHandshake(url: URL): Response | null {
  const token = url.searchParams.get("validationToken");
  if (token === null) return null;
  const isOne = url.searchParams.getAll("validationToken").length === 1;
  if (!isOne || token === "" || token.length > MAX_TOKEN || /\p{Cc}/u.test(token)) {
    throw new HttpError(400, "bad_validation_token", "The validation token cannot be echoed");
  }
  return new Response(token, {
    status: 200,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "no-store",
    },
  });
}

/**
 * Items of a batch that have a notice's shape; others are as good as forged.
 *
 * @throws HttpError 400 `invalid_input` for what is no batch
 */
export function readNotices(body: unknown): readonly GraphNotice[] {
  const batch = z.object({ value: z.array(z.unknown()).max(MAX_NOTICES) }).safeParse(body);
  if (!batch.success) {
    throw new HttpError(400, "invalid_input", "A batch of notices is an object with a list", {
      details: [{ path: "value", message: `a list of at most ${MAX_NOTICES}` }],
    });
  }
  return batch.data.value.flatMap((item) => Notice.safeParse(item).data ?? []);
}

/** Those items whose `clientState` is their own subscription's; every item is compared, in constant time. */
export async function judgeNotices(
  notices: readonly GraphNotice[],
  watches: readonly GraphWatch[],
): Promise<readonly GoodNotice[]> {
  const bySubscription = new Map(watches.map((watch) => [watch.subscription_id, watch]));
  const underWay = watches.filter(({ subscription_id }) => subscription_id === null);
  const good: GoodNotice[] = [];
  for (const notice of notices) {
    const sha256 = await sha256Hex(notice.clientState ?? "");
    const known = bySubscription.get(notice.subscriptionId);
    let found: GraphWatch | null = null;
    for (const watch of known === undefined ? underWay : [known]) {
      if (await isOneOf(sha256, [watch.client_state_sha256])) found = watch;
    }
    if (known === undefined && underWay.length === 0) await isOneOf(sha256, [NOBODY]);
    if (found !== null && notice.clientState) good.push({ notice, watch: found });
  }
  return good;
}
