"""The language of the pattern files: what each of its signs means (lexicon/screen/README.md)."""

import pytest

from app.text.screen.patterns import PatternFile, Read
from app.text.screen.word_sets import WordSets

COMMON = ("common = who", "who = je jou hem NAME")


def found(text: str, *lines: str) -> list[str]:
    """What a file of these lines finds in a text."""
    sets = WordSets()
    sets.define(COMMON)
    patterns = PatternFile("test", lines, sets)
    return [text[one.start : one.end] for one in patterns.search(Read(text, sets))]


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("sla @who", "dan sla jou", ["sla jou"]),
        ("sla @who", "dan sla ik jou", []),
        ("sla|mep @who", "dan mep je", ["mep je"]),
        ("sl* @who", "slaat hem", ["slaat hem"]),
        ("*kop", "een varkenskop", ["varkenskop"]),
        ("SLA @who", "Slá Je", ["Slá Je"]),
        ("sla ~1 @who", "sla ik je", ["sla ik je"]),
        ("sla ~1 @who", "sla ik straks je", []),
        ("sla ~ @who", "sla ik straks nog je", ["sla ik straks nog je"]),
        ("sla ~ @who", "sla ik, je", []),
        ("sla ~~ @who", "sla ik, je", ["sla ik, je"]),
        ("sla ~~ @who", "sla ik. je", []),
        ("sla hard? @who", "sla je", ["sla je"]),
        ("sla hard? @who", "sla hard je", ["sla hard je"]),
        ("< sla @who", "ik sla je", []),
        ("< sla @who", "kom, sla je", ["sla je"]),
        ("sla @who >", "sla je hard", []),
        ("sla @who >", "sla je, hard", ["sla je"]),
        ("sla hard|>", "sla hard", ["sla hard"]),
        ("sla hard|>", "ik sla.", ["sla"]),
        ("sla hard|>", "sla zacht", []),
        ("{ ik sla @who }", "je sla ik", ["je sla ik"]),
        ("{ ik sla @who }", "ik sla je", ["ik sla je"]),
        ("{ 1 ik sla @who }", "ik nu dan sla je", []),
        ("sla @who", "ik sla Daan", ["sla Daan"]),
        ("sla @who", "ik sla daan", []),
    ],
)
def test_a_pattern_finds_what_its_line_says(line: str, text: str, expected: list[str]) -> None:
    assert found(text, line) == expected


def test_a_look_alike_excuses_what_it_overlaps_and_a_certain_pattern_is_never_excused() -> None:
    assert found("je bent een ezel", "een ezel", "! bent ~ ezel") == []
    assert found("een ezel, en je bent een ezel", "een ezel", "! bent ~ ezel") == ["een ezel"]
    assert found("je bent een ezel", "+ een ezel", "! bent ~ ezel") == ["een ezel"]
    assert found("een ezel in ons logo", "een ezel", "! een ~3") == []


def test_strong_words_are_recognised_in_disguise() -> None:
    for text in (
        "klootzka",
        "kl**tzak",
        "kloot zak",
        "kloot-zak",
        "klootz4k",
        "k l o o t z a k",
        "klootzaaaak",
    ):
        assert found(text, "strong ~= klootzak", "@strong"), text
        assert not found(text, "weak = klootzak", "klootzakje"), text
    assert not found("klootzak", "strong ~= hufter", "@strong")


def test_a_set_belongs_to_its_file() -> None:
    sets = WordSets()
    sets.define(COMMON)
    first = PatternFile("first", ["hit = sla", "@hit"], sets)
    second = PatternFile("second", ["hit = mep", "@hit"], sets)
    read = Read("sla en mep", sets)
    assert [len(one.search(read)) for one in (first, second)] == [1, 1]
    assert first.search(read) != second.search(read)


@pytest.mark.parametrize("line", ["@nobody sla", "sla|> hard", "~ ~", "sla||mep"])
def test_a_line_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        found("sla", line)
