/** Bodies that no door may take: curated texts and bytes, and a valid body spoilt field by field. */
import type { z } from "zod";

type Bytes = Uint8Array<ArrayBuffer>;

export interface BadBody {
  readonly name: string;
  readonly bytes: Bytes;
}

const text = (value: string): Bytes => new TextEncoder().encode(value);
const concat = (...parts: readonly Uint8Array[]): Bytes => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** Texts that are no JSON, or JSON that PostgreSQL could not hold. */
const TEXTS: Readonly<Record<string, string>> = {
  "nothing": "",
  "blanks": "  \n\t ",
  "an open object": "{",
  "a closed object": "}",
  "an open list": "[",
  "an open text": '{"type":"',
  "a key alone": '{"type"}',
  "a key and a colon": '{"type":}',
  "a trailing comma": '{"type":"x",}',
  "a leading comma": '{,"type":"x"}',
  "an unquoted key": "{type:1}",
  "single quotes": "{'type':1}",
  "NaN": '{"type":NaN}',
  "Infinity": '{"type":Infinity}',
  "undefined": "undefined",
  "a leading zero": '{"type":01}',
  "a bare point": '{"type":1.}',
  "a leading point": '{"type":.5}',
  "a plus": '{"type":+1}',
  "hexadecimal": '{"type":0xff}',
  "a comment": '{"type":1/**/}',
  "a line comment": '// x\n{"type":1}',
  "garbage behind": '{"type":1}x',
  "two documents": '{"type":1}{"type":2}',
  "a raw line break in a text": '{"type":"a\nb"}',
  "an unknown escape": '{"type":"\\x41"}',
  "half an escape": '{"type":"\\u12"}',
  "an octal escape": '{"type":"\\101"}',
  "a byte order mark": '\uFEFF{"type":1}',
  "NUL escaped": '{"type":"a\\u0000b"}',
  "NUL in a key": '{"a\\u0000":1}',
  "NUL raw": '{"type":"a\0b"}',
  "a high surrogate": '{"type":"\\ud800"}',
  "a low surrogate": '{"type":"\\udc00"}',
  "surrogates the wrong way": '{"type":"\\udc00\\ud800"}',
  "a surrogate in a key": '{"\\ud800":1}',
  "a huge number": '{"type":1e400}',
  "a huge negative number": '{"type":-1e400}',
  "a number of 100,000 digits": `{"type":1${"0".repeat(100_000)}}`,
  "__proto__": '{"__proto__":{"isAdmin":true}}',
  "__proto__ deep": '{"a":{"b":[{"__proto__":1}]}}',
  "__proto__ escaped": '{"\\u005f_proto__":1}',
  "null": "null",
  "true": "true",
  "a number": "1",
  "a text": '"start"',
  "an empty list": "[]",
  "a list of objects": '[{"type":"meeting_ended"}]',
  "an empty object": "{}",
  "a form": "type=meeting_ended&org_id=1",
  "XML": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  "multipart": '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
  "NDJSON": '{"a":1}\n{"b":2}\n',
  "YAML": "type: meeting_ended\norg_id: 1\n",
  "66 lists": "[".repeat(66) + "]".repeat(66),
  "66 objects": '{"a":'.repeat(66) + "1" + "}".repeat(66),
  "10,000 open lists": "[".repeat(10_000),
  "10,000 open objects": '{"a":'.repeat(10_000),
  "500,000 lists": "[".repeat(500_000) + "]".repeat(500_000),
  "a million open lists": "[".repeat(1_000_000),
  "200,000 open objects": '{"a":'.repeat(200_000),
  "100,000 keys": `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`,
  "60,000 equal keys": `{${'"a":1,'.repeat(60_000)}"a":1}`,
  "a megabyte of blanks and no more": " ".repeat(1024 * 1024),
  "a megabyte of quotes": '"'.repeat(1_000_000),
  "a megabyte of backslashes": '"' + "\\".repeat(1_000_000),
};

const BYTES: Readonly<Record<string, Bytes>> = {
  "a lone continuation byte": concat(text('{"type":"'), Uint8Array.of(0x80), text('"}')),
  "a cut character": concat(text('{"type":"'), Uint8Array.of(0xe2, 0x82), text('"}')),
  "an overlong slash": concat(text('{"type":"'), Uint8Array.of(0xc0, 0xaf), text('"}')),
  "a surrogate in bytes": concat(text('{"type":"'), Uint8Array.of(0xed, 0xa0, 0x80), text('"}')),
  "beyond Unicode": concat(text('{"type":"'), Uint8Array.of(0xf4, 0x90, 0x80, 0x80), text('"}')),
  "Latin 1": Uint8Array.from('{"type":"é"}', (c) => c.charCodeAt(0)),
  "UTF-16 little": Uint8Array.from([0xff, 0xfe, ...text('{"a":1}')].flatMap((b) => [b, 0])),
  "UTF-16 big": Uint8Array.from([...text('{"a":1}')].flatMap((b) => [0, b])),
  "gzip": Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0),
  "255s": new Uint8Array(64).fill(255),
  "zeros": new Uint8Array(64),
  "ZIP": Uint8Array.of(0x50, 0x4b, 3, 4, 10, 0),
};

export const CURATED: readonly BadBody[] = [
  ...Object.entries(TEXTS).map(([name, value]) => ({ name, bytes: text(value) })),
  ...Object.entries(BYTES).map(([name, bytes]) => ({ name, bytes })),
];

/** JSON texts that take a field's place; whether they are wrong there the schema says. */
export const FRAGMENTS: readonly string[] = [
  "null",
  "true",
  "0",
  "-1",
  "1.5",
  "9007199254740993",
  '""',
  '" "',
  '"x"',
  `"${"x".repeat(30_000)}"`,
  "[]",
  "[null]",
  "[[]]",
  '["x"]',
  "{}",
  '{"x":1}',
  '"2026-13-45T99:99:99Z"',
  '"0000-00-00T00:00:00Z"',
  `"${"a".repeat(300)}@example.com"`,
  '"javascript:alert(1)"',
];

/** JSON texts that no field may hold, whatever its schema. */
const NOWHERE: readonly string[] = [
  '"a\\u0000b"',
  '"\\ud800"',
  "1e999",
  '{"__proto__":1}',
  "[".repeat(70) + "]".repeat(70),
  "NaN",
  ",",
];

type Path = readonly (string | number)[];

/** Every place of a value that holds something, the value itself left out. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...pathsOf(item, here)];
  });
}

const HOLE = "\u2603hole\u2603";

/** The body's text with another JSON text in one place; null takes the place away. */
export function withFragment(body: unknown, path: Path, fragment: string | null): string {
  const copy = structuredClone(body) as Record<string | number, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1)!;
  if (fragment === null) delete at[last];
  else at[last] = HOLE;
  const whole = JSON.stringify(copy);
  return fragment === null ? whole : whole.replace(JSON.stringify(HOLE), () => fragment);
}

/** The valid body with each place spoilt in each way that its schema refuses. */
export function spoil(body: unknown, schema: z.ZodType): readonly BadBody[] {
  return pathsOf(body).flatMap((path) => {
    const place = path.join(".");
    const byType = [null, ...FRAGMENTS].flatMap((fragment) => {
      const spoilt = withFragment(body, path, fragment);
      if (schema.safeParse(JSON.parse(spoilt)).success) return [];
      return [{ name: `${place} = ${fragment?.slice(0, 30) ?? "absent"}`, bytes: text(spoilt) }];
    });
    const anywhere = NOWHERE.map((fragment) => ({
      name: `${place} = ${fragment.slice(0, 30)}`,
      bytes: text(withFragment(body, path, fragment)),
    }));
    return [...byType, ...anywhere];
  });
}

/** Small curated texts, and the good body with each place filled with each fragment, or taken away. */
export function goneWrong(good: string): readonly string[] {
  const body = JSON.parse(good);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return [
    ...CURATED.filter(({ bytes }) => bytes.length < 20_000).map(({ bytes }) => decode(bytes)),
    ...pathsOf(body).flatMap((path) =>
      [null, ...FRAGMENTS].map((fragment) => withFragment(body, path, fragment))
    ),
  ];
}
