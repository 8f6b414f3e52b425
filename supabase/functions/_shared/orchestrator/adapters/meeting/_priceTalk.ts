/** The words by which prices are known, apart from the numbers themselves. Lower case throughout. */

/** Words that show that a price is being talked about. */
export const PRICE_TALK =
  /\b(?:pric(?:e|es|ed|ing|ey)|costs?|costing|quot(?:e|es|ed)|budgets?|budgeted|fees?|rates?|discount(?:s|ed)?|list (?:is|price)|invoices?|pay|pays|paying|paid|spend|spending|spent|charg(?:e|es|ed|ing)|ballpark|cheap(?:er)?|expensive|investment|subscription|licen[cs]es?|up ?front|annually|deposit|commission|premium|retainer|rebate|waive|came in at|coming in at|come in at|contract value|plus (?:vat|gst|tax)|too much|afford|per (?:seat|user|head|licen[cs]e|site|month)|bucks|dollars|pounds|euros|quid|order form|renewal|how much|comes to|came to|one[ -]off|(?:basic|starter|standard|pro|premium|enterprise) (?:plan|tier|package)|money|minimum commitment|margins?|reseller|referral fee|rev(?:enue)? share|instal+ments?|rupees|shillings|naira|dirhams|kron(?:er|or)|zloty|pesos|lakhs?|crores?|the (?:\w+ )?figures?)\b/;
/** Someone asks for a price: a bare number may answer it. */
export const PRICE_QUESTION =
  /\bhow much\b|\bwhat(?:'s| is| does| would| will)? (?:it|this|that|one) (?:run|set (?:us|me) back|come to)\b|\bwhat(?:'s| is| does| would| are)? (?:[\w']+ ){0,5}(?:cost|price|pricing|ballpark|investment|rate|fee|charge|run us|set us back|number|budget)\b/;
/** Someone asks for a count: a bare number answers that. */
export const COUNT_QUESTION =
  /\bhow (?:many|long|often|old|big|far|soon|late)\b|\bwhat (?:time|version|size|year)\b/;
/** Predicates that speak of money by themselves. */
export const SUM_BEFORE =
  /\b(?:comes? (?:out )?(?:to|at)|came (?:out )?to|works? out (?:at|to)|runs? (?:you|us|at|about)|sets? (?:you|us) back|brings it to|you're at|we're at)(?: about| around| roughly| like)*$/;
/** Money that is not a price: what the buyer earns, saves, loses, pays staff, or is insured for. */
export const OTHER_MONEY =
  /\b(?:revenue|sav(?:e|es|ed|ing|ings)|salar(?:y|ies)|wages?|turnover|liabilit(?:y|ies)|uncapped|liability cap|indemnit\w+|insurance|insured|insurers?|valuation|raised|funding|series [a-d]|arr|mrr|pipeline|quotas?|profits?|losses|lost|losing|we lose|deal size|average deal|order value|basket|worth of|in product|in stock|in sales|fined|fines|fine (?:of|from|for) (?=[\w£$€₹])|penalt(?:y|ies)|bonus(?:es)?)\b/;
/** Somebody offers the percentage that follows. */
export const OFFERED_BEFORE =
  /\b(?:offer|give you|come down|go (?:down )?(?:to|by)|throw in|stretch to|manage)(?: you| by| about| around| up to| another| only| maybe)* $/;
/** After these a bare number is days. */
export const PAYMENT_TERMS =
  /\b(?:payment terms|terms of payment|net \w+|(?:thirty|sixty|ninety|30|60|90) days)\b/;
/** What a percentage must stand beside to be part of a price. */
export const PERCENT_OF_PRICE =
  /\b(?:off|discount\w*|premium|uplift|increases?|rise|rises|raise|commission|deposit|up ?front|in advance|fees?|mark ?up|rebate|interest|price|prices|pricing|rate|cheaper|knock|shave|annual(?:ly)?|renewal|vat|gst|tax|surcharge|escalator|cap on|list|multi ?year|down payment|instal+ments?|flat or reducing|reducing balance|on signature|on signing|payment|pay|margins?|reseller|referral|rev(?:enue)? share|(?:our|the) standard|(?:on|of) (?:the )?first year)\b/;
export const PERCENT_OF_OTHER =
  /\b(?:accura\w+|uptime|availability|of (?:the |our |their |your )?(?:time|day|week|users|customers|people|leads|deals|calls|team|staff|cases|reps|revenue|data|orders|traffic|patients)|conversion|converts?|growth|grow\w*|faster|slower|more likely|less likely|response|open rate|adoption|utili[sz]ation|churn|error|errors|sure|certain|confident|complete|done|of it works|more accurate|reduction in|fewer|better|productiv\w+|attendance|no shows?|capacity|market share|sure)\b/;

const UNIT_OF_SALE =
  "seats?|users?|licen[cs]es?|heads?|person|people|employees?|agents?|reps?|sites?|locations?|stores?|branch(?:es)?|trucks?|vehicles?|devices?|units?|rooms?|beds?|chairs?|doors?|desks?|machines?|sensors?|cameras?|stations?|vans?|cars?|students?|pupils?|patients?|members?|accounts?|calls?|minutes?|orders?|transactions?|shipments?|properties|property|practitioners?|clinics?|doctors?|drivers?|lanes?|modules?|classes|class|schools?|messages?|documents?|clients?|customers?|warehouses?|bays?|terminals?|screens?|piece|pallets?|kilos?|bottles?|pop|go|time";
const SPAN_OF_TIME = "months?|years?|annum|quarters?|weeks?|days?|hours?";
export const PER_UNIT = new RegExp(
  `^(?:,? ?(?:ish|or so|flat|all in|total)?,? ?(?:(?:each|apiece)\\b|(?:(?:a|an|per|every|for each|\\/) ?(?:${UNIT_OF_SALE}))\\b))`,
);
export const PER_TIME = new RegExp(
  `^(?:,? ?(?:ish|or so|flat)?,? ?(?:(?:(?:a|an|per|each|every|\\/) ?(?:${SPAN_OF_TIME}))|monthly|annually|yearly|quarterly|pcm|pa)\\b)`,
);
export const PER_PHRASE = new RegExp(
  `^(?:,? ?(?:(?:a|an|per|each|every|\\/) ?(?:${UNIT_OF_SALE}|${SPAN_OF_TIME})|each|apiece|monthly|annually|yearly|quarterly|one ?time|one ?off)\\b)+`,
);
export const TOTAL_MARK =
  /^,? ?(?:all in|all-in|all[- ]inclusive|flat|up ?front|plus (?:vat|gst|tax|probes|hardware)|ex(?:cluding)? (?:vat|gst|tax)|including (?:vat|gst)|one[ -]?(?:time|off)|in total|total|net|gross|list|for (?:the )?(?:set-?up|installation|install|onboarding|implementation|training|delivery|hardware|migration))\b/;
/** Verbs and nouns that a price follows. */
export const PRICE_BEFORE =
  /\b(?:list(?: price)?(?: is| was| at|'s)?|pric(?:e|es|ed|ing)(?: is| was|'s| of| at| from| starts at| to)?|costs?(?: is| about| around| us| you| me| them| roughly| only)*|quot(?:e|ed|es)(?: us| me| you| them| of| at| is| was| for)*|c(?:a|o)m(?:e|es|ing) in (?:at|around|about|under|over|just under)|(?:get|bring|take|knock|drop|go|got|come|came|brought) (?:me |us |you |it |that |this |the price )?(?:down |up )?to|budget(?:s|ed)?(?: is| of|'s| for| was| around| about| at)*|pay(?:ing|s)?(?: about| around| like| roughly| us| you| them)*|paid(?: about| around)?|charg(?:e|es|ed|ing)(?: us| you| me| them| about)*|spend(?:ing)?(?: about| around| like)?|spent(?: about| around)?|fee(?:s)?(?: is| of|'s| are| was)*|starts? (?:at|from)|starting (?:at|from)|settle (?:at|on|for)|meet (?:you |me |us )?(?:at|in the middle at)|do it (?:for|at)|sign (?:it )?at|offer(?:ed|ing)?(?: us| you| me)?(?: it)?(?: at| for)?|rate(?: is| of|'s)*|ballpark(?: is| of)?|call it|we're at|you're at|you've got the|agreed(?: on)?|deposit(?: is| of)?|premium(?: is| of)?|waive the|for (?:about|around)|worth|per (?:seat|user|month|year)(?: is| at)?|monthly(?: is|'s)?|annual(?:ly)?(?: is|'s)?|migration's normally|normally|usually|list)(?: about| around| roughly| only| just| like| maybe| still| exactly| something like| the| a)*$/;
/** Little words that a price may follow while prices are on the table. */
export const LOOSE_BEFORE =
  /(?:^|\b(?:at|for|to|from|about|around|roughly|like|maybe|say|still|it's|that's|that is|is|was|be|do|got|than|under|over|below|above|between|or|and|the|then|sorry|no|yes|yeah|okay|well|so|not|plus|versus|vs|make it|just|only|nearly|almost|probably|exactly|at least|up to|more like),? )$/;
export const OPEN_AFTER = new Set(
  ("a an per each every for if is was and or plus all flat annually monthly yearly quarterly up upfront in on at but so then instead now ish " +
    "to thereabouts roughly including excluding ex before after with as the which that because total net gross one both i we you it he she they " +
    "i'll we'll you'd i'd i'm that's it's when from depending tops max minimum by not right okay yeah yes no just once unless until works would " +
    "will could can should maybe though there here really sounds has less more over under off apiece either only does what how please list pcm pa")
    .split(" "),
);
export const NOT_AFTER =
  /\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|version|v|step|page|case|ticket|number|room|option|phase|part|q|point|chapter|level|tier|gate|top|first|last|next|past|slide|soc|iso|version of|since|aged?|plus or minus)[,.]? $/;
