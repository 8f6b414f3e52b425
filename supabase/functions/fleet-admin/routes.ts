import type { AdminDeps } from "../_shared/admin/compose.ts";
import type { Incoming, Route } from "../_shared/http/handler.ts";
import { notFound } from "./errors.ts";
import { getHealth } from "./health.ts";

/** What one resource answers, by the rest of its path. */
export type Resource = (incoming: Incoming, deps: AdminDeps) => Promise<Response>;

/** `GET /fleet-admin/<resource>…`, one file each. */
const READS: Readonly<Record<string, Resource>> = { health: getHealth };

/** The administration: a user sees their own organisations, the secret key all. */
export function createRoutes(deps: AdminDeps): readonly Route[] {
  return [{
    method: "GET",
    auth: "caller",
    handle: (incoming) => {
      const [name] = incoming.path;
      if (name === undefined || !Object.hasOwn(READS, name)) throw notFound();
      return READS[name](incoming, deps);
    },
  }];
}
