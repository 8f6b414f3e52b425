const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value from outside is a uuid: the database refuses others as an error of ours. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}
