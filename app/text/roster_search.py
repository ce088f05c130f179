"""Roster search: where a text names somebody on the roster; where a name may be a word, its use decides."""

import re
from collections.abc import Iterator, Sequence

from app.text.findings import Finding
from app.text.name_words import Word, disguised, is_shouted, skeleton, touches
from app.text.roster_names import RosterNames, Use
from app.text.word_lists import is_ordinary, known_capitals, section

Uses = list[Use | None]

_SHORT_INFIX = r"(?:[vV]\.? ?/?[dD]\.?(?: ?[nrhNRH]\.?)?|[vV]\.)"
_INFIX_BEFORE = re.compile(rf"(?<!\w){_SHORT_INFIX} ?$")
_INFIX_AFTER = re.compile(rf" ?,? ?{_SHORT_INFIX}(?!\w)")
_INITIAL_AFTER = re.compile(r",? ?[A-Z](?:\.|(?!\w))")
_DOTTED = re.compile(r"(?<![\w.])(?:[A-Za-z][a-z]{0,2}\.[ \-]?){2,4}")
_SPACED = re.compile(r"\b(?:[^\W\d_][ .\-_*]){2,20}[^\W\d_]\b")
_GROUP_AFTER = re.compile(r" (?:uit|van|from|in) (?:klas )?\w{0,3}\d\w{0,2}(?!\w)")
_AND = frozenset({"en", "and"})
_POINTING = frozenset({"die", "dat", "that"})
_VOICED = {"f": "v", "s": "z"}
_NO_INITIAL = frozenset({"i", "u"})


def roster_findings(text: str, words: Sequence[Word], names: RosterNames) -> Iterator[Finding]:
    """Every name of the roster in this text."""
    uses = [_use(words, at, names) for at in range(len(words))]
    _mark_aliases(words, uses, names)
    _mark_initials(text, words, uses, names)
    if any(uses):
        _settle(text, words, uses, names)
        yield from _grown(text, words, uses, names)
    for chunk in disguised(text):
        if names.is_disguised(chunk.skeleton):
            yield Finding(chunk.start, chunk.end, "name", "disguised")
        elif chunk.raw.startswith("#") and names.is_glued(chunk.raw[1:].casefold(), least=3):
            yield Finding(chunk.start, chunk.end, "name", "written as one")


def spaced_findings(text: str, names: RosterNames) -> Iterator[Finding]:
    """Names of the roster with a space or a mark between all their letters: "s a n n e"."""
    for match in _SPACED.finditer(text):
        if names.is_disguised(skeleton(match.group())):
            yield Finding(match.start(), match.end(), "name", "spaced")


def used_as_name(words: Sequence[Word], at: int, *, given: bool) -> bool:
    """Whether the words around this one are those around a person."""
    word = words[at]
    before = words[at - 1].folded if at else ""
    after = words[at + 1].folded if at + 1 < len(words) and not words[at + 1].first else ""
    acts = after in section("after") or (given and _is_verb(after))
    if word.first:
        return acts and (given or word.capital)
    if (
        before in section("before")
        or before in section("title")
        or _two_before(words, at) in section("before")
    ):
        return True
    if before in _AND and at > 1 and words[at - 2].folded in section("pronoun"):
        return True
    if before in _POINTING:
        return acts and not given
    return given and acts and before in section("linking")


def _is_verb(word: str) -> bool:
    """Whether this folded word looks like what somebody does or did: "marked", "durft", "werkte"."""
    if len(word) > 4 and word.endswith("ed"):
        return True
    stem = next((word.removesuffix(end) for end in ("te", "de", "t") if word.endswith(end)), "")
    if len(stem) < 3:
        return False
    voiced = stem[:-1] + _VOICED.get(stem[-1], stem[-1])
    open_syllable = voiced[:-2] + voiced[-1] if voiced[-3:-2] == voiced[-2:-1] else voiced
    return any(is_ordinary(verb + "en") for verb in (voiced, voiced + voiced[-1], open_syllable))


def _two_before(words: Sequence[Word], at: int) -> str:
    return f"{words[at - 2].folded} {words[at - 1].folded}" if at > 1 else ""


def _use(words: Sequence[Word], at: int, names: RosterNames) -> Use | None:
    word = words[at]
    found = names.use(word.folded)
    if found is None and names.is_beginning(word.folded):
        capital = word.capital and not word.first
        if capital or len(word.folded) > 3 or used_as_name(words, at, given=True):
            return Use("shortened")
    return found


def _mark_aliases(words: Sequence[Word], uses: Uses, names: RosterNames) -> None:
    for at in range(len(words)):
        length = names.alias_at(words, at)
        uses[at : at + length] = [Use("alias")] * length


def _mark_initials(text: str, words: Sequence[Word], uses: Uses, names: RosterNames) -> None:
    for at, word in enumerate(words):
        if uses[at] is None and len(word.raw) <= 4 and _is_initials(text, words, uses, at, names):
            uses[at] = Use("initials")
    starts = {word.start: at for at, word in enumerate(words)}
    for match in _DOTTED.finditer(text):
        letters = [part.strip(" -") for part in match.group().split(".") if part.strip(" -")]
        initials = "".join(part[0] for part in letters).casefold()
        monogram = initials in names.monograms and match.group()[0].isupper()
        first = starts.get(match.start())
        if first is not None and (initials in names.doubled or monogram):
            uses[first : first + len(letters)] = [Use("initials")] * len(letters)


def _is_initials(text: str, words: Sequence[Word], uses: Uses, at: int, names: RosterNames) -> bool:
    word = words[at]
    before = words[at - 1].folded if at else ""
    after = words[at + 1].folded if at + 1 < len(words) else ""
    listed = before in _AND and at > 1 and uses[at - 2] is not None
    if len(word.raw) == 1:
        if (
            word.folded not in names.letters
            or word.folded in _NO_INITIAL
            or text[word.end : word.end + 1] != "."
        ):
            return False
        free = word.first or before in section("linking") or before in section("before")
        paired = after in _AND and at + 2 < len(words) and len(words[at + 2].raw) == 1
        return listed or (free and word.capital and (after in section("after") or paired))
    if is_ordinary(word.folded) or word.folded in known_capitals():
        return False
    if word.folded in names.doubled:
        return True
    acts = after in section("after") or listed
    return word.folded in names.monograms and word.raw.isupper() and acts


def _settle(text: str, words: Sequence[Word], uses: Uses, names: RosterNames) -> None:
    """Decide for the names that are words, from how they are used."""
    shouted = is_shouted(words)
    certain = [use is not None and use.certain for use in uses]
    for at, use in enumerate(uses):
        if use is None or use.certain:
            continue
        word = words[at]
        article = at > 0 and words[at - 1].folded in section("article")
        beside = (at > 0 and certain[at - 1]) or (at + 1 < len(words) and certain[at + 1])
        named = (
            (word.capital and not word.first and not (shouted and article))
            or (beside and word.capital)
            or (at > 0 and (word.folded, words[at - 1].folded) in names.people)
            or used_as_name(words, at, given=use.given)
            or _has_initial(text, word, use)
            or bool(_GROUP_AFTER.match(text, word.end))
        )
        uses[at] = use if named else None


def _has_initial(text: str, word: Word, use: Use) -> bool:
    """Whether this family name has an initial or a shortened infix beside it: "Visser, D.", "Berg v.d."."""
    if use.given:
        return False
    initial = word.capital and _INITIAL_AFTER.match(text, word.end)
    before = _INFIX_BEFORE.search(text[max(0, word.start - 8) : word.start])
    return bool(initial or before or _INFIX_AFTER.match(text, word.end))


def _grown(text: str, words: Sequence[Word], uses: Uses, names: RosterNames) -> Iterator[Finding]:
    """Neighbouring words of one name as one finding, with its initials, infix and title."""
    at = 0
    while at < len(words):
        use = uses[at]
        if use is None:
            at += 1
            continue
        first = last = at
        while last + 1 < len(words) and (step := _goes_on(text, words, uses, last, names)):
            last += step
        while first > 0 and _leads(text, words, uses, first, names):
            first -= 1
        start, end = words[first].start, words[last].end
        family = uses[last]
        if family is not None and not family.given:
            start, end = _with_short_infix(text, start, end)
        initial = len(words[last].raw) == 1 or (family is not None and family.reason == "initials")
        if initial and text[end : end + 1] == "." and text[end - 1] != ".":
            end += 1
        kind = "possessive" if names.is_possessive(words[last].folded) else "name"
        yield Finding(start, end, "possessive" if kind == "possessive" else "name", use.reason)
        at = last + 1


def _with_short_infix(text: str, start: int, end: int) -> tuple[int, int]:
    before = _INFIX_BEFORE.search(text[max(0, start - 8) : start])
    after = _INFIX_AFTER.match(text, end)
    initial = _INITIAL_AFTER.match(text, after.end() if after else end)
    if before:
        start -= len(before.group())
    if initial and (after or "," in initial.group() or initial.group().endswith(".")):
        return start, initial.end()
    return start, after.end() if after else end


def _goes_on(text: str, words: Sequence[Word], uses: Uses, last: int, names: RosterNames) -> int:
    """By how many words the name that stands at `last` goes on; 0 when it ends there."""
    here, following = words[last], words[last + 1]
    use, then = uses[last], uses[last + 1]
    if text[here.end : following.start] == ", " and use and then and not use.given and then.given:
        return int((here.folded, following.folded) in names.people)
    if not touches(text, here, following) or here.folded.endswith(("'s", "'")):
        return 0
    if then:
        return 1
    if len(following.folded) == 1 and following.capital and following.folded in names.letters - _NO_INITIAL:
        return 1
    ahead = last + 1
    while (
        ahead < len(words)
        and words[ahead].folded in section("infix")
        and touches(text, words[ahead - 1], words[ahead])
    ):
        ahead += 1
    joined = last + 1 < ahead < len(words) and touches(text, words[ahead - 1], words[ahead])
    return ahead - last if joined and uses[ahead] else 0


def _leads(text: str, words: Sequence[Word], uses: Uses, first: int, names: RosterNames) -> bool:
    """Whether the word before belongs to the name."""
    before, word = words[first - 1], words[first]
    if not touches(text, before, word):
        return False
    if uses[first - 1] or before.folded in section("title"):
        return True
    if len(before.folded) == 1 and before.capital:
        return before.folded not in _NO_INITIAL
    if word.folded in names.given and before.folded in section("infix"):
        return before.folded in {"de", "het", "the"}
    return before.folded in names.infixes.get(word.folded, ())
