import type { Intent } from "../../intentActionRegistry.ts";
import type { Undertaking } from "./_undertakings.ts";

/** The words by which a deed of our side is told for what it means to the deal. */
const PROPOSAL =
  /\b(?:proposals?|quotes?|quotation|contracts?|agreements?|order ?forms?|sow|statement of work|msa|dpa|paperwork|estimate|pricing|prices?|(?<!your |their )numbers|terms|engagement letter|docusign|renewal|costings?|(?:write-?up|summary|breakdown) of (?:the |our )?(?:costs?|prices|pricing|fees)|addendum|amendment|redlines?|whole thing in writing)\b/;
/** Lists and sheets of prices are documents, not offers. */
const PRICE_PAPER =
  /\b(?:prices?|pricing|rates?) (?:sheets?|lists?|cards?|guides?|pages?|decks?|overview|tables?)\b/;
const CONTENT =
  /\b(?:pagers?|decks?|documents?|docs?|documentation|slides?|recordings?|reports?|case stud(?:y|ies)|white ?papers?|guides?|brochures?|invoices?|receipts?|forecasts?|statements?|files?|spreadsheets?|sheets?|templates?|notes|minutes|summary|recap|agenda|examples?|samples?|references?|data|list|pdf|videos?|articles?|checklists?|playbooks?|datasheets?|overview|info|information|polic(?:y|ies)|certificates?|questionnaire|specs?|specifications?|diagrams?|plan|one-pager|two-pager|roadmap|screenshots?|results?|benchmarks?|materials?|stuff|write-?up|study|studies|faq|instructions|steps|details|ranges|schedule|timeline|business case|calculator|model|comparison|breakdown|log|logs|export|e-?mail|testimonials?|paragraphs?|wording|blurb|letters?|drafts?)\b/;
const COLLEAGUES =
  /\b(?:our|my|the) (?:[\w-]+ ){0,3}?(?:team|folks|people|guys|chaps?|lads|blokes|crew|lot|side|engineers?|developers?|director|manager|boss|lead|counsel|lawyers?|head|vp|c[efitoisr]+o|specialists?|experts?|department|group|colleagues?|analysts?|architect|consultants?|desk|ops|product|legal|finance|security|support|engineering|leadership|partner|staff|designers?|back office|billing|accounts|underwriters?|warehouse|office)\b|\b(?:legal|engineering|finance|internally|security|product|support|compliance|leadership|procurement|ops|operations|management|billing|in-house|r&d)\b/;

const OUR_OWN =
  /\b(?:our|my) (?:[\w-]+ ){0,3}?(?:team|department|group|desk|people|folks|engineers?|developers?|billing|finance|legal|support|accounts|specialists?|experts?|ops)\b/;

/** Something leaves the house, whatever was done to it before. */
const SENDS =
  /\b(?:send|e-?mail|mail|forward|share|shoot|ship|post)\b(?! (?:team|address|server|thread))|\b(?:get|drop|fire|ping|pop|zip|sling|flick|chuck|whizz|bung) (?:it|that|them|those|(?:the|a|an|my|our|some) [\w -]+?) (?:over|across|out|through|along|to you)\b|\b(?:have|get|put|land) (?:it|that|them|those|the [\w ]+?) (?:in your (?:inbox|mail|hands)|on your desk|with you)\b/;

/** What an undertaking of our side means for the deal; null for what is none of ours. */
export function intentOf(undertaking: Undertaking): Intent | null {
  const { verbClass, owner, predicate, context, lemma } = undertaking;
  if (verbClass === "introduce") {
    // Somebody of our own house who is brought in is no new face of the buyer's.
    return owner.side === "ours" && OUR_OWN.test(predicate)
      ? "check_with_team"
      : "stakeholder_introduction";
  }
  // Invitations are judged with the talk that fixes the time.
  if (verbClass === "schedule" || /\binvit(?:e|es|ations?)\b/.test(predicate)) return null;
  if (owner.side === "theirs") return null;
  const object = `${predicate} ; ${context}`;
  const isSentOff = verbClass === "deliver" || SENDS.test(predicate);
  if (verbClass === "ask" && !(lemma === "have" && SENDS.test(predicate))) {
    const asksPeople = COLLEAGUES.test(predicate) ||
      /\b(?:them|him|her)\b/.test(predicate) && COLLEAGUES.test(context) ||
      /^(?:ask|consult|escalate|flag)$/.test(lemma) ||
      /\b(?:with|to|by|past) (?!you\b|the\b|it\b|this\b|that\b)[a-z]+/.test(predicate);
    return asksPeople && !/\byour (?:\w+ )?(?:team|side|it|people|folks)\b/.test(predicate)
      ? "check_with_team"
      : "general";
  }
  if (isSentOff || verbClass === "prepare") {
    if (PRICE_PAPER.test(predicate)) return "send_content";
    if (PROPOSAL.test(predicate)) return "send_proposal";
    if (CONTENT.test(predicate)) {
      return isSentOff || /\b(?:you|send|share|over|across|for (?:me|us))\b/.test(predicate)
        ? "send_content"
        : "general";
    }
    if (PROPOSAL.test(object)) return "send_proposal";
    if (CONTENT.test(object) && isSentOff) return "send_content";
    return isSentOff ? "send_content" : "general";
  }
  return "general";
}
