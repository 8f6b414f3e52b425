-- Purpose: maps the mail seam onto the reference pack.
-- Objects: public.email_deliveries; body of fleet_crm.store_email; helpers fleet_crm.mailbox_owner,
--          is_own_message, plain_subject.
-- Locks:   one advisory lock per delivery and message, in the order of their keys.

create table public.email_deliveries (
  endpoint_id uuid not null,
  delivery_id text not null,
  org_id uuid not null references public.organizations (id) on delete cascade,
  email_id uuid not null references public.emails (id) on delete cascade,
  created_at timestamptz not null default fleet.now(),
  primary key (endpoint_id, delivery_id)
);
comment on table public.email_deliveries is 'Delivery ids a door has seen: a repeat finds its mail.';
create index email_deliveries_email on public.email_deliveries (email_id);
create index email_deliveries_org on public.email_deliveries (org_id);
alter table public.email_deliveries enable row level security;
revoke all on public.email_deliveries from public, anon, authenticated;
grant all on public.email_deliveries to service_role;

-- The member of the organisation whose own address this is, else whose connected account.
create function fleet_crm.mailbox_owner(p_org_id uuid, p_address text) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(
    (select p.id from public.profiles p join public.organization_memberships m on m.user_id = p.id
     where m.org_id = p_org_id and lower(p.email) = lower(p_address)),
    (select c.user_id from public.fleet_connections c join public.organization_memberships m
       on m.user_id = c.user_id and m.org_id = c.org_id
     where c.org_id = p_org_id and c.provider in ('google', 'microsoft') and c.status <> 'revoked'
       and lower(c.account_id) = lower(p_address)
     order by c.created_at limit 1));
end
$$;
revoke all on function fleet_crm.mailbox_owner(uuid, text) from public, anon, authenticated;

-- Identity: delivery id at the endpoint, else Message-ID in the organisation: one mail that reaches two members
-- is one mail. The first words stay. `ignored_reason` names why no run may start (decision 0015).
create or replace function fleet_crm.store_email(
  p_org_id uuid, p_endpoint_id uuid, p_delivery_id text, p_email jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_mail public.emails;
  v_user uuid;
  v_source text;
  v_message text := p_email ->> 'message_id';
  v_from text := lower(p_email ->> 'from_email');
  v_sender uuid;
  v_reason text := p_email ->> 'ignored_reason';
  v_contact uuid;
  v_is_new boolean := false;
begin
  -- Deliveries that share an identity take turns, always in the order of the keys.
  perform pg_advisory_xact_lock(l.key) from (
    select distinct hashtextextended(i.name, 11) as key
    from unnest(array[p_endpoint_id || '/delivery/' || p_delivery_id, p_org_id || '/message/' || v_message]) as i (name)
    where i.name is not null
    order by key) l;
  select e.* into v_mail from public.email_deliveries d join public.emails e on e.id = d.email_id
  where d.endpoint_id = p_endpoint_id and d.delivery_id = p_delivery_id;
  if v_mail.id is null then
    select e.* into v_mail from public.emails e where e.org_id = p_org_id and e.message_id = v_message;
  end if;

  if v_mail.id is null then
    v_sender := fleet_crm.mailbox_owner(p_org_id, v_from);
    -- Two machines that answer each other write the same subject again and again.
    if v_reason is null and (
      select count(*) from public.emails e
      where e.org_id = p_org_id and lower(e.from_email) = v_from and e.direction = 'inbound'
        and e.created_at > fleet.now() - interval '10 minutes'
        and fleet_crm.plain_subject(e.subject) = fleet_crm.plain_subject(p_email ->> 'subject')) >= 5 then
      v_reason := 'conversation_too_fast';
    end if;
    -- Whose mailbox brought it is known; else the first addressee who is one of ours.
    v_user := (select m.user_id from public.organization_memberships m
      where m.org_id = p_org_id and m.user_id = (p_email ->> 'mailbox_user_id')::uuid);
    v_source := 'mailbox';
    if v_user is null then
      select o.id into v_user
      from jsonb_array_elements_text(coalesce(p_email -> 'to_emails', '[]') || coalesce(p_email -> 'cc_emails', '[]'))
        with ordinality as a (address, position)
      cross join lateral (select fleet_crm.mailbox_owner(p_org_id, a.address) as id) o
      where o.id is not null order by a.position limit 1;
    end if;
    if v_user is null then
      select e.default_user_id, 'endpoint_default' into v_user, v_source
      from public.fleet_webhook_endpoints e where e.id = p_endpoint_id and e.org_id = p_org_id;
    end if;
    -- A colleague's mail is a mail like any other to whom it reached; a copy in the writer's own mailbox is not.
    if fleet_crm.is_own_message(p_org_id, v_message)
       or (v_sender is not null and (v_sender = v_user or v_source = 'endpoint_default')) then
      v_reason := 'own_mail';
    end if;
    select c.id into v_contact from public.contacts c where c.org_id = p_org_id and lower(c.email) = v_from;
    insert into public.emails (
      org_id, user_id, contact_id, message_id, thread_id, in_reply_to, direction, from_email, to_emails, cc_emails,
      subject, body_text, sent_at, ignored_reason)
    values (p_org_id, case when v_reason = 'own_mail' then coalesce(v_sender, v_user) else v_user end, v_contact, v_message,
      p_email ->> 'thread_id', p_email ->> 'in_reply_to',
      case when v_reason = 'own_mail' then 'outbound' else 'inbound' end, p_email ->> 'from_email',
      array(select jsonb_array_elements_text(coalesce(p_email -> 'to_emails', '[]'))),
      array(select jsonb_array_elements_text(coalesce(p_email -> 'cc_emails', '[]'))),
      p_email ->> 'subject', p_email ->> 'body_text', (p_email ->> 'received_at')::timestamptz, v_reason)
    returning * into v_mail;
    v_is_new := true;
  end if;

  if p_endpoint_id is not null then
    insert into public.email_deliveries (endpoint_id, delivery_id, org_id, email_id)
    values (p_endpoint_id, p_delivery_id, p_org_id, v_mail.id) on conflict do nothing;
  end if;
  return jsonb_build_object('email_id', v_mail.id, 'message_id', v_mail.message_id, 'duplicate', not v_is_new,
    'user_id', v_mail.user_id, 'user_source', v_source, 'contact_id', v_mail.contact_id,
    'ignored_reason', coalesce(v_mail.ignored_reason, case when v_mail.direction = 'outbound' then 'own_mail' end));
end
$$;

-- A mail that this organisation's own runs sent: its Message-ID is made of the delivery's effect key (effectId.ts).
create function fleet_crm.is_own_message(p_org_id uuid, p_message_id text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Hardly any mail passes the pattern, so that the deliveries are hardly ever looked through.
  return p_message_id ~ '^<fleet\.[0-9a-f]{40}@' and exists (
    select 1 from public.fleet_deliveries d
    where d.org_id = p_org_id and d.channel = 'mail'
      and left(encode(sha256(convert_to(d.effect_key, 'UTF8')), 'hex'), 40) = substr(p_message_id, 8, 40));
end
$$;
revoke all on function fleet_crm.is_own_message(uuid, text) from public, anon, authenticated;

-- `Re: AW: Offer` and `Offer` are one conversation.
create function fleet_crm.plain_subject(p_subject text) returns text
language sql immutable set search_path = ''
as $$ select lower(btrim(regexp_replace(left(p_subject, 200), '^(\s*(re|aw|sv|fwd?|wg|tr|antw|rv)\s*(\[\d+\])?:)+', '', 'i'))) $$;
revoke all on function fleet_crm.plain_subject(text) from public, anon, authenticated;

revoke all on function fleet_crm.store_email(uuid, uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet_crm.store_email(uuid, uuid, text, jsonb) to fleet_worker;
