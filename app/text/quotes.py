"""Quotes: whether what a model quotes stands in the comment, and as which literal part of it."""

import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from app.text.answers import Found
from app.text.points import Point
from app.text.types import Comment, LeftOut

MIN_TYPING_CHARS = 8
"""A shorter quote must stand there to the letter; of a longer one a few letters may differ."""
MIN_SIMILARITY = 90.0
"""Of 100, by rapidfuzz's partial ratio: models mend the typing of what they copy."""


def literal(quote: str, text: str) -> str | None:
    """The part of `text` that `quote` quotes, as it is written there; None when it stands nowhere in it.

    Case, accents, quotation marks and white space do not matter, nor what stands around the quote.
    """
    folded, at = _fold(text)
    wanted = _fold(quote)[0].strip(" .,;:!?\"'…")
    if not wanted:
        return None
    start = folded.find(wanted)
    end = start + len(wanted)
    if start < 0:
        if len(wanted) < MIN_TYPING_CHARS or len(wanted) > len(folded) + len(wanted) // 5:
            return None
        found = fuzz.partial_ratio_alignment(wanted, folded, score_cutoff=MIN_SIMILARITY)
        if found is None:
            return None
        start, end = found.dest_start, found.dest_end
    return text[at[start] : at[end]].strip() or None


def check_quotes(
    found: Sequence[Found], comments: Sequence[Comment]
) -> tuple[tuple[Point, ...], tuple[LeftOut, ...]]:
    """The points whose quotes stand in their comments, and what is left out of the others, in their order.

    A comment from which the model quotes something unsafe yields no point at all. A quote counts once: of two
    that are the same, or of which one holds the other with the same kind, the first stays.
    """
    by_number = {comment.number: comment for comment in comments}
    unsafe = {row.comment for row in found if row.kind == "unsafe" and row.comment in by_number}
    points: list[Point] = []
    left: list[LeftOut] = [LeftOut(number, "unsafe") for number in sorted(unsafe)]
    for row in found:
        comment = by_number.get(row.comment)
        if comment is None or row.comment in unsafe or row.kind in {"nothing", "unsafe"}:
            continue
        quote = literal(row.quote, comment.text)
        if quote is None:
            left.append(LeftOut(row.comment, "not_quoted", row.quote[:200]))
        elif any(point.comment == row.comment and _same(point, quote, row.kind) for point in points):
            left.append(LeftOut(row.comment, "said_twice", quote))
        else:
            kind = "strength" if row.kind == "strength" else "growth"
            points.append(Point(row.comment, comment.reviewer, quote, kind, row.theme))  # type: ignore[arg-type]
    return tuple(points), tuple(left)


def _same(point: Point, quote: str, kind: str) -> bool:
    held = quote in point.quote or point.quote in quote
    return quote == point.quote or (held and point.kind == kind)


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without case, accents and double spaces, and for each of its characters the place in `text`.

    One place more than characters, so that an end can be looked up too.
    """
    folded: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        plain = _QUOTES.get(char, char)
        if plain.isspace():
            if folded and folded[-1] == " ":
                continue
            plain = " "
        for part in unicodedata.normalize("NFKD", plain.casefold()):
            if not unicodedata.combining(part):
                folded.append(part)
                at.append(place)
    at.append(len(text))
    return "".join(folded), at


_QUOTES = dict.fromkeys("’`´‘ʼ", "'") | dict.fromkeys("“”„«»", '"')
