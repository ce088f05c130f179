"""Tokens: a comment cut into words for the screen, each with the spellings that a disguise may hide.

Pupils who insult know that words are looked for: they stretch letters ("looooser"), put digits and stars in
their place ("l0ser", "k*nker"), space them out ("i d i o t") or break them up ("klo-ot.zak"). So a token has
several forms, and fits a word of a list when one of them does.
"""

import re
from dataclasses import dataclass

from app.text.tokens import fold

MAX_WORD_CHARS = 40
"""Longer runs without a space are no words; they are kept as they are and never undone."""
NAME = "\x00name"
"""The form of a capitalised word within a sentence, which may be somebody's name."""

_WORD = re.compile(
    r"[^\W_]+(?:['’`´‘][^\W_]+)*|[\U0001F300-\U0001FAFF\u2600-\u27BF]|(?P<end>[.!?…\n])|(?P<break>[,;:()\"“”„]|\s[-–—]\s)"
)
_CHUNK = re.compile(r"\S+")
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "€": "e"}
)
_LEET_L = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_HEADS = (
    "i",
    "you",
    "he",
    "she",
    "it",
    "we",
    "they",
    "that",
    "this",
    "who",
    "what",
    "where",
    "there",
    "here",
)
_TAILS = {"'s": "is", "'re": "are", "'m": "am", "'ll": "will", "'d": "would", "'ve": "have"}
_DENIED = (
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "wo",
    "could",
    "would",
    "should",
    "has",
    "have",
    "had",
)
_CONTRACTED = {head + tail: (head, said) for head in _HEADS for tail, said in _TAILS.items()}
_CONTRACTED |= {verb + "n't": (verb, "not") for verb in _DENIED} | {"can't": ("can", "not")}
_CONTRACTED |= {
    word.replace("'", ""): _CONTRACTED[word]
    for word in (
        *("don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "couldn't", "wouldn't"),
        *(
            "shouldn't",
            "hasn't",
            "haven't",
            "hadn't",
            "can't",
            "i'm",
            "i've",
            "he's",
            "she's",
            "that's",
            "what's",
        ),
        *("who's", "there's", "you're", "you've", "you'll", "they're", "they'll", "we've"),
    )
}
"""English words that are two: "he's" is read as "he is", "dont" as "do not"."""
_STRETCHED = re.compile(r"(.)\1{2,}")
_APOSTROPHE = re.compile(r"['’`´‘]")
_MIN_SPACED = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A word at text[start:end]. Words of one clause stand in one sentence."""

    start: int
    end: int
    forms: tuple[str, ...]
    """Folded spellings, the plain one first."""
    clause: int
    sentence: int


def tokens(text: str) -> tuple[Token, ...]:
    """The words and emoji of a text that `visible` has cleaned, in time linear in its length."""
    found: list[Token] = []
    clause = sentence = 0
    begins = True
    for match in _WORD.finditer(text):
        if match["end"] or match["break"]:
            ends = match["end"] is not None
            if ends and match["end"] == "." and not _is_full_stop(text, match.start()):
                continue
            clause += 1
            sentence += ends
            begins = begins or ends
            continue
        word = match.group()
        contracted = _CONTRACTED.get(fold(word))
        if contracted:
            found += [Token(match.start(), match.end(), (part,), clause, sentence) for part in contracted]
        else:
            name = (NAME,) if not begins and word[0].isupper() and not word.isupper() else ()
            found.append(Token(match.start(), match.end(), (*_forms(word), *name), clause, sentence))
        begins = False
    return _unspaced(found, text)


def disguised(text: str) -> tuple[Token, ...]:
    """Chunks with marks or digits among their letters ("k*nker", "sh!t", "klo-ot"), undone; `*` stays.

    They fit whole strong words only, since what they are made of stands among `tokens` already.
    """
    found: list[Token] = []
    for number, match in enumerate(_CHUNK.finditer(text)):
        chunk = match.group().strip(".,;:!?()\"'“”…*")
        raw = match.group().strip(".,;:!?()\"'“”…")
        if len(raw) > MAX_WORD_CHARS or chunk.isalpha() or not any(char.isalpha() for char in chunk):
            continue
        forms = []
        for table in (_LEET, _LEET_L):
            undone = fold(raw.translate(table))
            forms += ["".join(char for char in undone if char.isalpha() or char == "*")]
            forms += ["".join(char for char in undone if char.isalpha())]
        found.append(Token(match.start(), match.end(), tuple(dict.fromkeys(forms)), -number, -number))
    return tuple(found)


def _is_full_stop(text: str, at: int) -> bool:
    """Whether the dot at text[at] ends a sentence; that of "a.u.b. nu" and of "bit.ly" does not."""
    if at + 1 < len(text) and not text[at + 1].isspace():
        return False
    return not (at >= 2 and text[at - 1].isalpha() and not text[at - 2].isalnum())


def _forms(word: str) -> tuple[str, ...]:
    plain = fold(word)
    if len(plain) > MAX_WORD_CHARS:
        return (plain,)
    forms = [plain]
    if _APOSTROPHE.search(plain):
        forms += [_APOSTROPHE.split(plain, maxsplit=1)[0], _APOSTROPHE.sub("", plain)]
    if any(char.isdigit() for char in plain) and not plain.isdigit():
        forms += [plain.translate(_LEET), plain.translate(_LEET_L)]
    for form in tuple(forms):
        if _STRETCHED.search(form):
            forms += [_STRETCHED.sub(r"\1", form), _STRETCHED.sub(r"\1\1", form)]
    return tuple(dict.fromkeys(forms))


def _unspaced(found: list[Token], text: str) -> tuple[Token, ...]:
    """The tokens, with letters that stand one by one ("s t o m", "k.u.t") put together as one word."""
    whole: list[Token] = []
    run: list[Token] = []
    for token in found:
        if run and token.end - token.start == 1 and token.start - run[-1].end == 1:
            run.append(token)
            continue
        whole += _word_of(run, text)
        run = [token] if token.end - token.start == 1 else []
        if not run:
            whole.append(token)
    return (*whole, *_word_of(run, text))


def _word_of(run: list[Token], text: str) -> list[Token]:
    letters = "".join(text[token.start] for token in run)
    if len(run) < _MIN_SPACED or letters.isdigit() or len(run) > MAX_WORD_CHARS:
        return run
    first = run[0]
    return [Token(first.start, run[-1].end, _forms(letters), first.clause, first.sentence)]
