import type { TranscriptTurn } from "../../supabase/functions/_shared/ports/mod.ts";
import { talk } from "../adapters/readingRun.ts";

/** A 90-minute call; the longest transcript that `cpuMs` must cover. */
export const LONG_CALL_WORDS = 13_000;

const SITES = ["Gary", "Toledo", "Mobile", "Savannah", "Tacoma", "Laredo", "Duluth", "Fresno"];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const THINGS = ["pricing sheet", "security questionnaire", "rollout plan", "reference list"];

/** Talk about one site: mostly chat, and now and then a promise, a price, a name or a time. */
const SCENE = `
Dana: All right, let's go to the yard in {site}. How do your dispatchers plan a day there, from the first call in the morning until the last truck is back?
Marcus: Well, um, it's a bit of a mess to be honest. Two people come in at five, they print the list from the night before, and then they walk it over to the dock because half of the drivers don't look at their phones before they load.
Dana: Got it. And when something changes during the day, a late order or a truck that breaks down, what happens then?
Marcus: Then somebody calls around. You know, we tried a group chat last year, it worked for maybe three weeks and then everybody had muted it. I think we lose about {n} hours a week on that alone, probably more in the summer.
Dana: That's a lot. What does that cost you, roughly, if you had to put a number on it?
Marcus: I mean, if I count overtime and the fees for missed windows, it has to be something like {n} thousand dollars a quarter for {site}, and that's before anybody talks about the customers we annoy.
Dana: Makes sense. So what you'd see on this screen is every stop on one board, and when a truck is late the board turns the stop red and offers the dispatcher two other trucks that are close by.
Marcus: Okay, that's nice. Does it know about driver hours? Because the last tool we looked at happily gave the stop to a guy who had been driving for eleven hours already.
Dana: It does, it reads the hours from the log every five minutes, so a driver without time left isn't offered at all.
Marcus: Good. That would have saved us in March. My worry is more the integration, our IT team is two people, and {name} who runs it is already busy with the warehouse project until the end of the quarter.
Dana: I hear you. Most teams your size need about two days of their time for that, and we do the mapping. I'll send you the {thing} for {site} by {day}.
Marcus: Yeah, please do, {name} will want to read that before anything else. Can you also send over a sample of the export file?
Dana: Sure, I'll include the export. The plan we talked about is {n} dollars per truck per month, billed in advance, and for a two-year term we can take ten percent off.
Marcus: Hmm. That's higher than I expected, honestly. FleetMax quoted us less, but they don't do the hours thing, so I'm not sure it's the same.
Dana: Fair enough. What would you need to see to feel good about the difference?
Marcus: If the pilot in {site} works, and the drivers actually use it, we'd sign for the whole region. {name} from finance has the final word on anything above fifty thousand.
Dana: Should we set up half an hour with {name} next {day} afternoon to go through the numbers together?
Marcus: {day} at two works, I'll check with her and send you an invite. Anyway, where were we, you wanted to show me the report, right?
Dana: Right, the report. So this one goes out every night, and you can see on the left what was planned and on the right what really happened, stop by stop, with the reasons the drivers gave.
Marcus: Oh, I like that. My boss asks me for exactly this every Monday and I spend half of the weekend building it by hand in a spreadsheet, which is, well, not how I want to spend my weekends.
`.trim().split("\n");

const NAMES = ["Priya Nair", "Tom Keller", "Elena Sokolova", "Grace Obi", "Luis Ortega"];

/** As many scenes as the length asks for, each about another site, day and sum. */
export function longCall(): readonly TranscriptTurn[] {
  const turns: TranscriptTurn[] = [];
  let words = 0;
  for (let round = 0; words < LONG_CALL_WORDS; round++) {
    const pick = (list: readonly string[]) => list[round % list.length];
    const scene = SCENE.map((line) =>
      line.replace(/^Dana:/, "Dana Whitfield:").replace(/^Marcus:/, "Marcus Oyelaran:")
        .replaceAll("{site}", `${pick(SITES)} ${1 + Math.floor(round / SITES.length)}`)
        .replaceAll("{name}", pick(NAMES))
        .replaceAll("{thing}", pick(THINGS))
        .replaceAll("{day}", pick(DAYS))
        .replaceAll("{n}", String(20 + round * 3))
    );
    for (const turn of talk(...scene)) {
      if (words >= LONG_CALL_WORDS) break;
      turns.push(turn);
      words += turn.text.split(/\s+/).length;
    }
  }
  return turns;
}
