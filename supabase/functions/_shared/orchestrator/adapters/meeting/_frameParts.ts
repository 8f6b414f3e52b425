/** The pieces that verb frames are written in; every pattern meets lower case. */
import type { VerbClass } from "./_verbs.ts";

export type Frame = readonly [rest: RegExp, found: VerbClass];

export const THING =
  "(?:it|that|this|them|those|these|(?:the|a|an|my|our|your|some|that|those|this|these|all|both|another) [\\w' -]{1,60}?)";
export const PERSON =
  "(?!(?:it|that|this|those|these|what|the|a|an|some|to|up|in|on|out|back|off|over|more|one|with|for|into|together|started)\\b)(?:(?:our|my|the|your) (?:[\\w-]+ ){0,2}[\\w-]+|[a-z][\\w'-]*(?: [a-z][\\w'-]*)?)";
export const RECEIVER =
  "(?:you|me|us|him|her|them|everyone|everybody|the (?:team|group|board)|[a-z][\\w'-]+)";
/** People of one's own house: a possessive, a department, a pronoun or a name (any other word). */
export const COLLEAGUE =
  "(?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|tonight|noon|lunch|close|end|then|now|later|next|eod\\b)(?:our|my|an?|the (?:\\w+ ){0,2}(?:team|folks|people|guys|side|board|department|group|boss|lead|lawyers?|counsel|engineers?|developers?|committee|director|manager|c[efito]o|vp)|legal|engineering|finance|product|security|procurement|accounting|support|compliance|marketing|sales|ops|operations|it|hr|infosec|leadership|management|him|her|them|someone|somebody|(?!(?:you|me|us|it|that|this|those|these|what|the|our|your|my|see|make|get|and|all|everyone|some|any|each|how|where|when|which|who|whether|plan|date|time|you're|start|price|pricing|next|first|back)\\b)[a-z]{3,})\\b";
export const CALENDAR = "\\b(?:invit(?:e|es|ation|ations)|calendars?|diary|diaries|placeholder)\\b";
const MEETING =
  "(?:call|meeting|time|times|slot|session|demo|chat|follow[- ]?up|catch[- ]?up|half hour|hour|minutes|workshop|walk-?through|kick-?off|sync|appointment|date|interview|visit|review|one-on-one)";
export const A_MEETING =
  `(?:(?:us|you|a|an|the|that|another|some|our|your|next|in|up|out|for|follow-up|quick|\\d+|[a-z]+) ){0,5}${MEETING}\\b`;
export const FEEDBACK =
  "(?:\\w+ )?(?:answers?|updates?|response|news|confirmation|feedback|decision|status|heads[- ]up|word|shout)\\b";
export const FINISHED =
  "(?:done|fixed|sorted|signed|approved|moving|set up|ready|installed|live|scheduled|booked|finished|sent|drafted|completed|prepared|changed|updated|added|removed|cleaned|resolved|out the door|over the line|sorted out)\\b";
export const LINES = "(?:line|note|e-?mail|message|text)\\b";

export const frame = (
  pattern: string,
  found: VerbClass,
): Frame => [new RegExp(`^(?:${pattern})`), found];
