import type postgres from "postgres";
import { isAbsence, toFleetError } from "../../db/sqlstate.ts";
import { callOne, type SqlDeps, withTimeout } from "./call.ts";
import type {
  DbEventRouteRow,
  DbHandoffRouteRow,
  DbSequenceDefinitionRow,
  DbSkillRow,
  StartConfig,
  StartFacts,
} from "../types.ts";

export interface StartConfigRequest {
  readonly orgId: string;
  readonly userId: string | null;
  readonly type: string;
  readonly parentJobId: string | null;
  /** Sequence keys that code knows for the type: their definitions are read although no route names them. */
  readonly codeKeys: readonly string[];
}

/** Null: the table or its resolver is absent. */
type HandoffRows = readonly DbHandoffRouteRow[] | null;

export interface ConfigReader {
  /**
   * Reads gates, routes and definitions in one round trip. Requests that wait while a read is under
   * way share the next one.
   */
  readStart(request: StartConfigRequest): Promise<StartConfig>;
  /** As they are now: kept only while a commit of this moment says that nothing changed. */
  readHandoffs(orgId: string, sequenceKey: string): Promise<HandoffRows>;
  /** The whole catalogue: 47 small rows; read again only when the configuration stamp moved. */
  readSkills(): Promise<readonly DbSkillRow[]>;
}

/** Hand-offs of so many sequences are kept while the stamp stands. */
const KEPT_SIZE = 256;

export function createConfigReader(
  deps: SqlDeps & { readonly freshStamp: () => number | null },
): ConfigReader {
  const starts = coalesce<StartConfigRequest, StartConfig>(
    (request) => JSON.stringify(request),
    (requests) => readStarts(deps, requests),
  );
  const handoffs = coalesce<readonly [string, string], HandoffRows>(
    (key) => key.join(),
    async (keys) => await Promise.all(keys.map((key) => readHandoffs(deps, key[0], key[1]))),
  );
  const kept = new Map<string, { readonly stamp: number; readonly rows: HandoffRows }>();
  return {
    readStart: starts,
    readHandoffs: async (orgId, sequenceKey) => {
      const stamp = deps.freshStamp();
      const key = `${orgId} ${sequenceKey}`;
      const known = kept.get(key);
      if (known !== undefined && known.stamp === stamp) return known.rows;
      const rows = await handoffs([orgId, sequenceKey]);
      if (kept.size >= KEPT_SIZE) kept.clear();
      // Rows newer than the stamp are read again with the next one.
      if (stamp !== null) kept.set(key, { stamp, rows });
      return rows;
    },
    readSkills: () =>
      callOne(
        deps,
        "read the skills",
        (sql) =>
          sql`select coalesce(jsonb_agg(jsonb_build_object('skill', s.skill, 'kind', s.kind,
            'function_name', s.function_name, 'effect_mode', s.effect_mode,
            'approval_floor', s.approval_floor, 'timeout_ms', s.timeout_ms,
            'is_active', s.is_active)), '[]') as value
          from public.fleet_skills s`,
      ),
  };
}

async function readStarts(
  deps: SqlDeps,
  requests: readonly StartConfigRequest[],
): Promise<readonly StartConfig[]> {
  const body = deps.sql.json(
    requests.map((r, position) => ({ position, ...r })) as unknown as postgres.JSONValue,
  );
  try {
    const rows = await withTimeout(
      deps.sql`
        select q.position, fleet.read_start(q."orgId", q."userId", q.type, q."parentJobId") as facts,
          coalesce(r.routes, '[]') as routes, d.definitions
        from jsonb_to_recordset(${body}::jsonb) as q (
          position integer, "orgId" uuid, "userId" uuid, type text, "parentJobId" uuid, "codeKeys" jsonb)
        cross join lateral (
          select jsonb_agg(to_jsonb(x)) as routes,
            array_agg(distinct x.sequence_key) as keys
          from public.resolve_event_route(q."orgId", q.type) x) r
        cross join lateral (
          select jsonb_object_agg(k.key, (
            select coalesce(jsonb_agg(to_jsonb(y)), '[]')
            from public.get_sequence_definition(q."orgId", k.key) y)) as definitions
          from (select unnest(r.keys) as key
                union select jsonb_array_elements_text(q."codeKeys")) k) d
        order by q.position`,
      deps.clock,
    );
    return rows.map((row) => ({
      facts: row.facts as StartFacts,
      routes: row.routes as readonly DbEventRouteRow[],
      definitions: new Map(
        Object.entries(row.definitions as Record<string, readonly DbSequenceDefinitionRow[]> ?? {}),
      ),
    }));
  } catch (error) {
    if (!isAbsence(error)) throw toFleetError(error, "read the configuration");
    return await Promise.all(requests.map((request) => readPiecewise(deps, request)));
  }
}

/** A table or resolver is missing: ask for each part alone and see which ones are there. */
async function readPiecewise(deps: SqlDeps, request: StartConfigRequest): Promise<StartConfig> {
  const { orgId, userId, type, parentJobId } = request;
  const facts = await callOne<StartFacts>(
    deps,
    "read the gates",
    (sql) =>
      sql`select fleet.read_start(${orgId}::uuid, ${userId}::uuid, ${type}, ${parentJobId}::uuid) as value`,
  );
  const routes = await orAbsent<readonly DbEventRouteRow[]>(
    deps,
    (sql) =>
      sql`select coalesce(jsonb_agg(to_jsonb(r)), '[]') as value
      from public.resolve_event_route(${orgId}::uuid, ${type}) r`,
  );
  const keys = new Set([...(routes ?? []).map((row) => row.sequence_key), ...request.codeKeys]);
  const definitions = new Map<string, readonly DbSequenceDefinitionRow[]>();
  for (const key of keys) {
    const rows = await orAbsent<readonly DbSequenceDefinitionRow[]>(
      deps,
      (sql) =>
        sql`select coalesce(jsonb_agg(to_jsonb(d)), '[]') as value
        from public.get_sequence_definition(${orgId}::uuid, ${key}) d`,
    );
    if (rows === null) return { facts, routes, definitions: null };
    definitions.set(key, rows);
  }
  return { facts, routes, definitions };
}

function readHandoffs(
  deps: SqlDeps,
  orgId: string,
  sequenceKey: string,
): Promise<HandoffRows> {
  return orAbsent(deps, (sql) =>
    sql`select coalesce(jsonb_agg(to_jsonb(h)), '[]') as value
      from public.get_handoff_routes(${orgId}::uuid, ${sequenceKey}, null) h`);
}

async function orAbsent<T>(
  deps: SqlDeps,
  query: Parameters<typeof callOne<T>>[2],
): Promise<T | null> {
  try {
    const rows = await withTimeout(query(deps.sql), deps.clock);
    return (rows[0] as { value: T }).value;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw toFleetError(error, "read the configuration");
  }
}

/** Requests that arrive while a read runs wait and share one read after it; equal ones share an answer. */
function coalesce<Key, Value>(
  textOf: (key: Key) => string,
  read: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  interface Waiting {
    readonly key: Key;
    readonly promise: Promise<Value>;
    resolve(value: Value): void;
    reject(error: unknown): void;
  }
  let waiting = new Map<string, Waiting>();
  let isReading = false;

  async function readAll(): Promise<void> {
    isReading = true;
    while (waiting.size > 0) {
      const taken = [...waiting.values()];
      waiting = new Map();
      try {
        const values = await read(taken.map((w) => w.key));
        taken.forEach((w, i) => w.resolve(values[i]));
      } catch (error) {
        for (const w of taken) w.reject(error);
      }
    }
    isReading = false;
  }

  return (key) => {
    const text = textOf(key);
    const known = waiting.get(text);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    waiting.set(text, { key, promise, resolve, reject });
    if (!isReading) readAll();
    return promise;
  };
}
