import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";

/** True, false, or why it could not be told. Never throws. */
export type ConditionResult = boolean | { readonly error: string };

/** Names an expression may use; anything else is an error. */
export type ConditionScope = Readonly<Record<string, unknown>>;

/** Far above every condition we ship, far below what could cost noticeable CPU. */
const LIMITS = {
  maxAstNodes: 256,
  maxDepth: 32,
  maxListElements: 64,
  maxMapEntries: 32,
  maxCallArguments: 8,
};
const MAX_LENGTH = 2000;
const CACHE_SIZE = 512;
/** Macros that walk a list. One inside another would cost the product of two payload lists. */
const COMPREHENSIONS = new Set(["all", "exists", "exists_one", "filter", "map"]);
/** Where an item's type is wrong the engine throws, catches and goes on: 5 µs each, so at most 25 ms. */
const MAX_WALKED_ITEMS = 5000;

interface Compiled {
  readonly run: ParseResult;
  /** Whether it walks a list of the scope. */
  readonly walks: boolean;
}

const compiled = new Map<string, Compiled>();

/**
 * Evaluates a CEL expression over the given names (`event`, `outputs`, `context`, `output`, `item`).
 *
 * @example evaluateCel("event.payload.amount > 10.0", { event: { payload: { amount: 12 } } }) // true
 */
export function evaluateCel(
  expression: string,
  scope: ConditionScope,
  options: { readonly isPerItem?: boolean } = {},
): ConditionResult {
  try {
    const { run, walks } = compile(expression, Object.keys(scope), options.isPerItem);
    if (walks && holdsLongList(scope)) {
      return { error: `A condition walks no list beside one of over ${MAX_WALKED_ITEMS} items` };
    }
    const value = run(scope);
    return typeof value === "boolean" ? value : { error: "The condition is not true or false" };
  } catch (error) {
    return { error: firstLine(error) };
  }
}

/** Why an expression cannot be used with these names, or null when it can. */
export function checkCel(expression: string, names: readonly string[]): string | null {
  try {
    const { valid, type, error } = compile(expression, names).run.check();
    if (!valid) return firstLine(error);
    return type === "bool" || type === "dyn" ? null : "The condition is not true or false";
  } catch (error) {
    return firstLine(error);
  }
}

/**
 * Conditions as rows hold them: `{"cel": "…"}` or the historic keys, all of which must hold. Null or
 * an empty object always holds. The historic keys read the step's output (hand-offs) or the event's
 * payload (routes).
 *
 * @param options `isPerItem`: asked for each item of a list, so that it may walk no other
 */
export function evaluateConditions(
  conditions: unknown,
  scope: ConditionScope,
  subject: unknown,
  options: { readonly isPerItem?: boolean } = {},
): ConditionResult {
  if (conditions === null || conditions === undefined) return true;
  if (!isRecord(conditions)) return { error: "Conditions must be an object" };
  for (const [key, expected] of Object.entries(conditions)) {
    const held = key === "cel"
      ? typeof expected === "string"
        ? evaluateCel(expected, scope, options)
        : { error: "cel must be a string" }
      : evaluateHistoric(key, expected, subject);
    if (held !== true) return held;
  }
  return true;
}

function evaluateHistoric(key: string, expected: unknown, subject: unknown): ConditionResult {
  if (!isRecord(subject)) return false;
  const field = (name: string) => (Object.hasOwn(subject, name) ? subject[name] : undefined);
  switch (key) {
    case "min_confidence": {
      const confidence = field("confidence");
      return typeof confidence === "number" && typeof expected === "number" &&
        confidence >= expected;
    }
    case "risk_score_above": {
      const score = field("risk_score");
      return typeof score === "number" && typeof expected === "number" && score > expected;
    }
    case "intent": {
      const intents = field("intents");
      return field("intent") === expected ||
        (Array.isArray(intents) &&
          intents.some((intent) => isRecord(intent) && intent.intent === expected));
    }
    default:
      return field(key) === expected;
  }
}

function compile(
  expression: string,
  names: readonly string[],
  isPerItem = false,
): Compiled {
  const key = `${isPerItem}|${names.join()}|${expression}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (expression.length > MAX_LENGTH) {
    throw new Error(`The condition is over ${MAX_LENGTH} characters`);
  }
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS });
  for (const name of names) environment.registerVariable(name, "dyn");
  const run = environment.parse(expression);
  const result = { run, walks: checkCost(run.ast, isPerItem) };
  if (compiled.size >= CACHE_SIZE) compiled.delete(compiled.keys().next().value!);
  compiled.set(key, result);
  return result;
}

/**
 * Refuses what payloads could make expensive although the expression is short: a list walked inside a
 * walked list, and regular expressions (the engine's own backtrack without bound). Isolates are shared
 * between organisations.
 *
 * @returns whether it walks a list
 */
function checkCost(node: ASTNode, isInWalk: boolean): boolean {
  let isWalk = isInWalk, walks = false;
  if (node.op === "rcall" || node.op === "call") {
    const name = node.args[0];
    if (name === "matches") {
      throw new Error("matches is not allowed: use contains, startsWith or endsWith");
    }
    if (node.op === "rcall" && COMPREHENSIONS.has(name)) {
      if (isInWalk) throw new Error(`${name} is not allowed inside another list macro`);
      isWalk = walks = true;
    }
  }
  for (const child of childrenOf(node.args)) walks = checkCost(child, isWalk) || walks;
  return walks;
}

function holdsLongList(scope: ConditionScope): boolean {
  const open: unknown[] = [scope];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value) && value.length > MAX_WALKED_ITEMS) return true;
    for (const item of Object.values(value)) open.push(item);
  }
  return false;
}

function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isRecord(args) && typeof args.op === "string" ? [args as unknown as ASTNode] : [];
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 300);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
