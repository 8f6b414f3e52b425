/** Fixed names and passwords of the local stack. None of them is used anywhere but on loopback. */
export const SUPERUSER = "supabase_admin";
export const OWNER_PASSWORD = "postgres";
export const WORKER_PASSWORD = "fleet_worker";

export function ownerUrl(port: number, database = "postgres"): string {
  return `postgres://postgres:${OWNER_PASSWORD}@127.0.0.1:${port}/${database}`;
}

export function workerUrl(port: number, database = "postgres"): string {
  return `postgres://fleet_worker:${WORKER_PASSWORD}@127.0.0.1:${port}/${database}`;
}
