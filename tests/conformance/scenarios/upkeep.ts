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

/** A member's calendar with so many meetings ahead. */
async function connectCalendar(world: SkillWorld, count: number) {
  const id = crypto.randomUUID();
  await world
    .sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (${id}, ${SEED.org}, ${SEED.member}, 'google', 'maya.chen@northwind.example',
      '{https://www.googleapis.com/auth/calendar.events}')`;
  await world.sql`select fleet.raise_calendar_syncs(fleet.now())`;
  for (let at = 0; at < count; at++) {
    const starts = Date.parse("2027-03-01T10:00:00Z") + at * 3_600_000;
    world.calendar.push({
      external_id: `event${at}`,
      calendar_uid: `uid${at}@google.com`,
      title: `Meeting ${at}`,
      starts_at: new Date(starts).toISOString(),
      ends_at: new Date(starts + 1_800_000).toISOString(),
      original_starts_at: null,
      is_all_day: false,
      busy_status: "busy",
      timezone: "America/Chicago",
      organizer_email: "maya.chen@northwind.example",
      attendees: [{ email: "priya.raman@harborfoods.example", name: "Priya Raman" }],
      is_cancelled: false,
    });
  }
  return { payload: { connection_id: id }, type: "calendar_sync", userId: null };
}

export const UPKEEP_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "sync-calendar": {
    ask: (world) => connectCalendar(world, 3),
    askWorst: (world) => connectCalendar(world, 1000),
  },
  "fetch-meeting-recording": {
    ask: named,
    askWorst: (world: SkillWorld) => {
      world.recording.content = { ...world.recording.content, transcript: LONG_TALK };
      return named();
    },
  },
};
