import type {
  CrmCalendarEvent,
  CrmChange,
  CrmContact,
  CrmMeeting,
  CrmPort,
  CrmUser,
  Invitation,
  SkillPorts,
  TranscriptTurn,
} from "../../supabase/functions/_shared/ports/mod.ts";
import type { SkillRun } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";

export const ORG = "00000000-0000-4000-8000-000000000001";
export const USER = "00000000-0000-4000-8000-000000000002";

/** What a reading skill may find in the CRM; everything else refuses to be asked. */
export interface ReadingWorld {
  readonly now?: string;
  readonly userId?: string | null;
  readonly user?: Partial<CrmUser>;
  readonly meeting?: Partial<CrmMeeting>;
  readonly turns?: readonly TranscriptTurn[];
  readonly contacts?: readonly Partial<CrmContact>[];
  readonly calendar?: readonly Partial<CrmCalendarEvent>[];
  readonly signal?: AbortSignal;
  /** Thrown by every CRM call. */
  readonly crmFailure?: Error;
}

export interface ReadingRun {
  readonly ctx: SkillRun & { readonly ordinal: number; readonly decidedBy: string | null };
  readonly warnings: string[];
  readonly changes: CrmChange[];
  readonly invitations: { readonly invitation: Invitation; readonly effectKey: string }[];
  readonly calendarReads: { readonly fromIso: string; readonly toIso: string }[];
}

/** A `SkillRun` over a small fixed world; clock stands still, effects are noted by key. */
export function readingRun(world: ReadingWorld = {}): ReadingRun {
  const warnings: string[] = [];
  const changes: CrmChange[] = [];
  const invitations: { invitation: Invitation; effectKey: string }[] = [];
  const calendarReads: { fromIso: string; toIso: string }[] = [];
  const answer = <T>(value: T): Promise<T> =>
    world.crmFailure ? Promise.reject(world.crmFailure) : Promise.resolve(value);
  const contacts = (world.contacts ?? []).map((contact) => ({
    id: "contact-1",
    name: "",
    email: null,
    title: null,
    phone: null,
    timezone: null,
    company_id: null,
    owner_id: null,
    ...contact,
  }));
  const crm: Partial<CrmPort> = {
    getUser: (_org, id) => answer(id === USER ? userRow(world.user) : null),
    getMeeting: () => answer(world.meeting ? meetingRow(world.meeting) : null),
    getTranscript: () => answer(world.turns ?? []),
    getContact: (_org, id) => answer(contacts.find((contact) => contact.id === id) ?? null),
    findContactsByEmail: (_org, emails) =>
      answer(
        contacts.filter((contact) =>
          emails.some((email) => email.toLowerCase() === contact.email?.toLowerCase())
        ),
      ),
    listCalendarEvents: (_org, _user, range) => {
      calendarReads.push(range);
      return answer((world.calendar ?? []).map(calendarRow));
    },
    applyChange: (change) => {
      const repeated = changes.some((known) => known.effectKey === change.effectKey);
      if (!repeated) changes.push(change);
      return answer({ id: `row-${change.effectKey}`, repeated });
    },
  };
  const ports: Partial<SkillPorts> = {
    crm: crm as CrmPort,
    clock: {
      now: () => Date.parse(world.now ?? "2026-03-12T15:00:00Z"),
      sleep: () => Promise.reject(new Error("No skill here sleeps")),
    },
    calendar: {
      createEvent: (invitation, meta) => {
        if (!invitations.some((known) => known.effectKey === meta.effectKey)) {
          invitations.push({ invitation, effectKey: meta.effectKey });
        }
        return Promise.resolve({
          status: "sent",
          delivery_id: "delivery-1",
          provider_ref: null,
          via: "test calendar",
          event_id: `event-${meta.effectKey}`,
        });
      },
    },
  };
  const ctx = {
    jobId: "job-1",
    stepId: "step-1",
    orgId: ORG,
    userId: world.userId === undefined ? USER : world.userId,
    attempt: 1,
    ordinal: 0,
    decidedBy: null,
    event: {
      id: "event-1",
      type: "meeting_ended",
      source: "test",
      org_id: ORG,
      user_id: USER,
      payload: {},
      depth: 0,
      root_event_id: "event-1",
      parent_job_id: null,
    },
    effectKey: (suffix?: string) => `job-1:step-1${suffix ? `:${suffix}` : ""}`,
    ports: ports as SkillPorts,
    signal: world.signal ?? new AbortController().signal,
    recordCost: () => {
      throw new Error("A rules engine costs nothing");
    },
    warn: (message: string) => warnings.push(message),
  } satisfies ReadingRun["ctx"];
  return { ctx, warnings, changes, invitations, calendarReads };
}

function userRow(user: Partial<CrmUser> = {}): CrmUser {
  return {
    id: USER,
    email: "rep@ours.example",
    name: "Rep",
    timezone: "America/Chicago",
    role: "member",
    slack_user_id: null,
    working_hours: { start: "09:00", end: "17:30", days: [1, 2, 3, 4, 5] },
    ...user,
  };
}

function meetingRow(meeting: Partial<CrmMeeting>): CrmMeeting {
  return {
    id: "meeting-1",
    title: "Call",
    started_at: null,
    timezone: null,
    duration_minutes: null,
    organizer_email: null,
    user_id: USER,
    contact_id: null,
    deal_id: null,
    call_type: null,
    call_type_confidence: null,
    attendees: [],
    ...meeting,
  };
}

function calendarRow(event: Partial<CrmCalendarEvent>, index: number): CrmCalendarEvent {
  return {
    id: `calendar-${index}`,
    title: "Busy",
    starts_at: "",
    ends_at: "",
    is_all_day: false,
    busy_status: "busy",
    ...event,
  };
}

/** Turns from `Name: words` lines. */
export function talk(...lines: readonly string[]): readonly TranscriptTurn[] {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return { speaker: line.slice(0, colon), t_seconds: null, text: line.slice(colon + 1).trim() };
  });
}
