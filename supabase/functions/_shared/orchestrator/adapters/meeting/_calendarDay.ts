/**
 * A calendar day as the count of days since 1970-01-01. Due dates are days in the meeting's zone, not
 * instants: whole numbers make their arithmetic free of zones and clock changes.
 */
export type CalendarDay = number;

const MS_PER_DAY = 86_400_000;

/** @example dayOf(2026, 3, 12) // 20524; month counts from 1 and may run over */
export function dayOf(year: number, month: number, date: number): CalendarDay {
  return Math.round(Date.UTC(year, month - 1, date) / MS_PER_DAY);
}

/** Year, month (1–12), date and weekday (0 Sunday – 6 Saturday). */
export function partsOf(
  day: CalendarDay,
): { year: number; month: number; date: number; weekday: number } {
  const utc = new Date(day * MS_PER_DAY);
  return {
    year: utc.getUTCFullYear(),
    month: utc.getUTCMonth() + 1,
    date: utc.getUTCDate(),
    weekday: utc.getUTCDay(),
  };
}

/** `YYYY-MM-DD`. */
export function isoOf(day: CalendarDay): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Monday of the week that `day` lies in; weeks run from Monday to Sunday. */
export function mondayOf(day: CalendarDay): CalendarDay {
  return day - (partsOf(day).weekday + 6) % 7;
}

export function lastDayOfMonth(year: number, month: number): CalendarDay {
  return dayOf(year, month + 1, 0);
}

/** `count` working days (Monday to Friday) after `day`. */
export function addWorkingDays(day: CalendarDay, count: number): CalendarDay {
  let result = day;
  for (let left = count; left > 0;) {
    result += 1;
    const { weekday } = partsOf(result);
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return result;
}

/** A meeting asks for its own day once per sentence, and Intl takes a while. */
let lastAsked: { readonly key: string; readonly day: CalendarDay | null } | null = null;

/**
 * The day on which something that started at `startedAt` took place where `timezone` is. Without a
 * (valid) zone the offset written in `startedAt` counts; null when the time is missing or no time.
 */
export function localDayOf(
  startedAt: string | null,
  timezone: string | null,
): CalendarDay | null {
  if (startedAt === null) return null;
  const key = `${startedAt} ${timezone}`;
  if (lastAsked?.key !== key) lastAsked = { key, day: readLocalDay(startedAt, timezone) };
  return lastAsked.day;
}

function readLocalDay(startedAt: string, timezone: string | null): CalendarDay | null {
  const instant = new Date(startedAt);
  if (Number.isNaN(instant.getTime())) return null;
  const zoned = timezone === null ? null : formatDay(instant, timezone);
  const [year, month, date] = (zoned ?? startedAt.slice(0, 10)).split("-").map(Number);
  const day = dayOf(year, month, date);
  return Number.isNaN(day) ? null : day;
}

function formatDay(instant: Date, timeZone: string): string | null {
  try {
    return new Intl.DateTimeFormat("en-CA", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    }).format(instant);
  } catch {
    // RangeError: a zone name nobody knows must not cost the meeting its dates.
    return null;
  }
}
