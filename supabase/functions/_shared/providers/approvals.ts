import type { ApprovalsPort, ApprovalStore } from "../ports/approvals.ts";
import { encodeBase64Url } from "./connections/base64.ts";

/** Contract of the links: 72 hours, reissued while the question is open. */
const LINK_MS = 72 * 3_600_000;
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Questions to people over their rows; `consoleUrl` null makes no links. */
export function createApprovals(deps: {
  readonly store: Pick<ApprovalStore, "read" | "ask" | "noteInApp">;
  readonly consoleUrl: string | null;
  readonly randomBytes: (count: number) => Uint8Array;
}): ApprovalsPort {
  return {
    read: (orgId, approvalId) => deps.store.read(approvalId, orgId),
    noteInApp: deps.store.noteInApp,
    async ask(orgId, approvalId, userId) {
      const token = deps.consoleUrl === null
        ? null
        : encodeBase64Url(deps.randomBytes(TOKEN_BYTES));
      const { refusal } = await deps.store.ask({
        orgId,
        approvalId,
        userId,
        tokenSha256: token === null ? null : await hashToken(token),
        validMs: LINK_MS,
      });
      // Behind the fragment: browsers keep it from servers, proxies and referrers.
      const link = token === null || refusal !== null
        ? null
        : `${deps.consoleUrl!.replace(/\/$/, "")}/a#${token}`;
      return { refusal, link };
    },
  };
}

/** Null when the text cannot be a token of ours. */
export function parseToken(text: string): string | null {
  return TOKEN.test(text) ? text : null;
}

/** As links are stored: sha256, lower-case hex. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
