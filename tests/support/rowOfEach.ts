import type postgres from "postgres";

interface Column {
  readonly name: string;
  readonly type: string;
  /** `table.column` that it refers to. */
  readonly refers: { readonly table: string; readonly column: string } | null;
  /** First of the words that a check allows. */
  readonly word: string | null;
}

interface Table {
  readonly name: string;
  readonly hasOrg: boolean;
  /** Those that must be given. */
  readonly needed: readonly Column[];
}

export type Values = Readonly<Record<string, unknown>>;

/**
 * Gives an organisation a row in every table that has an `org_id` and holds none of it yet, read from the
 * catalogue: a table that is new tomorrow gets one as well. `values` say what a column's type cannot.
 *
 * @throws Error naming the table whose rules want other values
 */
export async function insertRowOfEach(
  sql: postgres.Sql,
  orgId: string,
  values: Readonly<Record<string, Values>>,
): Promise<void> {
  const open = [...await readTables(sql)].filter((table) => table.hasOrg);
  while (open.length > 0) {
    const waiting = new Set(open.map((table) => table.name));
    const next = open.findIndex(({ name, needed }) =>
      needed.every(({ refers }) =>
        refers === null || refers.table === name || !waiting.has(refers.table)
      )
    );
    if (next < 0) throw new Error(`Tables refer to each other in a circle: ${[...waiting]}`);
    const [table] = open.splice(next, 1);
    await insertRow(sql, { table, orgId, values: values[table.name] ?? {} });
  }
}

async function insertRow(
  sql: postgres.Sql,
  { table, orgId, values }: {
    readonly table: Table;
    readonly orgId: string;
    readonly values: Values;
  },
): Promise<void> {
  const [known] = await sql.unsafe(`select 1 from ${table.name} where org_id = $1 limit 1`, [
    orgId,
  ]);
  if (known !== undefined) return;
  const row: Record<string, unknown> = { org_id: orgId };
  for (const column of table.needed) {
    if (column.name === "org_id") continue;
    row[column.name] = column.refers === null
      ? valueOf(column)
      : await findReferred(sql, column.refers, orgId);
  }
  Object.assign(row, values);
  const names = Object.keys(row);
  const texts = Object.values(row).map((value) =>
    value === null || typeof value === "string" ? value as string | null : JSON.stringify(value)
  );
  const types = new Map((await readTypes(sql, table.name)).map((c) => [c.name, c.type]));
  try {
    await sql.unsafe(
      `insert into ${table.name} (${names.join(", ")}) values (${
        names.map((name, i) => `$${i + 1}::text::${types.get(name)}`).join(", ")
      })`,
      texts,
    );
  } catch (error) {
    throw new Error(
      `${table.name} needs values of its own (${
        (error as Error).message
      }): name them where the world is made`,
      { cause: error },
    );
  }
}

async function findReferred(
  sql: postgres.Sql,
  { table, column }: { readonly table: string; readonly column: string },
  orgId: string,
): Promise<string> {
  const where = table === "public.organizations"
    ? "id = $1"
    : table === "public.profiles"
    ? "id in (select user_id from public.organization_memberships where org_id = $1)"
    : "org_id = $1";
  const [row] = await sql.unsafe(
    `select ${column}::text as value from ${table} where ${where} limit 1`,
    [orgId],
  );
  if (row === undefined) throw new Error(`${table} holds no row of ${orgId} to refer to`);
  return row.value;
}

function valueOf({ name, type, word }: Column): string {
  if (word !== null) return word;
  if (/sha256|hash/.test(name) && type === "text") return newHash();
  if (type === "uuid") return crypto.randomUUID();
  if (type === "jsonb") return "{}";
  if (type === "boolean") return "false";
  // What ends comes after what starts.
  if (type.startsWith("timestamp") || type === "date") {
    return /^(ends|expires)|until/.test(name) ? "2027-01-02" : "2027-01-01";
  }
  if (type.endsWith("[]")) return "{}";
  if (type === "bytea") return "\\x00";
  if (/^(integer|bigint|numeric|smallint|double)/.test(type)) return "1";
  return `x${crypto.randomUUID().slice(0, 8)}`;
}

const newHash = () => `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll("-", "");

async function readTables(sql: postgres.Sql): Promise<readonly Table[]> {
  const rows = await sql`
    select n.nspname || '.' || c.relname as name,
      exists (select 1 from pg_catalog.pg_attribute o
        where o.attrelid = c.oid and o.attname = 'org_id' and not o.attisdropped) as has_org,
      coalesce((select jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'refers', (
          select jsonb_build_object('table', fn.nspname || '.' || fc.relname, 'column', fa.attname)
          from pg_catalog.pg_constraint k
          join pg_catalog.pg_class fc on fc.oid = k.confrelid
          join pg_catalog.pg_namespace fn on fn.oid = fc.relnamespace
          join pg_catalog.pg_attribute fa on fa.attrelid = fc.oid and fa.attnum = k.confkey[1]
          where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]
          limit 1),
        'word', (
          select substring(pg_get_constraintdef(k.oid) from 'ARRAY[[]''([^'']+)''')
          from pg_catalog.pg_constraint k
          where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
            and pg_get_constraintdef(k.oid) like '%ARRAY[%'
          limit 1)))
        from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull
          and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''), '[]') as needed
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'fleet', 'fleet_crm') and c.relkind in ('r', 'p')
    order by 1`;
  return rows.map((row) => ({ name: row.name, hasOrg: row.has_org, needed: row.needed }));
}

async function readTypes(sql: postgres.Sql, table: string) {
  return await sql<{ name: string; type: string }[]>`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_catalog.pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`;
}
