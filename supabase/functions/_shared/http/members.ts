import type { Caller } from "./auth.ts";
import { HttpError } from "./errors.ts";

type Role = "owner" | "admin" | "member" | "readonly";

/**
 * A signed-in user may act for themselves, in an organisation where they are more than a reader. The secret key
 * may act for anybody.
 *
 * @throws HttpError 403 `not_yours`
 */
export async function requireSelf(
  caller: Caller,
  asked: {
    readonly orgId: string;
    readonly userId: string | null;
    memberRole(userId: string, orgId: string): Promise<Role | null>;
  },
): Promise<void> {
  if (caller.kind === "secret") return;
  const role = await asked.memberRole(caller.userId, asked.orgId);
  if (role === null || role === "readonly" || asked.userId !== caller.userId) {
    throw new HttpError(
      403,
      "not_yours",
      "A user may start runs for themselves, as a member of the organisation",
    );
  }
}
