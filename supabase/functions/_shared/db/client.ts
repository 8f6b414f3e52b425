import { Socket } from "node:net";
import postgres from "postgres";

export type Sql = postgres.Sql;

export interface ConnectOptions {
  /** Connections this isolate may hold. One writer and one reader are enough; three allow for slow reads. */
  readonly max?: number;
  readonly applicationName?: string;
}

/** Supabase's transaction pooler listens here; it cannot keep prepared statements. */
const TRANSACTION_POOLER_PORT = "6543";

/**
 * Opens the isolate's pool, once, at module scope. Prepared statements are used wherever the
 * connection keeps them (half the round trips of an unprepared call).
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 3,
    prepare: new URL(url).port !== TRANSACTION_POOLER_PORT,
    idle_timeout: 20,
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: options.applicationName ?? "fleet" },
  });
}

/**
 * postgres.js flushes small writes in an immediate, which it clears when it flushes sooner. The Deno
 * under the edge runtime collects due immediates before it delivers what arrived on sockets: one that
 * is cleared in between still fires, and its `write(null)` throws where nobody can catch it. The isolate
 * would end with all its runs (denoland/deno#29262). There is nothing to write, so nothing is the answer.
 */
function ignoreEmptyFlushes(): void {
  const write: unknown = Socket.prototype.write;
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    return args[0] === null ? true : Reflect.apply(write as () => boolean, this, args);
  };
}

ignoreEmptyFlushes();
