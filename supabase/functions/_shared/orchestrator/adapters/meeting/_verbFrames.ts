import type { VerbClass } from "./_verbs.ts";

type Frame = readonly [rest: RegExp, found: VerbClass];

const THING =
  "(?:it|that|this|them|those|these|(?:the|a|an|my|our|your|some|that|those|this|these|all|both|another) [\\w' -]{1,60}?)";
const PERSON =
  "(?!(?:it|that|this|those|these|what|the|a|an|some|to|up|in|on|out|back|off|over|more|one|with|for|into|together|started)\\b)(?:(?:our|my|the|your) (?:[\\w-]+ ){0,2}[\\w-]+|[a-z][\\w'-]*(?: [a-z][\\w'-]*)?)";
const RECEIVER =
  "(?:you|me|us|him|her|them|everyone|everybody|the (?:team|group|board)|[a-z][\\w'-]+)";
/** People of one's own house: a possessive, a department, a pronoun or a name (any other word). */
const COLLEAGUE =
  "(?!(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|tonight|noon|lunch|close|end|then|now|later|next|eod\\b)(?:our|my|an?|the (?:\\w+ ){0,2}(?:team|folks|people|guys|side|board|department|group|boss|lead|lawyers?|counsel|engineers?|developers?|committee|director|manager|c[efito]o|vp)|legal|engineering|finance|product|security|procurement|accounting|support|compliance|marketing|sales|ops|operations|it|hr|infosec|leadership|management|him|her|them|someone|somebody|(?!(?:you|me|us|it|that|this|those|these|what|the|our|your|my|see|make|get|and|all|everyone|some|any|each|how|where|when|which|who|whether|plan|date|time|you're|start|price|pricing|next|first|back)\\b)[a-z]{3,})\\b";
const CALENDAR = "\\b(?:invit(?:e|es|ation|ations)|calendars?|diary|diaries|placeholder)\\b";
const MEETING =
  "(?:call|meeting|time|times|slot|session|demo|chat|follow[- ]?up|catch[- ]?up|half hour|hour|minutes|workshop|walk-?through|kick-?off|sync|appointment|date|interview|visit|review|one-on-one)";
const A_MEETING =
  `(?:(?:us|you|a|an|the|that|another|some|our|your|next|in|up|out|for|follow-up|quick|\\d+|[a-z]+) ){0,5}${MEETING}\\b`;
const FEEDBACK =
  "(?:\\w+ )?(?:answers?|updates?|response|news|confirmation|feedback|decision|status|heads[- ]up|word|shout)\\b";
const FINISHED =
  "(?:done|fixed|sorted|signed|approved|moving|set up|ready|installed|live|scheduled|booked|finished|sent|drafted|completed|prepared|changed|updated|added|removed|cleaned|resolved|out the door|over the line|sorted out)\\b";
const LINES = "(?:line|note|e-?mail|message|text)\\b";

const frame = (pattern: string, found: VerbClass): Frame => [new RegExp(`^(?:${pattern})`), found];

/**
 * What a verb means by what follows it; per verb the first frame that fits decides, else the verb's
 * own class (_verbs.ts). Patterns run on the rest of the phrase, in lower case.
 */
export const FRAMES: ReadonlyMap<string, readonly Frame[]> = new Map(
  ([
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
        ".{0,60}\\b(?:in writing|in an e-?mail|on paper|in the (?:[\\w-]+ )?(?:chat|channel|thread|drive|folder|slack|ticket|case|portal|inbox|mailbox|workspace|data room|dataroom|wiki|confluence|notion|post|mail)|on (?:slack|teams|the (?:ticket|case|wiki|drive|portal)))\\b",
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
      frame(`a (?:quick )?(?:word|chat|conversation|call) with (?!you)${COLLEAGUE}`, "ask"),
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
    [
      "set schedule book arrange organise organize line find grab block lock coordinate plan hold reschedule",
      [
        frame(
          `(?:(?:the|your|my|our|both|a|some) )?(?:calendars?|diar(?:y|ies))\\b|${A_MEETING}|(?:you|us|that|it|this|them|him|her|something) in\\b|in (?:for )?(?:mon|tue|wed|thu|fri)`,
          "schedule",
        ),
      ],
    ],
    ["set", [
      frame(
        "(?:it|this|that|them|you|us|everything|up|(?:the|a|an|your|our) .{1,40}? up)\\b(?! the (?:scene|stage))",
        "prepare",
      ),
      frame("(?:the|a|an) (?:reminder|alert|deadline|price|password)", "change"),
    ]],
    ["plan", [frame("(?:the|a|out|for|our|it)\\b", "prepare")]],
    ["find", [
      frame("(?:that |this |it )?out\\b|(?:the|that|those|a|someone|somebody|who|what)\\b", "ask"),
      frame("(?:you|us|him|her|them) (?:the|a|an|that|some)", "deliver"),
    ]],
    ["figure work sort", [frame("(?:that |this |it )?out\\b", "ask")]],
    ["work", [
      frame("on (?!the assumption)", "prepare"),
      frame("(?:it |that |this )?up\\b", "prepare"),
    ]],
    ["look dig get", [
      frame(
        "(?:a bit |more |further |deeper )?into\\b(?! (?:the details|it now|specifics))",
        "ask",
      ),
    ]],
    ["look", [
      frame("(?:for|up)\\b", "ask"),
      frame("(?:back )?(?:at|over|through)\\b", "review"),
    ]],
    ["dig", [frame("(?:out|up|that out|it out)\\b", "deliver")]],
    ["go", [
      frame(
        `(?:back )?(?:through|over) (?:it|that|this|those|them|your|the|everything)\\b(?=.*\\b(?:tonight|tomorrow|later|this|next|and|after|before|by|with (?:our|my)|on)\\b)`,
        "review",
      ),
      frame(`back to (?!you\\b|that\\b|the\\b|this\\b|your\\b)${COLLEAGUE}`, "ask"),
      frame("back to you\\b", "report"),
      frame("look (?:at|into)", "review"),
    ]],
    ["see", [frame("(?:if|whether|about)\\b", "ask")]],
    ["check", [
      frame("(?:it |that |this |them )?out\\b", "review"),
      frame("in with you", "report"),
    ]],
    ["ask", [
      frame(
        "(?:you|a question|one|another|a couple|this|that|two|some|a few|the|about|what|why|how|quickly|now|again|first)\\b|[,?.]|$",
        "talk",
      ),
    ]],
    [
      "mention flag raise escalate surface float pass kick bounce discuss confirm verify validate align clear clarify sync touch push move forward get hand",
      [
        frame(
          `(?:.{0,60} )?(?:to|with|by|past|up to|over to|on to) (?!you\\b)(?:the )?${COLLEAGUE}|.{0,40}\\b(?:internally|offline|in-?house)\\b`,
          "ask",
        ),
      ],
    ],
    ["raise", [frame("(?:that|it|this)$", "talk")]],
    ["pass hand", [
      frame(
        `${THING} (?:on|along|over|across|back|to)\\b|(?:on|along|over) (?:the|that|those|your|my)`,
        "deliver",
      ),
      frame("(?:you|me|us) (?:the|a|that|those)", "deliver"),
    ]],
    ["update", [
      frame("(?:the|your|this|that|our) (?:ticket|case|thread)\\b", "report"),
      frame("(?:you|everyone|everybody|the team|him|her|them|me|us|on)\\b|$", "report"),
      frame("(?=.)", "change"),
    ]],
    ["answer", [
      frame(
        "(?:you|those|them|the rest|these)\\b.*\\b(?:by|in|via|tomorrow|today|mail|email|writing)",
        "report",
      ),
    ]],
    ["follow", [
      frame(
        "(?:back )?up (?:on (?:that|this|it) )?with (?:you (?:with|on)|the|an?|that|those|some|more|your|all|pricing|details|information)\\b(?! (?:\\w+ )?(?:team|folks|people|guys|department))",
        "deliver",
      ),
      frame(`up (?:on \\w+ )?with (?!you\\b)(?:the )?${COLLEAGUE}`, "ask"),
      frame("(?:back )?up\\b", "report"),
      frame("through (?:on|with)", "change"),
    ]],
    ["come", [
      frame("(?:right |straight )?back (?:to|with)\\b", "report"),
      frame("up with\\b(?! (?:that|this))", "prepare"),
      frame("(?:by|out|over|down) (?:to|and|on|next|this|tomorrow)|visit|on site", "contact"),
    ]],
    ["circle report revert loop write", [frame("(?:right )?back\\b", "report")]],
    ["write type mock draw price spec", [
      frame("(?:it |that |this |them |those )?up\\b", "prepare"),
    ]],
    ["write", [
      frame("(?:it|that|this|those) down", "talk"),
      frame("to (?!you)", "contact"),
      frame("(?:him|her|them|you)\\b", "contact"),
    ]],
    ["let", [frame(`${PERSON} know\\b`, "report")]],
    ["keep", [
      frame(
        "(?:you|me|us|everyone|him|her|them) (?:all |both )?(?:posted|updated|informed|in the loop)",
        "report",
      ),
    ]],
    ["be", [frame("in touch", "report"), frame("(?:sure|certain)\\b", "talk")]],
    ["connect introduce", [
      frame("(?:it|that|this|the|our|your|those|both|these)\\b", "change"),
      frame(`with (?!you\\b)${COLLEAGUE}`, "ask"),
      frame(PERSON, "introduce"),
    ]],
    ["loop rope conference", [frame(`in ${PERSON}|${PERSON} in`, "introduce")]],
    ["invite", [
      frame("(?:you|everyone|everybody|you both|the group|y'all)\\b", "schedule"),
      frame(PERSON, "introduce"),
    ]],
    ["cc copy", [frame(`(?:in )?${PERSON}`, "introduce")]],
    ["add include", [
      frame(
        `(?!${THING} )${PERSON} (?:to|on|in|into) (?:the|that|this|our) (?:\\w+ )?(?:invite|call|thread|e-?mail|chain|meeting|loop|calendar|conversation)`,
        "introduce",
      ),
      frame(
        "(?:that|it|this|to that|one|something|on|a bit|onto)(?: as well| too)?$|to that|one (?:more )?thing|that (?:we|i|it|the|in)\\b",
        "talk",
      ),
      frame("(?:.+)", "change"),
    ]],
    ["reach", [frame("out\\b(?! to you$)|back out", "contact")]],
    ["touch", [frame("base\\b", "contact")]],
    ["catch", [frame("up\\b", "schedule")]],
    ["meet", [frame("(?:you|up|again|next|on|at|then|with you|in)\\b|$", "schedule")]],
    ["call ring phone", [
      frame("(?:it|that|this|out|time|on)\\b", "talk"),
      frame("(?:you |him |her |them )?back\\b", "report"),
    ]],
    ["text message ping", [
      frame("(?:you|me|us|him|her|them) (?:the|a|an|that|those|it)\\b", "deliver"),
      frame(".", "contact"),
    ]],
    ["tell remind warn inform", [frame("(?:you|me|us|the truth|it)\\b", "talk")]],
    ["start begin", [
      frame(
        "(?:on|the|working on|with the|a) \\w+.*\\b(?:today|tonight|tomorrow|this|next|on|by|once|after|when|mon|tue|wed|thu|fri)",
        "change",
      ),
    ]],
    ["kick", [frame("(?:off|it off|that off|this off)\\b(?! with\\b)", "change")]],
    ["turn", [
      frame(`${THING} (?:round|around|back|over)\\b`, "deliver"),
      frame("(?:on|off|up|down)\\b|(?:it|that|this|them|the \\w+) (?:on|off)", "change"),
    ]],
    ["switch", [frame("(?:on|off|us|you|it|that|them)\\b", "change")]],
    ["roll", [frame("(?:out|back|it out|that out|it back)\\b", "change")]],
    ["pick", [frame("(?:up |it |that )(?:up|the|a|from)?", "change")]],
    ["deal", [frame("with", "change")]],
    ["own handle cover", [frame("(?:it|that|this|the|those|them)\\b", "change")]],
    ["do", [
      frame(
        "(?:you|them|him|her) (?:up )?(?:an?|the|some) (?!(?:favou?r|deal|solid|quick|kindness)\\b)",
        "deliver",
      ),
      frame(
        "(?:my|our|your) (?:best|level)|(?:well|fine|great|so|not|some|this now|that now|now|you|what|everything we can|business|a (?:quick|little) (?:intro|round|recap|demo now))\\b|$",
        "talk",
      ),
      frame(
        "(?:it|that|this|those|these|them|both|the|a|an|my|our|your|another|all|one)\\b",
        "change",
      ),
    ]],
    ["push", [
      frame(
        "(?:them|him|her|the (?:\\w+ )?(?:team|guys|folks|people)|our \\w+|my \\w+|engineering|product|legal|finance|support|dev) (?:for|on|to|about)\\b",
        "ask",
      ),
      frame("back|for\\b|on$|through$|it$", "talk"),
    ]],
    ["move", [
      frame("(?:on|along|forward|ahead|over|to the next|onto|us (?:on|along))\\b", "talk"),
    ]],
    ["read", [frame("(?:it|that|this|you|them)?(?: out| aloud)\\b|(?:you|it to you)\\b", "talk")]],
    ["record note list outline describe summarise summarize document", [
      frame(
        "(?:what|that|quickly|briefly|it|this|where|why|how|down|the call|the meeting)\\b(?! (?:and send|in))",
        "talk",
      ),
    ]],
    ["provide", [
      frame(
        "(?:you|him|her|them|it|that|those|the|your|feedback|comments|access|a list)\\b",
        "deliver",
      ),
    ]],
    ["close test raise add", [frame("(?:on|off|out|you|with (?:this|that|one))\\b", "talk")]],
    ["sign", [frame("(?:up|off the call|out)\\b", "change")]],
    ["order", [frame("(?:food|lunch|pizza)", "change")]],
  ] as readonly (readonly [string, readonly Frame[]])[]).reduce((all, [lemmas, frames]) => {
    for (const lemma of lemmas.split(" ")) all.set(lemma, [...(all.get(lemma) ?? []), ...frames]);
    return all;
  }, new Map<string, readonly Frame[]>()),
);
