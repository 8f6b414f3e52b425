import {
  A_MEETING,
  CALENDAR,
  COLLEAGUE,
  FEEDBACK,
  FINISHED,
  type Frame,
  frame,
  LINES,
  PERSON,
  RECEIVER,
  THING,
} from "./_frameParts.ts";

/** Frames of the verbs that hand over, bring in or make; see FRAMES. */
export const FRAMES_OF_GIVING: readonly (readonly [lemmas: string, frames: readonly Frame[]])[] = [
  ["send share forward email e-mail resend update issue", [
    frame(`.{0,50}${CALENDAR}`, "schedule"),
    frame(`(?:\\w+ ){0,4}intro(?:duction)?s?\\b`, "introduce"),
  ]],
  ["share", [
    frame("(?:my |the |your |our )?(?:screen|desktop|window)", "talk"),
    frame(
      "(?:with you )?(?:that |this |what |how |why |some thoughts|a bit|a little|a story|briefly|one |quickly|now|real quick)",
      "talk",
    ),
  ]],
  ["get", [
    frame(`.{0,40}${CALENDAR}`, "schedule"),
    frame(
      `${A_MEETING}.{0,20}\\b(?:booked|scheduled|set up|on the books|in|going)\\b`,
      "schedule",
    ),
    frame(
      `(?!${THING} )${PERSON} (?:in(?:to)?\\b|on(?:to)? (?:the|that|this|our|a)\\b|involved|to join|on board|looped)`,
      "introduce",
    ),
    frame("(?:right |straight )?back\\b(?! (?:into|on|in|home|from))", "report"),
    frame(`${THING} (?:in front of|past|by|with|signed off by|approved by) ${COLLEAGUE}`, "ask"),
    frame(`${THING} ${FINISHED}`, "change"),
    frame(
      `${THING} (?:from|out of) (?:(?:our|my) (?:[\\w-]+ ){0,2}[\\w-]+|legal|engineering|finance|product|security|support|ops|operations|head office|management|leadership|r&d|the (?:dev )?team|accounts|hr)\\b`,
      "ask",
    ),
    frame(
      `(?:${THING} )?(?:over|across|out|along|sent) to ${RECEIVER}|${THING} (?:over|across|out|to you|to me|to us)\\b|over (?:the|a|that|those|some|my|our)`,
      "deliver",
    ),
    frame(
      "(?:you|me|us|him|her|them) (?:the|a|an|that|those|some|our|your|access|copies|all|both|more|set up|another|\\d+|two|three|twenty)\\b(?! (?:sense|idea|bit|feel))",
      "deliver",
    ),
    frame(`(?:an?|the|that|your|some|more) ${FEEDBACK}`, "report"),
    frame("in touch|hold of|on the (?:phone|horn)|with (?!you)", "contact"),
    frame("together (?:the|a|an|my|our|some|all)", "prepare"),
    frame("together|some time|time\\b", "schedule"),
    frame("started (?:on|with)", "change"),
  ]],
  ["walk", [
    frame(
      `${THING} (?:over |across |down |up |through |in )?(?:to|by|past) (?!you\\b)${COLLEAGUE}`,
      "ask",
    ),
  ]],
  ["open", [
    frame(
      "(?:up )?(?:an?|the|that|another|those|these|some)? ?(?:[\\w-]+ ){0,2}(?:ports?|tickets?|cases?|accounts?|firewall|requests?|bugs?|issues?|escalation|access|positions?|roles?|orders?|pull request)\\b",
      "change",
    ),
  ]],
  ["put stick pop drop throw", [
    frame(`.{0,60}${CALENDAR}`, "schedule"),
    frame(
      "(?:something|time|some time|a time|\\w+ minutes|half an hour|an hour) (?:in|on|down)",
      "schedule",
    ),
    frame(".{1,30}\\bin (?:touch|contact)", "introduce"),
    frame("(?:.{0,60} )?together\\b(?! (?:with|again|on|next|at))", "prepare"),
    frame(
      ".{0,60}\\b(?:in writing|in an e-?mail|on paper|in(?:to)? (?:the|your|our) (?:[\\w-]+ )?(?:chat|channel|thread|drive|folder|slack|ticket|case|portal|inbox|mailbox|workspace|data room|dataroom|wiki|confluence|notion|post|mail)|on (?:slack|teams|the (?:ticket|case|wiki|drive|portal)))\\b",
      "deliver",
    ),
    frame("(?:you|me|us|him|her|them) down\\b", "change"),
    frame(
      "(?:it|that|this|them|up)(?: up)?$|that (?:aside|on hold|to bed)|(?:it|that) (?:this way|another way|simply)",
      "talk",
    ),
    frame(
      "in (?:a|an|the|that|my|our) \\w+|.{2,50}? (?:in|into|on|onto|under|through|down)\\b",
      "change",
    ),
  ]],
  ["drop shoot fire", [
    frame(`you (?:all |both )?an? (?:\\w+ )?${LINES} with\\b`, "deliver"),
    frame(`you (?:all |both )?an? (?:\\w+ )?${LINES}`, "report"),
    frame(`(?:${RECEIVER} )?(?:an? |the )?(?:quick )?${LINES}`, "contact"),
    frame(
      `(?:${THING} )?(?:over|across|off)\\b(?! the call)|${RECEIVER} (?:the|a|an|that|those|some|over)\\b|(?:it|that|this|them|those) to`,
      "deliver",
    ),
    frame("by\\b", "contact"),
  ]],
  // Ways to say "send" in a hurry, which every region has its own of.
  ["pop flick chuck bung sling zip whizz ping toss lob shoot fire drop throw", [
    frame(
      `(?:${RECEIVER} )?${THING} (?:over|across|through|along|your way|to you|to your)\\b`,
      "deliver",
    ),
  ]],
  ["leave", [
    frame(
      "(?:you|me|us|him|her|them|everyone) (?:the|an?|my|our|that|those|some|copies)\\b(?! (?:chance|moment|minute|second|message|bit|lot|choice))",
      "deliver",
    ),
  ]],
  // Indian English for "get back to you".
  ["revert", [
    frame(
      "(?:(?:to|with) you|by|on (?:this|that|it|the same)|with|soon|shortly|today|tomorrow|at the earliest|asap)\\b|$",
      "report",
    ),
  ]],
  ["take", [
    frame(
      `(?:.{0,50} )?(?:back to|to|up with|past|by|over to|in to) ${COLLEAGUE}|.{1,30} (?:internally|offline)|back\\b`,
      "ask",
    ),
    frame("care of|(?:it|that|this|those|them)(?: one)? (?:on|away|over)\\b|over the", "change"),
    frame(
      "(?:another |a |one more )?(?:\\w+ )?(?:look|read|pass)\\b(?! (?:here|now|together))",
      "review",
    ),
    frame("(?:the )?(?:minutes)\\b", "prepare"),
  ]],
  ["bring", [
    frame(`${THING} (?:in|along|over|down|back|with me)\\b`, "deliver"),
    frame(`.{0,50}(?:up with|back to|to) ${COLLEAGUE}`, "ask"),
    frame(
      `(?!${THING} )${PERSON} (?:in(?:to)?|on|along|with me|to)\\b|(?:in|along) ${PERSON}`,
      "introduce",
    ),
    frame("(?:the|a|an|my|our|some|those|two|three) ", "change"),
  ]],
  ["pull", [
    frame("(?:.{0,60} )?together\\b", "prepare"),
    frame(`(?!${THING} )${PERSON} (?:in(?:to)?|on)\\b`, "introduce"),
    frame("(?:you|me|us|him|her|them) (?:the|a|an|that|those|some|our|your|\\d+)", "deliver"),
    frame("(?:it |that |this |the \\w+ )?up\\b", "talk"),
    frame("(?:the|a|an|my|our|some|those|that|all) ", "change"),
  ]],
  ["run", [
    frame(`.{1,60} (?:by|past|up to) ${COLLEAGUE}`, "ask"),
    frame(
      "through|you|over|off|late|out|into|(?:us|me) (?:through|over)|(?:it|that|this) (?:again|for you)|now",
      "talk",
    ),
  ]],
  ["speak talk chat", [
    frame(`(?:\\w+ )?(?:to|with) (?!you\\b)${COLLEAGUE}`, "ask"),
    frame("(?:to|with) (?!you\\b|about\\b)", "contact"),
  ]],
  ["have", [
    frame(`an? (?:quick )?(?:word|chat|conversation|call) with (?!you)${COLLEAGUE}`, "ask"),
    frame(`(?:an?|the|that|your|some|my|more) ${FEEDBACK}`, "report"),
    frame(
      `${THING} (?:ready |done |back |sorted |out )?(?:for|with|back to|over to) (?:you|me|us|him|her|them)\\b`,
      "deliver",
    ),
    frame(
      ".{1,60}\\b(?:over to|across to|to|with|in) (?:you|your inbox|everyone|them)\\b",
      "deliver",
    ),
    frame(`.{1,50} ${FINISHED}`, "prepare"),
    frame(
      "(?:our|my|the|someone|somebody|one of|legal|finance|engineering|accounts|security|support|it|hr|procurement|him|her|them) (?:[\\w-]+ ){0,4}?(?:send|reach|call|contact|look|check|e-?mail|mail|get|follow|set|draft|prepare|drop|ring|post|ship|run|confirm|review|issue|raise|fix|put|write|pull|add|sign|make)\\b",
      "ask",
    ),
    frame(
      "(?:another |a |one more )?(?:\\w+ )?(?:look at|look through|read|think about)",
      "review",
    ),
    frame(
      `(?!${THING} )(?!to\\b)${PERSON} (?:join|on the call|on that call|there|in the room|attend|come along)`,
      "introduce",
    ),
  ]],
  ["give", [
    frame(
      `${RECEIVER} (?:an?|some|the|my|one) (?:[\\w-]+ )?(?:sec|second|minute|moment|idea|sense|hand|break|shout|chance|feel|time|example|overview|context|background|flavou?r|picture|demo|tour|rundown|look|thought|bit|nod|word|go-ahead|green light|notice|signal|best|credit)s?\\b`,
      "talk",
    ),
    frame(`${RECEIVER} an? (?:\\w+ )?(?:call|ring|bell|buzz)\\b`, "contact"),
    frame(`${RECEIVER} (?:an?|the|my|some|that)? ?${FEEDBACK}`, "report"),
    frame(
      `${RECEIVER} (?:\\w+ ){0,4}(?:access|cop(?:y|ies)|list|names?|details?|credentials?|log-?ins?|links?|quotes?|quotation|pricing|figures?|reports?|documents?|deck|data|samples?|files?|demo account|sandbox|discount|template|document|contract|proposal|breakdown|summary)\\b`,
      "deliver",
    ),
    frame(`${RECEIVER} (?:an?|the|that|those|some|your|our|all|both|more) [a-z]`, "deliver"),
    frame("notice\\b", "change"),
    frame(
      "(?:it|that|this|them) (?:a|another) (?:proper |good |full )?(?:go|try|read|look|test|review)",
      "review",
    ),
  ]],
  ["make", [
    frame("(?:\\w+ ){0,3}intro(?:duction)?s?\\b", "introduce"),
    frame("sure (?!(?:i|we|you)\\b)(?:that )?\\w+", "change"),
    frame(
      "(?:an?|some|the|those|that|these|all) (?:\\w+ ){0,2}(?:changes?|list|document|video|cop(?:y|ies)|edits?|updates?|adjustments?|corrections?|fix|recording|template|spreadsheet|deck|request|payment|booking|reservation|order|(?:phone )?calls?)\\b",
      "change",
    ),
  ]],
];
