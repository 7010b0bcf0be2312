"""Texts with the names in them marked, made from templates of our own, and from others by exchanging names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from policies.pii.names.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Pools:
    """Names to fill templates with."""

    given: Sequence[str]
    family: Sequence[str]
    cities: Sequence[str]
    countries: Sequence[str]

    def invented(self, random: Random, source: Sequence[str]) -> str:
        """Return a name that nobody knows: the head of one and the tail of another."""
        one, other = random.choice(source), random.choice(source)
        return one[: max(2, len(one) // 2)] + other[len(other) // 2 :].lower()

    def fill(self, slot: str, random: Random) -> str:
        """Return something for a slot of a template."""
        if slot in "FL":
            pool = self.given if slot == "F" else self.family
            return self.invented(random, pool) if random.random() < 0.4 else random.choice(pool)
        if slot == "P":
            middle = random.choice(["", "", "", " " + random.choice("ABCDEFGHJKLMNPRSTW") + "."])
            return f"{self.fill('F', random)}{middle} {self.fill('L', random)}"
        if slot == "O":
            return self._made(random.choice(_COMPANIES), random)
        if slot == "R":
            return self._made(random.choice(_SITES), random)
        return random.choice(self.cities if slot == "C" else self.countries)

    def _made(self, pattern: str, random: Random) -> str:
        return pattern.format(**{slot: self.fill(slot, random) for slot in "FLCK"})


_COMPANIES: Final = tuple(
    """
    {L} Inc;{L} Inc.;{L} & Co;{L} Bank;{L} Foundation;{L} Ltd;{C} Times;University of {C};{L} Corp.;{L} Energy;
    {C} Police Department;Bank of {K};{K} Airlines;{L} Hospital;{L} University;{C} State University;{L} & {L} LLP;
    Ministry of Defense;Department of Justice;Supreme Court;Senate;Congress;United Nations;European Union;Red Cross;
    {L} Brothers;{C} City Council;{L} Research Institute;{L} Automotive;{L}'s Pizza;{L} Dental;{C} United;CNN;NATO;FBI;
    House of Representatives;{L} Hotel;{C} Post;Association of {K} Writers;{L} College;{L} Capital Partners;{L} Records
    """.replace("\n    ", "").split(";")
)
_SITES: Final = tuple(
    """
    {L} Street;{L} Road;{L} Avenue;{L} St;{L} Lane;{L} Rd;{L} Ave;{L} Drive;{L} Square;{L} Park;{C} Airport;Lake {L};
    Mount {L};{L} River;{L} County;{L} Bridge;{L} Island;Port {L};{L} Valley;{L} Beach;{C} Bay;North {C};Fort {L};
    South {K};{L} Creek;{L} Hills;Gulf of {C};West {C};{L} Stadium;{L} Palace;San {L};New {C};St. {F};Camp {L}
    """.replace("\n    ", "").split(";")
)
_SLOTS: Final = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "O": "ORGANIZATION", **dict.fromkeys("CKR", "LOCATION")}
_SLOTS_TAKEN: Final = re.compile(r"\{([PFLCKOR])\}")

TEMPLATES: Final = (
    "Hi {F},\n\nthanks for the files.\n\n{F}",
    "Dear Mr. {L},\nplease find the draft enclosed.\nRegards,\n{P}",
    "Dear {F}, I will call you when I am back from {C}.",
    "{F} -\nAny news on this?\nThanks,\n{F}",
    "From: {P}\nTo: {P}; {P}\nSubject: Re: Lunch on Friday",
    "cc: {P}, {P}",
    "Author: {P} ({O})",
    "By {P}",
    "{P} was born in {C}, {K}, in 1934 and studied law in {C}.",
    "{P}, who runs {O}, said on Monday that prices in {K} would fall.",
    "The parcel for {P} goes to 14 {R}, {C}, {K}.",
    "President {L} met Prime Minister {P} in {C} on Tuesday.",
    "Dr. {L} and her staff are wonderful.",
    "I spoke with {F} and {F} at {O} yesterday, and {F} agrees.",
    "Ask for {F}! She did a great job with my car.",
    "We flew from {C} to {C} and then took a train across {K}.",
    "I am from {K} and want to move to {C} next year.",
    "Is {C} a good place to live? What about {C} or {C}?",
    "{C}, {K} - Police have arrested two men, officials said.",
    "{L} won the match against {L} in {C}.",
    "Professor {P} teaches history at the {O}.",
    "The book by {P} and {P} was reviewed in {O}.",
    "My name is {P} and my address is 231 {R}, {C}.",
    "{P} lives at 7 {R} in {C}.",
    "Soldiers from {K} crossed the border with {K}, according to {O}.",
    "According to {P}, a spokesman for {O}, nobody was hurt.",
    "Does anybody know where {P} lives now? I think {F} moved to {K}.",
    "{P}'s new record is out; {L} will tour {K} in May.",
    "Call {P} on Thursday about the contract with {O}.",
    "{P}\nSenior Manager\n{O}\n{C}, {K}",
    "Mrs {L} said that {F} had left {C} early.",
    "Happy birthday, {F}!",
    "The governor of {C}, {P}, will visit {K}.",
    "Our office in {C} is closed; write to {O}, 1600 {R}, {C}.",
    "Translated by {P}, edited by {P} and {P}.",
    "There are many restaurants in {C}, but few in {C}.",
    "South of {C} the river enters {K}.",
    "He married {P} in 1871; their son {F} died in {C}.",
    "{O} has hired {P} as its new director.",
    "Was {P} really the first to climb it?",
    "{F},\n\nPlease see the attached agreement. Let me know if you have any changes.\n\nThanks,\n{F}",
    "{F}, can you forward this to {P}? I think {F} has the old one.",
    "-----Original Message-----\nFrom: {P}\nSent: Tuesday, March 13, 2001 9:12 AM\n"
    "To: {L}, {F}; {L}, {F}\nCc: {L}, {F}",
    "{P} on 04/02/2001 10:31:05 AM\nTo: {P}/HOU/ECT@ECT\ncc: {P}/NA/Corp\nSubject: Master Agreement",
    "{P}\n{O}\nTel. (713) 555-0134\nFax (713) 555-0178",
    "Best,\n{F} {L}\nVice President, Legal",
    "{F} and I talked to {P} about the ISDA form and the Credit Annex. {F} will send the Board a memo on Friday.",
    "Per {P}, the Gas Desk closes at 5 PM. Call the Help Desk or {F} at ext. 3-5121.",
    "Hey {F}! How was {C}? Say hi to {F} and the kids. Love, {F}",
    "hi {F}, it was great to meet you in {C} last week. cheers, {F}",
    "Thanks {F}. See you Monday. {F}",
    "Attn: {P}, Legal Department",
    "Dr {L} is the best dentist in {C}! Great Service, Great Prices, and the Staff is very friendly.",
    "I took my Honda to {O} on {R} and {F} fixed it in an hour. A++ would recommend!",
    "Best Pizza in {C}! Try the Garlic Bread and the House Salad at {O}.",
    "{F} and his wife {F} own the place. Thank You {F}!",
    "WORST SERVICE EVER. DO NOT GO HERE. The manager, {F}, was rude.",
    "Great place to stay in {C}, close to the airport and Downtown. The Comfort Inn next door was full.",
    "I used to live in {C}, {K} and this is the closest to Home Cooking I have found in {C}.",
    "What is the best way to get from {C} to {C}? I have ten days in {K} and want to see {C} too.",
    "Can I bring my iPhone and my Canon EOS to {K}? Will the Visa be a problem for an American citizen?",
    "Q: Where can I buy Italian cheese in {C}? A: Try {O}, or look on eBay and Amazon.",
    "The {C} area has many German and Korean restaurants. I am Indian and I like Thai food.",
    "Resolved question: Why does my German Shepherd bark at everybody?",
    "{C} ({O}) - The Iraqi army and American troops fought Sunni militants near {C}, {K}, a spokesman said Thursday.",
    "{K}'s Foreign Minister {P} told reporters in {C} that Israeli and Palestinian leaders would meet in {K} in June.",
    "The administration says {K} and {K} support terrorism; Iranian and Syrian officials deny it.",
    "Prime Minister {L} and President {P} of {K} signed the treaty, the White House said.",
    "Former CIA director {P} and Senator {L} (D-NY) criticized the Pentagon and the Republican Party.",
    "General {P}, commander of the Third Army, flew to {C}. {L} said the insurgents came from {K}.",
    "Sheikh {P}, a Shiite cleric, is held in {C}. His brother {F} al-{L} fled to {K}.",
    "Al-{L} was killed in an air strike north of {C}, according to Al Jazeera and the Associated Press.",
    "The {O} has offices in {C}, {C} and {C}, as well as in {K}.",
    "{O}, based in {C}, {K}, said its chief executive {P} would resign.",
    "In {K} and {K}, Christmas is in summer. From {C} you can see the Southern Cross.",
    "{P} (1875-1926) was an Austrian poet who lived in {C} and {C}.",
    "Posted by {F} at 8:15 PM on Sunday, November 12, 2006",
    "{P} wrote:\n> I read the English translation of the Bible in the King James version.",
    "In article <48@news.example.org> {P} wrote: {F}, you are wrong about Linux and Windows XP.",
    "As {L} put it in the New Deal era, the Constitution does not protect Wall Street.",
    "Read {L}'s Introduction to Algebra, Chapter 4, Table 2, or the Wikipedia article on {K}.",
    "Jesus, {F}! God knows what the Internet would do with that. Happy Easter!",
    "The Japanese, French and Russian teams lost; {K} beat {K} 3-1 in {C}.",
    "Hurricane {F} hit {C} and the coast of {K} in September.",
    "I bought the Sony Vaio and Microsoft Office for the Spring Term; the Dell was cheaper in {K}.",
    "Meeting of the Finance Committee, Monday 4 PM, Conference Room B. Chair: {P}",
    "Terms and Conditions Apply. Click Here To Read More About {K}.",
    "{P} and {P} Win Election in {C}",
    "New Study Finds Fewer Jobs in {K}",
    "{K}: President {L} Visits {C} After Floods",
    "{C} Mayor {P} Says Budget Is Safe",
    "Our cat {F} and our Labrador {F} need a home in the {C} area.",
    "{R} is closed from {R} to {R}.",
    "Take the train to {R}, then walk along {R} to the Visitor Center.",
    "The bombing near {R} in {C} killed two Marines.",
    "We hiked from {R} to {R} in {K}.",
    "1500 {R}, Suite 210, {C}, TX 77002",
    "{C}, CA 94107, USA",
    "west of {C} and east of {C}, on the border with {K}",
    "i live in {C} and my friend {F} is from {K}",
)
"""Sentences as they stand in letters, news, biographies and reviews, written for this purpose."""


def filled(template: str, pools: Pools, random: Random) -> Labelled:
    """Fill the slots of *template*: a person's name, given or family name, a city, country, site or company."""
    text, end = "", 0
    names = []
    for match in _SLOTS_TAKEN.finditer(template):
        text += template[end : match.start()]
        end = match.end()
        value = pools.fill(match[1], random)
        if match[1] in _SLOTS:
            names.append((_SLOTS[match[1]], len(text), len(text) + len(value)))
        text += value
    return Labelled(text + template[end:], tuple(names))


def renamed(labelled: Labelled, pools: Pools, random: Random) -> Labelled:
    """Return the text with other, partly invented, names of persons."""
    text, end = "", 0
    names = []
    for kind, start, stop in labelled.names:
        text += labelled.text[end:start]
        value = labelled.text[start:stop]
        if kind == "PERSON" and value[:1].isupper():
            value = pools.fill("P" if " " in value else random.choice("FL"), random)
        names.append((kind, len(text), len(text) + len(value)))
        text += value
        end = stop
    return Labelled(text + labelled.text[end:], tuple(names))
