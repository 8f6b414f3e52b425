-- Purpose: what models cost, reserved before a call and settled after it, under the organisation's caps.
-- Objects: columns of public.fleet_costs and fleet_org_settings; fleet.read_llm_settings, reserve_model_call,
--          settle_model_call; list prices in public.fleet_model_prices.
-- Locks:   one advisory lock per organisation with a cap, for one short statement; none is held over HTTP.

alter table public.fleet_costs
  add column status text not null default 'settled'
    constraint cost_status_is_known check (status in ('reserved', 'settled', 'estimated'));
comment on column public.fleet_costs.status is
  'reserved: the most that the call under way may cost; settled: as the vendor counted; estimated: its answer was lost.';
create index fleet_costs_reserved on public.fleet_costs (org_id, created_at) where status = 'reserved';

alter table public.fleet_org_settings drop constraint llm_policy_is_known;
alter table public.fleet_org_settings
  add constraint llm_policy_is_known check (llm_policy in ('allow', 'degrade', 'none')),
  add column llm text constraint llm_is_an_engine check (llm ~ '^(rules|(anthropic|openai):[A-Za-z0-9._-]{1,100})$');
comment on column public.fleet_org_settings.llm_policy is
  'none: no text of the organisation goes to a model. degrade: where a skill allows it, rules take over when a model fails.';
comment on column public.fleet_org_settings.llm is 'The organisation''s engine: rules, anthropic:<model>, openai:<model>; null follows FLEET_LLM.';

create function fleet.read_llm_settings(p_org_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(
    (select jsonb_build_object('llm', s.llm, 'policy', s.llm_policy) from public.fleet_org_settings s where s.org_id = p_org_id),
    '{"llm": null, "policy": "allow"}');
end
$$;

-- Internal: dollars for so many tokens at the price that was in force then; null when none is known.
create function fleet.price_of(p_provider text, p_model text, p_at timestamptz, p_input bigint, p_output bigint) returns numeric
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select round((p_input * x.input_usd_per_mtok + p_output * x.output_usd_per_mtok) / 1000000, 8)
    from public.fleet_model_prices x
    where x.provider = p_provider and x.model = p_model and x.valid_from <= (p_at at time zone 'UTC')::date
    order by x.valid_from desc limit 1);
end
$$;

-- One row for one call, at the most it may cost. Refused when that would pass a cap; then the next period's start is
-- named. A cap cannot hold a model without a price, so that is refused as well.
create function fleet.reserve_model_call(p_call jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call record;
  v_now timestamptz;
  v_cost numeric;
  v_budget record;
begin
  select * into v_call from jsonb_to_record(p_call) as c (
    id uuid, org_id uuid, user_id uuid, job_id uuid, step_id text, attempt integer, provider text, model text,
    input_tokens integer, output_tokens integer);
  if exists (select 1 from public.fleet_budgets b where b.org_id = v_call.org_id) then
    perform pg_advisory_xact_lock(hashtextextended('fleet.budget:' || v_call.org_id, 0));
    -- Calls whose isolate died keep the most they may have cost.
    update public.fleet_costs c set status = 'estimated'
    where c.org_id = v_call.org_id and c.status = 'reserved' and c.created_at < fleet.now() - interval '15 minutes';
  end if;
  v_now := fleet.now();
  v_cost := fleet.price_of(v_call.provider, v_call.model, v_now, v_call.input_tokens, v_call.output_tokens);
  for v_budget in
    select b.period, b.cap_usd, date_trunc(b.period, v_now, 'UTC') as starts_at, (
      select coalesce(sum(c.cost_usd), 0) from public.fleet_costs c
      where c.org_id = v_call.org_id and c.created_at >= date_trunc(b.period, v_now, 'UTC')) as spent
    from public.fleet_budgets b where b.org_id = v_call.org_id
  loop
    if v_cost is null then
      return jsonb_build_object('reserved', false, 'reason', 'unpriced');
    end if;
    if v_budget.spent + v_cost > v_budget.cap_usd then
      return jsonb_build_object('reserved', false, 'reason', 'budget_exceeded', 'resume_ms',
        (extract(epoch from v_budget.starts_at + ('1 ' || v_budget.period)::interval - v_now) * 1000)::bigint);
    end if;
  end loop;
  insert into public.fleet_costs (
    id, org_id, user_id, job_id, step_id, attempt, provider, model, input_tokens, output_tokens, cost_usd, status, created_at)
  values (v_call.id, v_call.org_id, v_call.user_id, v_call.job_id, v_call.step_id, v_call.attempt, v_call.provider,
    v_call.model, v_call.input_tokens, v_call.output_tokens, v_cost, 'reserved', v_now);
  return jsonb_build_object('reserved', true);
end
$$;

-- What the call came to, by the vendor's own count. Without one: nothing was done (the row goes), or nobody knows.
create function fleet.settle_model_call(p_id uuid, p_outcome text, p_input_tokens integer, p_output_tokens integer) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row public.fleet_costs;
begin
  if p_outcome = 'refused' then
    delete from public.fleet_costs c where c.id = p_id and c.status = 'reserved';
    return jsonb_build_object('cost_usd', 0);
  end if;
  update public.fleet_costs c set
    status = case p_outcome when 'answered' then 'settled' else 'estimated' end,
    input_tokens = coalesce(p_input_tokens, c.input_tokens), output_tokens = coalesce(p_output_tokens, c.output_tokens),
    cost_usd = case p_outcome
      when 'answered' then fleet.price_of(c.provider, c.model, c.created_at, p_input_tokens, p_output_tokens)
      else c.cost_usd end
  where c.id = p_id returning c.* into v_row;
  return jsonb_build_object('cost_usd', v_row.cost_usd, 'input_tokens', v_row.input_tokens,
    'output_tokens', v_row.output_tokens);
end
$$;

revoke all on function fleet.price_of(text, text, timestamptz, bigint, bigint) from public;
revoke all on function fleet.read_llm_settings(uuid), fleet.reserve_model_call(jsonb),
  fleet.settle_model_call(uuid, text, integer, integer) from public, anon, authenticated;
grant execute on function fleet.read_llm_settings(uuid), fleet.reserve_model_call(jsonb),
  fleet.settle_model_call(uuid, text, integer, integer) to fleet_worker;

-- List prices without caching and batches, in dollars per million tokens. A model that is not here costs null.
insert into public.fleet_model_prices (provider, model, valid_from, input_usd_per_mtok, output_usd_per_mtok, source)
select p.provider, p.model, date '2026-01-01', p.input, p.output, case p.provider
  when 'anthropic' then 'platform.claude.com/docs/en/about-claude/pricing, read 2026-11-23'
  else 'developers.openai.com/api/docs/pricing, read 2026-11-23' end
from (values
  ('anthropic', 'claude-haiku-4-5', 1, 5), ('anthropic', 'claude-sonnet-4-5', 3, 15),
  ('anthropic', 'claude-sonnet-4-6', 3, 15), ('anthropic', 'claude-opus-4-5', 5, 25),
  ('anthropic', 'claude-opus-4-6', 5, 25), ('openai', 'gpt-5', 1.25, 10), ('openai', 'gpt-5-mini', 0.25, 2),
  ('openai', 'gpt-5-nano', 0.05, 0.4), ('openai', 'gpt-4.1', 2, 8), ('openai', 'gpt-4.1-mini', 0.4, 1.6)
) as p (provider, model, input, output)
on conflict do nothing;
