import type { Attendee, Classification } from "./_people.ts";

type MeetingType = Classification["meeting_type"];

/** Deal stages that tell what kind of meeting comes next; matched on the stage's name. */
const BY_STAGE: readonly (readonly [pattern: RegExp, type: MeetingType])[] = [
  [/\b(?:sql|lead|qualif\w*|discovery|new)\b/i, "discovery"],
  [/\b(?:opportunity|demo|evaluat\w*|trial|pilot|proof)\b/i, "demo"],
  [/\b(?:verbal|negotiat\w*|proposal|contract\w*|legal|closing)\b/i, "negotiation"],
  [/\b(?:signed|won|customer|live)\b/i, "account_review"],
];

const BY_TITLE: readonly (readonly [pattern: RegExp, type: MeetingType])[] = [
  [/\b(?:negotiat\w*|contract|pricing|redlines?|commercials?|terms)\b/i, "negotiation"],
  [/\b(?:demo|demonstration|walk-?through|product tour|pilot)\b/i, "demo"],
  [/\b(?:qbr|account review|business review|check-?in|renewal)\b/i, "account_review"],
  [/\b(?:support|incident|onboarding|kick-?off|training|implementation|service)\b/i, "service"],
  [/\b(?:discovery|intro\w*|first call|get to know|scoping|needs)\b/i, "discovery"],
];

/** The kind of meeting: nobody from outside, then the deal's stage, then words of the title. */
export function meetingTypeOf(facts: {
  readonly title: string;
  readonly stage: string | null;
  readonly attendees: readonly Attendee[];
}): MeetingType {
  if (facts.attendees.length > 0 && facts.attendees.every((one) => one.is_internal)) {
    return "internal";
  }
  const byStage = BY_STAGE.find(([pattern]) => pattern.test(facts.stage ?? ""));
  const hit = byStage ?? BY_TITLE.find(([pattern]) => pattern.test(facts.title));
  return hit?.[1] ?? "general";
}

/** What they are to us, by how deals with them ended and whether one is open. */
export function relationshipOf(facts: {
  readonly isKnown: boolean;
  readonly hasOpenDeal: boolean;
  readonly ended: readonly { readonly status: "open" | "won" | "lost" }[];
}): Classification["relationship"] {
  const hasWon = facts.ended.some(({ status }) => status === "won");
  if (hasWon) return facts.hasOpenDeal ? "existing_client" : "client";
  if (facts.ended.some(({ status }) => status === "lost")) return "re-engagement";
  return facts.hasOpenDeal || facts.isKnown ? "prospect" : "unknown";
}
