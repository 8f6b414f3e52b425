import type { TranscriptTurn } from "../../../ports/mod.ts";
import { readSignals } from "./_buyerSignals.ts";
import type { MeetingTalk } from "./_meetingTalk.ts";
import type { Sentence } from "./_transcript.ts";

/** What a discovery talk asks about; each counts once. */
export const DISCOVERY_TOPICS = {
  pain: /\b(?:challeng|problem|pain|struggl|frustrat|difficult|issue|bottleneck|broken|hardest)\w*/,
  today: /\b(?:today|current(?:ly)?|right now|at the moment|existing|how (?:do|are) you)\b/,
  impact: /\b(?:impact|cost(?:ing)? you|affect|mean for|consequence|lose|losing|how much time)\w*/,
  decision:
    /\b(?:who else|decision|decide|sign[ -]?off|approv|stakeholder|procurement|involved)\w*/,
  timeline:
    /\b(?:timeline|time ?frame|when (?:do|would|are|is)|deadline|how soon|go live|by when)\b/,
  budget: /\b(?:budget|invest|spend|funding|afford)\w*/,
  success: /\b(?:success|goals?|ideal|look like|outcome|objective|priorit|hoping)\w*/,
} as const;
export type DiscoveryTopic = keyof typeof DISCOVERY_TOPICS;

const OPEN_QUESTION =
  /^(?:(?:and|so|but|okay|ok|well|then|great|yeah|right)[, ]+)*(?:what|how|why|where|who|which|tell me|walk (?:me|us)|talk (?:me|us)|describe|help me understand|can you (?:tell|walk|describe|share|talk|explain|help)|could you (?:tell|walk|describe|share|talk|explain|help))\b/;
const ACKNOWLEDGES =
  /\b(?:i (?:understand|hear|get|see|appreciate)|that's (?:fair|valid|a (?:good|great|fair))|makes (?:total |complete |perfect )?sense|fair (?:enough|point|question)|good (?:question|point)|great (?:question|point)|totally|understood|absolutely|of course|you're right|no problem)\b/;
const ANSWERS =
  /\b(?:for example|for instance|what we(?:'ve| have)? (?:do|did|done|see|seen)|other (?:customers|clients|teams)|we can|we could|we have|happy to|the way (?:it|that|we)|because|one option|instead)\b/;
/** An answer comes within so many turns or it does not come. */
const ANSWER_REACH = 3;

export interface Objection {
  readonly sentence: Sentence;
  readonly isHandled: boolean;
}

/** How one side of a meeting conducted it, counted. Words, sentences and turns; ratios 0–1. */
export interface Conduct {
  readonly ourWords: number;
  readonly theirWords: number;
  /** Ours of all; null when nobody told us who is who. */
  readonly talkRatio: number | null;
  readonly questions: readonly Sentence[];
  readonly openQuestions: readonly Sentence[];
  readonly topics: readonly DiscoveryTopic[];
  readonly objections: readonly Objection[];
  /** The most words of ours without the others speaking, and the turn it began with. */
  readonly longestMonologue: { readonly words: number; readonly turn: number };
  readonly speakers: Readonly<Record<string, number>>;
}

/** Counts a meeting's conduct. Knows no people: whoever is not on a known side is left out. */
export function measureConduct(talk: Pick<MeetingTalk, "turns" | "sentences" | "sides">): Conduct {
  const { turns, sentences, sides } = talk;
  const isOurs = (speaker: string) => sides.sideOf(speaker) === "ours";
  const isTheirs = (speaker: string) => sides.sideOf(speaker) === "theirs";
  const wordsBy = new Map<string, number>();
  for (const turn of turns) {
    wordsBy.set(turn.speaker, (wordsBy.get(turn.speaker) ?? 0) + countWords(turn.text));
  }
  const sum = (belongs: (speaker: string) => boolean) =>
    [...wordsBy].reduce((total, [speaker, words]) => total + (belongs(speaker) ? words : 0), 0);
  const ourWords = sum(isOurs);
  const theirWords = sum(isTheirs);
  const questions = sentences.filter((s) => isOurs(s.speaker) && s.isQuestion);
  return {
    ourWords,
    theirWords,
    talkRatio: ourWords > 0 && theirWords > 0
      ? Math.round(ourWords / (ourWords + theirWords) * 1000) / 1000
      : null,
    questions,
    openQuestions: questions.filter((s) => OPEN_QUESTION.test(s.words)),
    topics: (Object.keys(DISCOVERY_TOPICS) as DiscoveryTopic[])
      .filter((topic) => questions.some((s) => DISCOVERY_TOPICS[topic].test(s.words))),
    objections: findObjections(talk, isOurs),
    longestMonologue: longestMonologue(turns, isOurs),
    speakers: Object.fromEntries(wordsBy),
  };
}

function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu)?.length ?? 0;
}

/** An objection is handled when our side, soon after, takes it up: acknowledges, asks or answers. */
function findObjections(
  talk: Pick<MeetingTalk, "sentences" | "sides">,
  isOurs: (speaker: string) => boolean,
): Objection[] {
  return readSignals(talk.sentences, talk.sides, { startedAt: null, timezone: null })
    .filter((signal) => signal.kind === "objection_blocker" && signal.strength !== "weak_implied")
    .map(({ sentence }) => ({
      sentence,
      isHandled: talk.sentences.some((reply) =>
        isOurs(reply.speaker) && reply.turn > sentence.turn &&
        reply.turn <= sentence.turn + ANSWER_REACH &&
        (reply.isQuestion || ACKNOWLEDGES.test(reply.words) || ANSWERS.test(reply.words))
      ),
    }));
}

function longestMonologue(
  turns: readonly TranscriptTurn[],
  isOurs: (speaker: string) => boolean,
): Conduct["longestMonologue"] {
  let longest = { words: 0, turn: 0 };
  let current = { words: 0, turn: 0 };
  turns.forEach((turn, index) => {
    if (!isOurs(turn.speaker)) {
      current = { words: 0, turn: index + 1 };
      return;
    }
    current = { words: current.words + countWords(turn.text), turn: current.turn };
    if (current.words > longest.words) longest = current;
  });
  return longest;
}
