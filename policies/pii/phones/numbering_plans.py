"""Numbering plans: whether digits can be a number of a region at all, told without libphonenumber's slow parser.

The answer is never no for digits that libphonenumber takes for a number, at the leniency that Presidio asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

_LONGEST_CODE: Final = 3  # digits of a country code
_ROUNDS: Final = 2  # national prefixes that the parser strips at most: behind a country code, and again
_TYPES: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
_NO_COUNTRY: Final = "001"  # libphonenumber's region of codes such as that of freephone numbers of many countries
_PREFIXED: Final = "prefixed"
_GROUP: Final = re.compile(r"\\(\d)")  # a rule that takes a group of the prefix's pattern for the number's beginning
_ENDS_WITH_GROUP: Final = re.compile(r"\((?!\?)[^()]*\)(?:\)\?)?$")


@dataclass(frozen=True, slots=True)
class _Prefix:
    """A national prefix.

    Attributes:
        pattern: what it looks like.
        group: the group of *pattern* with which the number begins, if it takes part in the match; 0 for none.
    """

    pattern: re.Pattern[str]
    group: int

    def ends(self, digits: str, begin: int) -> tuple[int, ...]:
        """Return where the number can begin if it has the prefix at *begin*."""
        match = self.pattern.match(digits, begin)
        if match is None:
            return ()
        taken = self.group and match[self.group] is not None
        return (match.end(), match.start(self.group)) if taken else (match.end(),)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbering plan that a region's numbers without a plus sign follow.

    Attributes:
        abroad: its international prefix, if any.
        country: its country code.
        prefixes: its national prefixes and that of the main region of the country code.
        types: by length, all national numbers under the country code; None where a rule may make others of the digits.
        least: the fewest digits of them.
        formats: the national numbers that a rule formats, as a group for each rule in their order; the
            group's name begins with "prefixed" where the rule wants a national prefix.
    """

    abroad: re.Pattern[str] | None
    country: str
    prefixes: tuple[_Prefix, ...]
    types: Mapping[int, re.Pattern[str]] | None
    least: int
    formats: re.Pattern[str]

    def is_national(self, digits: str, begins: Iterable[int]) -> bool:
        """Return whether what begins at one of *begins* is of a type of number."""
        for begin in begins:
            one = self.types.get(len(digits) - begin) if self.types else None
            if one is not None and one.fullmatch(digits, begin):
                return True
        return False

    def lacks_prefix(self, digits: str) -> bool:
        """Return whether *digits*, which have none, are to be written with a national prefix."""
        match = self.formats.fullmatch(digits)
        return match is not None and str(match.lastgroup).startswith(_PREFIXED)


def may_verify(digits: str, region: str) -> bool:
    """Return whether *digits* can be a number in *region* (a CLDR code that libphonenumber knows).

    Without an international prefix a number has the country code of the region, so that what is left without country
    code and national prefixes is of a type of number (fixed line, mobile, ...) in one of the regions of that code. If
    it has neither a country code nor a national prefix, all digits are the number, and then the rule that formats it
    must not want a national prefix.
    """
    plan = _plan(region)
    if plan.abroad is not None and (dialled := plan.abroad.match(digits)) and digits[dialled.end() :][:1] != "0":
        return may_verify_abroad(digits[dialled.end() :])
    if plan.types is None or len(digits) < plan.least:
        return plan.types is None
    begins = {len(plan.country)} if digits.startswith(plan.country) else set()
    stripped = _stripped(plan, digits, {0})
    begins |= stripped
    for _ in range(_ROUNDS if begins else 0):
        begins |= _stripped(plan, digits, begins)
    if plan.is_national(digits, begins):
        return True
    return plan.is_national(digits, (0,)) and (bool(stripped) or not plan.lacks_prefix(digits))


def may_verify_abroad(digits: str) -> bool:
    """Return whether *digits* can be a number with its country code, as behind a plus sign."""
    plans = ((size, _plan_of(digits[:size])) for size in range(1, min(len(digits), _LONGEST_CODE) + 1))
    size, plan = next((one for one in plans if one[1] is not None), (0, None))
    if plan is None or plan.types is None:
        return plan is not None
    begins = {size} | _stripped(plan, digits, {size})
    return plan.is_national(digits, begins | _stripped(plan, digits, begins))


@cache
def shortest(region: str) -> int:
    """Return the fewest digits with which a number of *region* can be written without an international prefix.

    A transformation of the national prefix may add digits that the text does not have.
    """
    from phonenumbers import PhoneMetadata

    metadata: Any = PhoneMetadata.metadata_for_region(region)
    rule = re.sub(r"\\\d", "", metadata.national_prefix_transform_rule or "")
    return int(min(metadata.general_desc.possible_length) - sum(map(str.isdigit, rule)))


def _stripped(plan: _Plan, digits: str, begins: Iterable[int]) -> set[int]:
    return {end for prefix in plan.prefixes for begin in begins for end in prefix.ends(digits, begin)}


@cache
def _plan(region: str) -> _Plan:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, country_code_for_region

    own: Any = PhoneMetadata.metadata_for_region(region)
    country = country_code_for_region(region)
    regions = map(PhoneMetadata.metadata_for_region, COUNTRY_CODE_TO_REGION_CODE[country])
    metadata: list[Any] = [one for one in regions if one is not None]
    asked = (own, metadata[0])  # those whose rules the parser follows
    rules = {(one.national_prefix_for_parsing, one.national_prefix_transform_rule) for one in asked}
    prefixes = [_prefix(pattern, rule or "") for pattern, rule in rules if pattern]
    known = tuple(one for one in prefixes if one is not None)
    types = _types(metadata)
    return _Plan(
        abroad=re.compile(own.international_prefix) if own.international_prefix else None,
        country=str(country),
        prefixes=known,
        types=types if len(known) == len(prefixes) else None,
        least=min(types),
        formats=_formats(metadata[0].number_format),
    )


@cache
def _plan_of(country: str) -> _Plan | None:
    """Return the plan of the country with this code; None where there is none.

    Codes that belong to no country have a plan that rules nothing out.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(country))
    if regions is None:
        return None
    return _plan(regions[0]) if regions[0] != _NO_COUNTRY else _Plan(None, country, (), None, 0, re.compile("(?!)"))


def _prefix(pattern: str, rule: str) -> _Prefix | None:
    """Return the prefix of *pattern*; None where *rule* may make other digits of the number."""
    compiled, group = re.compile(pattern), _GROUP.fullmatch(rule)
    if not rule:
        return _Prefix(compiled, 0)
    last = group and int(group[1]) == compiled.groups and _ENDS_WITH_GROUP.search(pattern)
    return _Prefix(compiled, compiled.groups) if last else None


def _types(metadata: Iterable[Any]) -> Mapping[int, re.Pattern[str]]:
    patterns: dict[int, set[str]] = {}
    for size, pattern in (found for one in metadata for found in _patterns(one)):
        patterns.setdefault(size, set()).add(pattern)
    return {size: re.compile("|".join(sorted(found))) for size, found in patterns.items()}


def _patterns(metadata: Any) -> Iterator[tuple[int, str]]:
    """Iterate the lengths and patterns of all types of number that the validation of a number looks at."""
    general = metadata.general_desc
    for name in _TYPES:
        one = getattr(metadata, name)
        if one is not None and one.national_number_pattern:
            for size in one.possible_length or general.possible_length:
                yield size, one.national_number_pattern


def _formats(rules: Iterable[Any]) -> re.Pattern[str]:
    named = (f"(?P<{_name(rule)}{place}>{_format(rule)})" for place, rule in enumerate(rules))
    return re.compile("|".join(named) or "(?!)")


def _name(rule: Any) -> str:
    from phonenumbers.phonenumberutil import _formatting_rule_has_first_group_only

    wanted = rule.national_prefix_formatting_rule
    plain = not wanted or rule.national_prefix_optional_when_formatting or _formatting_rule_has_first_group_only(wanted)
    return "plain" if plain else _PREFIXED


def _format(rule: Any) -> str:
    leading = rule.leading_digits_pattern
    return f"(?={leading[-1]})(?:{rule.pattern})" if leading else str(rule.pattern)
