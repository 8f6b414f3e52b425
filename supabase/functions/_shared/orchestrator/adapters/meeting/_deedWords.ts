import { contentStems } from "./_transcript.ts";

const DATE_STEMS = new Set(
  "monda tuesd wedne thurs frida satur sunda today tonig tomor week month end next morni after eveni night day hour hours lunch noon soon late later time firs first call hang same close busin back acros over along both around right"
    .split(" "),
);

/** What a verb phrase is about: its content words without the verb and without dates. */
export function objectStems(predicate: string, lemma: string): string[] {
  const verb = lemma.slice(0, 5);
  return contentStems(predicate).filter((stem) => stem !== verb && !DATE_STEMS.has(stem));
}

const POINTS_BACK =
  /\b(?:it|that|this|those|these|them|her|him|he|she|they|his|their|he's|she's|they're|one|there|so|both|everything|the (?:whole )?thing|same)\b/;

/** True when the phrase's object is a pronoun and hardly anything else: "do it tonight". */
export function pointsBack(predicate: string, lemma: string): boolean {
  const words = predicate.toLowerCase();
  const stems = objectStems(words, lemma);
  return stems.length === 0 || (stems.length === 1 && POINTS_BACK.test(words));
}

/** True when the direct object is a pronoun, whatever follows: "set it up for TechFlow". */
export function hasPronounObject(predicate: string): boolean {
  return /^[a-z-]+ (?:(?:up|over|out|in|off|back) )?(?:[a-z]+ )?(?:it|that|this|them|those|these|that one|this one|the (?:results?|outcome|findings|(?:revised|new|updated|amended|final|latest|signed|corrected) (?:one|version|copy)))\b/
    .test(
      predicate.toLowerCase(),
    );
}

/** True when the words alone would not tell a reader what is to be done. */
export function needsContext(predicate: string, lemma: string): boolean {
  const words = predicate.toLowerCase();
  const stems = objectStems(words, lemma);
  return stems.length <= 1 || (stems.length <= 3 && POINTS_BACK.test(words));
}

/** How many different stems of `b` stand in `a`. */
export function overlap(a: readonly string[], b: readonly string[]): number {
  const known = new Set(a);
  return new Set(b.filter((stem) => known.has(stem))).size;
}

const TAIL =
  /[,\s]+(?:if (?:that(?:'d|'s| would| is)|you(?:'d)? like|you want|it helps|possible)\b.*|does that work.*|if you can|okay|right|yeah|all right|alright|you know)[?.!]*$/i;

/**
 * The verb phrase as a to-do: politeness tails cut, people named instead of "me" and "you".
 *
 * @example deedText("send you the link", { me: null, you: "Scott" }) // "Send Scott the link"
 */
export function deedText(
  predicate: string,
  people: { readonly me: string | null; readonly you: string | null },
): string {
  let text = predicate.replace(TAIL, "").replace(/[\s,.!?;-]+$/, "");
  const { me, you } = people;
  if (me !== null) text = text.replace(/\bme\b/, () => me).replace(/\bmy\b/, () => `${me}'s`);
  if (you !== null) {
    text = text.replace(
      /\byou\b(?! (?:guys|both|all|can|could|will|need|want|have|are|do|did|give|guys|know|see|get|had|were))/,
      () => you,
    );
  }
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Dr Anjali Rao" → "Dr Anjali", "Scott Pemberton" → "Scott". */
export function firstName(name: string): string {
  const parts = name.split(/\s+/);
  return /^(?:mr|mrs|ms|dr|prof)\.?$/i.test(parts[0]) ? parts.slice(0, 2).join(" ") : parts[0];
}
