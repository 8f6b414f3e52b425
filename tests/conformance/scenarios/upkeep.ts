import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import type { Scenario } from "./index.ts";

const ENDPOINT = "d0000000-0000-4000-8000-000000000301";
const named = () => ({
  payload: {
    meeting_id: SEED.meeting,
    endpoint_id: ENDPOINT,
    provider: "fireflies",
    recording_id: "ASxwZxCstx",
  },
  type: "meeting_recorded",
});
const LONG_TALK = Array.from({ length: 1300 }, (_, n) => ({
  speaker: `Speaker ${n % 3}`,
  t_seconds: n,
  text: "ten words of a call that went on and on ".trim(),
}));

export const UPKEEP_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "fetch-meeting-recording": {
    ask: named,
    askWorst: (world: SkillWorld) => {
      world.recording.content = { ...world.recording.content, transcript: LONG_TALK };
      return named();
    },
  },
};
