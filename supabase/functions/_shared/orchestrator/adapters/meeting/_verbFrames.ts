import { A_MEETING, COLLEAGUE, type Frame, frame, PERSON, THING } from "./_frameParts.ts";
import { FRAMES_OF_GIVING } from "./_framesOfGiving.ts";

/** Frames of the verbs that arrange, ask, tell and change. */
const FRAMES_OF_ARRANGING: readonly (readonly [lemmas: string, frames: readonly Frame[]])[] = [
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
      "(?:you|a question|one|another|a couple|this|that|two|some|a few|the(?! (?:\\w+ ){0,2}(?:team|folks|people|guys|side|board|department|group|lawyers?|engineers?|developers?|director|manager)\\b)|about|what|why|how|quickly|now|again|first)\\b|[,?.]|$",
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
  ["knock bang crank hammer", [frame(`${THING} out\\b|out ${THING}`, "change")]],
  ["text message ping", [
    frame(`(?:${THING}|those|them) (?:over|across|along|to)\\b`, "deliver"),
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
];

/**
 * What a verb means by what follows it; per verb the first frame that fits decides, else the verb's
 * own class (_verbs.ts). Patterns run on the rest of the phrase, in lower case.
 */
export const FRAMES: ReadonlyMap<string, readonly Frame[]> = new Map(
  [...FRAMES_OF_GIVING, ...FRAMES_OF_ARRANGING].reduce((all, [lemmas, frames]) => {
    for (const lemma of lemmas.split(" ")) all.set(lemma, [...(all.get(lemma) ?? []), ...frames]);
    return all;
  }, new Map<string, readonly Frame[]>()),
);
