/** The openings by which speakers bind themselves, offer or ask. */
import type { ActKind } from "./_clauseActs.ts";

export interface ActPattern {
  readonly kind: ActKind;
  readonly actor: "speaker" | "addressee" | "named";
  readonly isGroup?: boolean;
  readonly isAsked?: boolean;
  readonly isHedged?: boolean;
  readonly find: RegExp;
}

/** Adverbs between the opening and the verb. */
export const SOFT =
  "(?:(?:just|also|probably|definitely|then|quickly|gladly|happily|certainly|actually|maybe|personally|still|absolutely|go ahead and|try to|try and|make sure to|make sure that|make sure|please|always|really|totally|likely|kindly|have to|need to|want to|be able to|be happy to|have someone|have somebody)\\s+)*";
/** Ends just before the verb phrase. Tried in order; the first that finds a usable verb wins. */
export const ACT_PATTERNS: readonly ActPattern[] = [
  {
    kind: "commitment",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i'll|i will|i am going to|i'm going to|i'm gonna|i'm gunna|imma|i'mma|i am gonna|i shall|i promise to|i promise i'll|i undertake to|i commit to|count on me to|leave it to me to|i'm happy to|i am happy to|i'd be happy to|i would be happy to|what i'll do is|what i will do is|what i'm going to do is|what i'm gonna do is|i'm going to be|i'll be) (?:i'll |i'm going to |i'm gonna )?${SOFT}`,
    ),
  },
  {
    // "I'm sending you the link": the present of a deed that is still to come.
    kind: "commitment",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i'm|i am) (?:just |also |already )?(?=(?:sending|forwarding|e-?mailing|mailing|uploading|booking|drafting) (?:it|that|this|them|you|those|over|out|the|an?|my|our)\\b)`,
    ),
  },
  {
    kind: "intention",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i need to|i have to|i've got to|i've gotta|i gotta|i got to|i must|i'd need to|i'd have to|i'll need to|i'll have to|i should be able to|i ought to be able to|i'm planning to|i plan to|i intend to|i'm supposed to|i owe you|i should probably|i should|i do want to|i want to|i also want to|i wanna|i also wanna|i just wanna|i'd like to|i would like to|i'm hoping to|i aim to|i also need to|i still need to|i still have to|i was going to) ${SOFT}`,
    ),
  },
  {
    kind: "commitment",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(
      `(?<![\\w'])(?:we'll|we will|what we'll do is|what we'll do is we'll|we're going to|we are going to|we're gonna|we shall|we'd be happy to|we're happy to) ${SOFT}`,
    ),
  },
  {
    kind: "intention",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(
      `(?<![\\w'])(?:we need to|we have to|we've got to|we gotta|we still need to) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    isAsked: true,
    find: new RegExp(
      `(?<![\\w'])(?:shall i|should i|do you want me to|would you like me to|want me to|can i|could i|may i|how about i|why don't i|what if i|is it (?:okay|ok|alright) if i|would it help if i|would it be worth me|would it make sense for me to|would it be worth it if i|is it worth me|worth me|would it be (?:helpful|useful) if i) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:what i can do is|what i could do is|i can|i could|i'm able to|i might be able to|happy to|glad to|let me|lemme|i don't mind) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(`(?<![\\w'])(?:we can|we could) ${SOFT}`),
  },
  {
    kind: "request",
    actor: "addressee",
    find: new RegExp(
      `(?<![\\w'])(?:can|could|would|will|can't|couldn't) (?:you|you guys|you both|one of you|somebody|someone|anyone|y'all) (?:(?:all|maybe|possibly|both) )?${SOFT}`,
    ),
  },
  {
    kind: "request",
    actor: "addressee",
    find: new RegExp(
      `(?<![\\w'])(?:i need you to|i'd need you to|we need you to|i want you to|i'd like you to|i'll need you to|we'll need you to|i would like you to|i'd ask you to|i'd appreciate it if you(?: could| would)?|it would be (?:great|good|helpful|useful) if you(?: could| would)?|it'd be (?:great|good|helpful|useful) if you(?: could| would)?|(?:would|do) you mind|are you able to|if you could|if you can|if you wouldn't mind|you'll need to|you will need to|you'll have to|please|make sure you|make sure to|be sure to|kindly|don't forget to|remember to|feel free to|your homework is to|all you need to do is|what i need from you is to|you just need to|you need to|i'll let you|i'll leave you to) ${SOFT}`,
    ),
  },
];
