import { ValidationError } from "./errors.ts";

/** What stands between blanks: programs that make links go on until there. */
const WORD = /\S+/gu;
/** What surrounds an address without belonging to it. */
const OPENING = "<([{\"'“‘*_~`", CLOSING = ">)]}\"'”’,;.!?:…*_~`";
const SCHEMES = /(?:javascript|data|vbscript|file|blob|mailto|tel|sms):|(?:^|[^\w.])www\./i;
/** Ends of names that programs make links of, though nobody wrote a scheme. */
const SITES = new Set(
  "com net org io co ai app dev info biz me ru cn xyz top link click page site online example test"
    .split(" "),
);
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
/** No reader sees them: zero-width, direction overrides, invisible operators, tags, control characters. */
const HIDDEN =
  // deno-lint-ignore no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const REMOVED = "[removed]";
/** Answers of a schema are far flatter; more is an attack on whoever walks it. */
const MAX_DEPTH = 32;

/**
 * Takes out of a model's answer what could lead a reader elsewhere and what no reader sees: web and mail addresses
 * that its material does not name (an address may carry what the model read), and hidden characters. Texts that the
 * material holds word for word stay as they are: they are quotes, and their finders compare them.
 *
 * @throws ValidationError `too_deep`
 * @example cleanModelValue({ body: "See https://x.example" }, "Pat: hello") // { body: "See [removed]" }
 */
export function cleanModelValue(value: unknown, material: string): unknown {
  let named: ReadonlySet<string> | null = null;
  const isNamed = (address: string) => {
    named ??= new Set((material.match(WORD) ?? []).map((word) => splitWord(word).inside));
    return named.has(address);
  };

  function clean(item: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) {
      throw new ValidationError("too_deep", "A model's answer is nested too deep");
    }
    if (typeof item === "string") return cleanText(item);
    if (Array.isArray(item)) return item.map((one) => clean(one, depth + 1));
    if (typeof item !== "object" || item === null) return item;
    // `fromEntries` makes a plain property of every name, `__proto__` too.
    return Object.fromEntries(
      Object.entries(item).map(([key, one]) => [key, clean(one, depth + 1)]),
    );
  }

  function cleanText(text: string): string {
    if (text === "" || material.includes(text)) return text;
    return text.replace(HIDDEN, "").replace(WORD, (word) => {
      const { before, inside, after } = splitWord(word);
      return leadsOut(inside) && !isNamed(inside) ? before + REMOVED + after : word;
    });
  }

  return clean(value, 0);
}

function splitWord(word: string) {
  let from = 0, to = word.length;
  while (from < to && OPENING.includes(word[from])) from++;
  while (to > from && CLOSING.includes(word[to - 1])) to--;
  return { before: word.slice(0, from), inside: word.slice(from, to), after: word.slice(to) };
}

function leadsOut(word: string): boolean {
  if (word.includes("//") || SCHEMES.test(word)) return true;
  const at = word.indexOf("@");
  if (at > 0 && word.indexOf(".", at) > 0) return true;
  return word.split(/[^a-z0-9.-]+/i).some((host) =>
    HOST.test(host) && SITES.has(host.slice(host.lastIndexOf(".") + 1).toLowerCase())
  );
}
