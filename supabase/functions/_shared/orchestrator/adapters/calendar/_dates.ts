import { Temporal } from "temporal-polyfill";
import type { FindDates, FoundDate } from "./_days.ts";

/** chrono-node is loaded only where it is used: it is the heaviest part of these skills. */
export async function loadDateFinder(): Promise<FindDates> {
  const chrono = await import("chrono-node/en");
  return (text, reference) => {
    const anchor = {
      instant: new Date(reference.epochMilliseconds),
      timezone: reference.offsetNanoseconds / 60_000_000_000,
    };
    const found: FoundDate[] = [];
    for (const result of chrono.casual.parse(text, anchor, { forwardDate: true })) {
      const { start } = result;
      const named = start.isCertain("day") && start.isCertain("month");
      // Weeks and months are windows, not days; they are read elsewhere.
      if (
        !named ||
        /\b(?:week|weeks|fortnight|month|year|hours?|minutes?|mins?)\b|\bpast\b|\bago\b|\blast\b/i
          .test(result.text)
      ) {
        continue;
      }
      if (/\b(?:next|coming|within|in the next)\b/i.test(result.text)) continue;
      const date = Temporal.PlainDate.from({
        year: start.get("year") ?? reference.year,
        month: start.get("month") ?? reference.month,
        day: start.get("day") ?? reference.day,
      });
      found.push({ index: result.index, length: dayLength(result.text), date });
    }
    return found;
  };
}

/** chrono's match may include the hour ("March 5 at 14:00"); the hour is read by us. */
function dayLength(text: string): number {
  const hour = /,?\s(?:at|@)?\s?\d{1,2}(?::\d{2}|\s?[ap]m).*$/i.exec(text);
  return hour ? hour.index : text.length;
}
