/** Words after which a rival is named. */
const BEFORE =
  /\b(?:quotes? from|offers? from|using|use|with|from|against|versus|vs\.?|than|to|evaluating|considering|trialing|trialling|trying|like|at|by|is|are|called|and|or|about)\s+((?:[A-Z][\w&'’.-]*|[a-z]+[A-Z]\w*)(?:\s+[A-Z][\w&'’.-]*){0,2})/g;
const NO_NAME =
  /^(?:I|We|They|It|You|He|She|The|A|An|And|But|Our|Their|Your|My|So|If|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Excel|Q[1-4])$/;
const MAX_WORDS = 50;

/**
 * The rival that a phrase names: one that the playbooks know, else a capitalised name in the place of
 * one, else the first 50 characters.
 *
 * @param ours names that are no rivals: people and companies of the meeting, lower case
 */
export function rivalOf(
  phrase: string,
  options: { readonly known: readonly string[]; readonly ours: readonly string[] },
): string {
  const text = phrase.slice(0, 2000);
  const lower = text.toLowerCase();
  const known = options.known.find((name) => lower.includes(name.toLowerCase()));
  if (known !== undefined) return known;
  for (const [, found] of text.matchAll(BEFORE)) {
    const name = found.replace(/['’]s?$/, "").replace(/[.,;:!?]+$/, "");
    const isOurs = options.ours.some((ours) => ours.includes(name.toLowerCase()));
    if (!NO_NAME.test(name.split(/\s+/)[0]) && !isOurs) return name;
  }
  return text.trim().slice(0, MAX_WORDS).trim();
}
