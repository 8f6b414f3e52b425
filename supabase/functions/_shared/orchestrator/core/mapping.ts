import type { Json, JsonObject } from "../types.ts";
import { ValidationError } from "./errors.ts";

/** Names that would reach a prototype; refused wherever a path is parsed. */
const FORBIDDEN = new Set(["__proto__", "prototype", "constructor"]);
const MAX_SEGMENTS = 32;
const SEGMENT = /\.?([A-Za-z_][A-Za-z0-9_]*)|\[(\d{1,6})\]|\['([^'\\\]]{1,200})'\]/y;

/**
 * Reads a path grammar: dotted names, `[index]`, `['any name']`. The first name is the root.
 *
 * @throws ValidationError `invalid_path`
 * @example parsePath("outputs['detect-intents'].intents[0].quote")
 *   // ["outputs", "detect-intents", "intents", 0, "quote"]
 */
export function parsePath(path: string): readonly (string | number)[] {
  const segments: (string | number)[] = [];
  SEGMENT.lastIndex = 0;
  while (SEGMENT.lastIndex < path.length) {
    const match = SEGMENT.exec(path);
    const isFirst = segments.length === 0;
    if (match === null || (isFirst && (match[1] === undefined || path.startsWith(".")))) {
      throw new ValidationError("invalid_path", `Cannot read path "${path}"`);
    }
    const segment = match[1] ?? match[3] ?? Number(match[2]);
    if (typeof segment === "string" && FORBIDDEN.has(segment)) {
      throw new ValidationError(
        "invalid_path",
        `Cannot read path "${path}": "${segment}" is not allowed`,
      );
    }
    segments.push(segment);
    if (segments.length > MAX_SEGMENTS) {
      throw new ValidationError("invalid_path", `Path "${path}" is too long`);
    }
  }
  if (segments.length === 0) throw new ValidationError("invalid_path", "A path cannot be empty");
  return segments;
}

/** The value at a path of own properties, or undefined where it leads nowhere. */
export function readPath(path: string, scope: Readonly<Record<string, unknown>>): unknown {
  let value: unknown = scope;
  for (const segment of parsePath(path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) {
      return undefined;
    }
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/**
 * Resolves a mapping: each value is a path, `{path, default?}`, or `{value}`. A path that leads nowhere
 * and has no default leaves its key out; a default also stands in for null.
 *
 * @throws ValidationError `invalid_path`, `invalid_mapping`
 */
export function resolveMapping(
  mapping: JsonObject,
  scope: Readonly<Record<string, unknown>>,
): JsonObject {
  const resolved: Record<string, Json> = {};
  for (const [key, rule] of Object.entries(mapping)) {
    if (FORBIDDEN.has(key)) throw new ValidationError("invalid_mapping", `Cannot map to "${key}"`);
    const value = resolveRule(rule, scope);
    if (value !== undefined) resolved[key] = value as Json;
  }
  return resolved;
}

function resolveRule(rule: Json, scope: Readonly<Record<string, unknown>>): unknown {
  if (typeof rule === "string") return readPath(rule, scope);
  if (typeof rule === "object" && rule !== null && !Array.isArray(rule)) {
    const record = rule as JsonObject;
    if (typeof record.path === "string") {
      const value = readPath(record.path, scope);
      return Object.hasOwn(record, "default") ? value ?? record.default : value;
    }
    if (Object.hasOwn(record, "value")) return record.value;
  }
  throw new ValidationError(
    "invalid_mapping",
    "A mapping value is a path, {path, default} or {value}",
  );
}
