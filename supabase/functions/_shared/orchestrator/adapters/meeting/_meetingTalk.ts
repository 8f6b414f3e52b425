import type { CrmMeeting, TranscriptTurn } from "../../../ports/mod.ts";
import { NotFoundError } from "../../core/errors.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { heardTurns } from "./_heard.ts";
import { isInjected } from "./_speechActs.ts";
import { resolveSides, type Sides } from "./_sides.ts";
import { readSentences, type Sentence } from "./_transcript.ts";

/** A meeting as the reading skills see it. */
export interface MeetingTalk {
  readonly meeting: CrmMeeting;
  readonly turns: readonly TranscriptTurn[];
  /** Without what gives orders to a machine that reads along: such words change no finding. */
  readonly sentences: readonly Sentence[];
  readonly sides: Sides;
}

/**
 * Reads meeting and transcript through the crm port. A meeting without a transcript has no sentences,
 * and the run is told so.
 *
 * @throws NotFoundError `meeting_not_found`
 */
export async function loadMeetingTalk(ctx: SkillRun, meetingId: string): Promise<MeetingTalk> {
  const meeting = await ctx.ports.crm.getMeeting(ctx.orgId, meetingId);
  ctx.signal.throwIfAborted();
  if (!meeting) {
    throw new NotFoundError(
      "meeting_not_found",
      "Cannot read the meeting: there is no such meeting",
    );
  }
  const stored = await ctx.ports.crm.getTranscript(ctx.orgId, meetingId);
  ctx.signal.throwIfAborted();
  const turns = heardTurns(stored);
  if (turns.length < stored.length) {
    ctx.warn(`The transcript is too long: ${turns.length} of ${stored.length} turns were read`);
  }
  if (turns.length === 0) ctx.warn("The meeting has no transcript to read");
  return {
    meeting,
    turns,
    sentences: withoutInjections(readSentences(turns)),
    sides: resolveSides(meeting.attendees, turns),
  };
}

/** An order to the machine taints the rest of its turn: its payload often follows in plain words. */
function withoutInjections(sentences: readonly Sentence[]): readonly Sentence[] {
  const tainted = new Set<number>();
  return sentences.filter((sentence) => {
    if (isInjected(sentence.words)) tainted.add(sentence.turn);
    return !tainted.has(sentence.turn);
  });
}
