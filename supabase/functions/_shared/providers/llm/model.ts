/** One question to a vendor, in no vendor's words. */
export interface ModelRequest {
  readonly model: string;
  readonly system: string;
  readonly material: string;
  /** JSON Schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly maxOutputTokens: number;
}

/** What came back, before anybody believes it. */
export type ModelAnswer =
  & {
    readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  }
  & (
    | { readonly kind: "answered"; readonly value: unknown }
    /** No JSON, or cut off at the limit. */
    | { readonly kind: "unreadable"; readonly why: string }
    /** The model would not. */
    | { readonly kind: "refused" }
  );

/** A vendor's model API. Null when neither member, organisation nor environment has a key for it. */
export type Model = (
  request: ModelRequest,
  asker: { readonly orgId: string; readonly userId: string | null; readonly signal: AbortSignal },
) => Promise<ModelAnswer | null>;

/** Parses what a vendor sends as text; null when it is no JSON. */
export function parseAnswer(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The caller says so.
    return null;
  }
}
