import assert from "node:assert/strict";
import type { CrmPort } from "../../../supabase/functions/_shared/ports/crm.ts";
import { freshDatabase } from "../../support/database.ts";
import { connect } from "../../../supabase/functions/_shared/db/client.ts";
import { createPostgresCrm } from "../../../supabase/functions/_shared/providers/crm/postgres.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, type OrgRows } from "./_world.ts";

/** Each read of the port: asked as `org` for the rows of `of`. */
type Read = (crm: CrmPort, org: string, of: OrgRows) => Promise<unknown>;

const NEVER = "2099-01-01T00:00:00Z";
const DAY = { fromIso: "2027-01-04T00:00:00Z", toIso: "2027-01-05T00:00:00Z" };

/** Reads that name a row: of another organisation it is as good as absent. */
const BY_ID: Readonly<Record<string, Read>> = {
  getUser: (crm, org, of) => crm.getUser(org, of.user),
  getMeeting: (crm, org, of) => crm.getMeeting(org, of.meeting),
  getTranscript: (crm, org, of) => crm.getTranscript(org, of.meeting),
  getContact: (crm, org, of) => crm.getContact(org, of.contact),
  getCompany: (crm, org, of) => crm.getCompany(org, of.company),
  getDeal: (crm, org, of) => crm.getDeal(org, of.deal),
  listDealsOfContact: (crm, org, of) => crm.listDealsOfContact(org, of.contact),
  "listEndedDeals of a contact": (crm, org, of) =>
    crm.listEndedDeals(org, { contactId: of.contact }),
  listMeetingsOfContact: (crm, org, of) => crm.listMeetingsOfContact(org, of.contact, 10),
  "listActivities of a contact": (crm, org, of) =>
    crm.listActivities(org, { contactId: of.contact }, 10),
  "listActivities of a deal": (crm, org, of) => crm.listActivities(org, { dealId: of.deal }, 10),
  listEmailsOfContact: (crm, org, of) => crm.listEmailsOfContact(org, of.contact, 10),
  "findEmail by id": (crm, org, of) => crm.findEmail(org, { id: of.email }),
  "listPipeline of a deal": (crm, org, of) => crm.listPipeline(org, { dealId: of.deal, limit: 5 }),
  "listLostDeals of a deal": (crm, org, of) =>
    crm.listLostDeals(org, { dealId: of.lostDeal, beforeIso: NEVER, limit: 5 }),
  listRiskScores: (crm, org, of) => crm.listRiskScores(org, [of.deal]),
  listActionItems: (crm, org, of) => crm.listActionItems(org, of.contact, 5),
  listMeetingSummaries: (crm, org, of) => crm.listMeetingSummaries(org, of.contact, 5),
  "listCoachingAnalyses of a user": (crm, org, of) =>
    crm.listCoachingAnalyses(org, { userId: of.user, ...DAY }),
  "listOpenTasks of a user": (crm, org, of) => crm.listOpenTasks(org, { userId: of.user }),
  "listOpenTasks of a meeting": (crm, org, of) => crm.listOpenTasks(org, { meetingId: of.meeting }),
};

for (const [name, read] of Object.entries(BY_ID)) {
  Deno.test(`${name}() finds the organisation's own row and no other organisation's`, async () => {
    await using world = await createCrmWorld();
    const crm = world.crm();
    const count = (answer: unknown) =>
      Array.isArray(answer) ? answer.length : answer === null ? 0 : 1;
    const own = await read(crm, world.a.org, world.a);
    const foreign = await read(crm, world.a.org, world.b);
    assert.deepEqual([count(own), count(foreign)], [1, 0]);
  });
}

/** Reads that name none: they answer one row of each organisation, under its name. */
const OF_ORG: Readonly<Record<string, (crm: CrmPort, world: CrmWorld) => Promise<unknown>>> = {
  getOrganization: async (crm, { a }) => (await crm.getOrganization(a.org))?.id === a.org,
  listDealStages: async (crm, { a }) =>
    (await crm.listDealStages(a.org)).map((s) => s.id).join() === a.stage,
  listCallTypes: async (crm, { a }) =>
    (await crm.listCallTypes(a.org)).map((t) => t.name).join() === "a",
  listMembers: async (crm, { a, both }) =>
    (await crm.listMembers(a.org)).map((m) => m.id).sort().join() === [a.user, both].sort().join(),
  findContactsByEmail: async (crm, { a }) =>
    (await crm.findContactsByEmail(a.org, [CONTACT_EMAIL])).map((c) => c.id).join() === a.contact,
  "listCalendarEvents of a member of both": async (crm, { a, both }) =>
    (await crm.listCalendarEvents(a.org, both, DAY)).map((e) => e.title).join() === a.org,
  findCompanyByDomain: async (crm, { a }) =>
    (await crm.findCompanyByDomain(a.org, "Customer.Example"))?.id === a.company,
  "findEmail by message id": async (crm, { a }) =>
    (await crm.findEmail(a.org, { messageId: "<same@customer.example>" }))?.id === a.email,
  "listPipeline of everybody": async (crm, { a }) =>
    (await crm.listPipeline(a.org, { limit: 5 })).map((d) => d.id).join() === a.deal,
  "listLostDeals of everybody": async (crm, { a }) =>
    (await crm.listLostDeals(a.org, { beforeIso: NEVER, limit: 5 })).map((d) => d.id).join() ===
      a.lostDeal,
  "listCoachingAnalyses of everybody": async (crm, { a }) =>
    (await crm.listCoachingAnalyses(a.org, DAY)).map((c) => c.user_id).join() === a.user,
  listProposalTemplates: async (crm, { a }) =>
    (await crm.listProposalTemplates(a.org)).map((t) => t.name).join() === "a",
  listPlaybooks: async (crm, { a }) =>
    (await crm.listPlaybooks(a.org)).map((p) => p.name).join() === "a",
  listProducts: async (crm, { a }) =>
    (await crm.listProducts(a.org)).map((p) => `${p.name} ${p.price}`).join() === "a 12.5",
  getIdealCustomer: async (crm, { a }) => (await crm.getIdealCustomer(a.org))?.description === "a",
  listCampaigns: async (crm, { a }) =>
    (await crm.listCampaigns(a.org)).map((c) => c.name).join() === "a",
  listCampaignReplies: async (crm, { a }) =>
    (await crm.listCampaignReplies(a.org, DAY.fromIso, 5)).map((r) => r.body_text).join() === "a",
  "listOpenTasks of everybody": async (crm, { a }) =>
    (await crm.listOpenTasks(a.org, {})).map((t) => t.id).join() === a.task,
};

for (const [name, holds] of Object.entries(OF_ORG)) {
  Deno.test(`${name}() answers the organisation's own rows only`, async () => {
    await using world = await createCrmWorld();
    assert.equal(await holds(world.crm(), world), true);
  });
}

Deno.test("every read of CrmPort is asked across organisations", () => {
  const crm = createPostgresCrm(null as never);
  const asked = new Set(Object.keys({ ...BY_ID, ...OF_ORG }).map((name) => name.split(" ")[0]));
  asked.add("applyChange");
  assert.deepEqual([...asked].sort(), Object.keys(crm).sort());
});

Deno.test("getMeeting() links an attendee to the organisation's own contact of that address", async () => {
  await using world = await createCrmWorld();
  await world.sql`delete from public.contacts where id = ${world.a.contact}`;
  const crm = world.crm();
  const contactOf = async (rows: OrgRows) =>
    (await crm.getMeeting(rows.org, rows.meeting))!.attendees[0].contact_id;
  assert.deepEqual([await contactOf(world.a), await contactOf(world.b)], [null, world.b.contact]);
});

Deno.test("findContactsByEmail() does not mind the case and asks nothing of no address", async () => {
  await using world = await createCrmWorld();
  const crm = world.crm();
  const found = await crm.findContactsByEmail(world.a.org, [CONTACT_EMAIL.toUpperCase()]);
  assert.deepEqual(found.map((c) => c.id), [world.a.contact]);
  assert.deepEqual(await crm.findContactsByEmail(world.a.org, []), []);
});

Deno.test("listDealsOfContact() leaves closed deals out and takes those the contact is linked to", async () => {
  await using world = await createCrmWorld();
  const { sql } = world;
  const { org, contact, deal } = world.a;
  const linked = crypto.randomUUID();
  await sql`insert into public.deals (id, org_id, name) values (${linked}, ${org}, 'linked')`;
  await sql`insert into public.deal_contacts (org_id, deal_id, contact_id)
    values (${org}, ${linked}, ${contact})`;
  await sql`update public.deals set status = 'won' where id = ${deal}`;
  const deals = await world.crm().listDealsOfContact(org, contact);
  assert.deepEqual(deals.map((d) => d.id), [linked]);
});

Deno.test("listCalendarEvents() takes what overlaps the range and not what touches it", async () => {
  await using world = await createCrmWorld();
  const crm = world.crm();
  const count = async (fromIso: string, toIso: string) =>
    (await crm.listCalendarEvents(world.a.org, world.both, { fromIso, toIso })).length;
  assert.deepEqual([
    await count("2027-01-04T10:30:00Z", "2027-01-04T10:45:00Z"),
    await count("2027-01-04T09:00:00Z", "2027-01-04T10:00:00Z"),
    await count("2027-01-04T11:00:00Z", "2027-01-04T12:00:00Z"),
  ], [1, 0, 0]);
});

Deno.test("getDeal() gives money as a number and the day as text", async () => {
  await using world = await createCrmWorld();
  const deal = await world.crm().getDeal(world.a.org, world.a.deal);
  assert.deepEqual([deal!.value, deal!.close_date, deal!.stage], [1200.5, "2027-02-28", "New"]);
});

Deno.test("getMeeting() gives the start in UTC whatever the session's zone", async () => {
  await using world = await createCrmWorld();
  const worker = world.worker();
  await worker`set timezone to 'Asia/Kolkata'`;
  const meeting = await createPostgresCrm(worker).getMeeting(world.a.org, world.a.meeting);
  assert.equal(meeting!.started_at, "2027-01-04T10:00:00.000Z");
});

Deno.test("the CRM of a project without the crm pack says not_mapped for reads and changes", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const sql = connect(db.workerUrl, { max: 1 });
  try {
    const crm = createPostgresCrm(sql);
    const org = crypto.randomUUID();
    await assert.rejects(crm.getOrganization(org), { kind: "fatal", code: "not_mapped" });
    await assert.rejects(
      crm.applyChange({
        orgId: org,
        entity: "task",
        id: null,
        change: { title: "t" },
        effectKey: "k",
      }),
      { kind: "fatal", code: "not_mapped" },
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
});

Deno.test("the CRM says crm_unavailable when the database does not answer", async () => {
  const sql = connect("postgres://nobody@127.0.0.1:1/none", { max: 1 });
  try {
    await assert.rejects(createPostgresCrm(sql).getOrganization(crypto.randomUUID()), {
      kind: "retryable",
      code: "crm_unavailable",
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
});

Deno.test("listPipeline() counts mails and meetings of a deal's people, each once", async () => {
  await using world = await createCrmWorld();
  const { a } = world;
  await world.sql`insert into public.emails (org_id, contact_id, direction, sent_at)
    values (${a.org}, ${a.contact}, 'outbound', fleet.now() - interval '40 days')`;
  await world
    .sql`update public.meetings set started_at = fleet.now() - interval '3 days' where id = ${a.meeting}`;
  const [deal] = await world.crm().listPipeline(a.org, { limit: 5 });
  assert.deepEqual({ ...deal, last_activity_at: typeof deal.last_activity_at }, {
    id: a.deal,
    name: "a",
    stage: "New",
    value: 1200.5,
    currency: "USD",
    close_date: "2027-02-28",
    owner_id: null,
    owner_name: null,
    company_name: "a",
    contact_name: "Carol",
    contact_email: CONTACT_EMAIL,
    contact_count: 1,
    meetings_last_30d: 1,
    emails_last_30d: 1,
    contact_emails_last_30d: 1,
    last_activity_at: "string",
  });
});

Deno.test("listRiskScores() answers the newest score and the last one somebody was told of", async () => {
  await using world = await createCrmWorld();
  const [score] = await world.crm().listRiskScores(world.a.org, [world.a.deal]);
  assert.deepEqual([score.score, score.alerted_score], [40, 60]);
});
