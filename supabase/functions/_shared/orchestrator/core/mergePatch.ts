import type { Json, JsonObject } from "../types.ts";

/**
 * JSON merge patch (RFC 7396): objects merge, null removes, everything else replaces. Keys that would
 * reach a prototype are ignored.
 *
 * @example mergePatch({ a: 1, b: { c: 2 } }, { b: { c: null, d: 3 } }) // { a: 1, b: { d: 3 } }
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === "__proto__" || key === "constructor" || key === "prototype") continue;
    if (value === null) delete merged[key];
    else if (isObject(value)) {
      merged[key] = mergePatch(isObject(merged[key]) ? merged[key] : {}, value);
    } else merged[key] = value;
  }
  return merged;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
