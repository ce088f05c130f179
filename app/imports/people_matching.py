"""Who of a file's people is who of the school's: by number, by e-mail, then by exact name. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from app.imports.issues import Doubt, DoubtCode
from app.imports.parsing.matching import NameBook, Proposal
from app.imports.parsing.names import Name, fold
from app.imports.parsing.types import Person


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person of the school. `team` is the one in the evaluation that the file goes into."""

    user_id: int
    is_student: bool
    name: Name
    email: str = ""
    number: str = ""
    class_name: str = ""
    in_evaluation: bool = False
    team: str = ""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A pupil to be made. `index` is the place in the file's list of people."""

    index: int
    name: Name
    email: str | None
    number: str | None
    class_name: str | None


@dataclass(frozen=True, slots=True)
class Completion:
    """What the file knows of a pupil and the school did not yet; None: nothing new."""

    user_id: int
    email: str | None = None
    number: str | None = None
    class_name: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome. A file's person is known (index → user id), new, or left out with an error in `doubts`."""

    known: Mapping[int, int]
    new: tuple[NewPerson, ...]
    completions: tuple[Completion, ...]
    staff: frozenset[int]
    """User ids among `known` that are no pupils."""
    doubts: tuple[Doubt, ...]


class _Matcher:
    """One matching: several rounds over the people, the surest first; nobody is claimed by name twice."""

    def __init__(
        self, people: Sequence[Person], teams: Mapping[int, str], known: Iterable[KnownPerson]
    ) -> None:
        self.people = people
        self.teams = teams
        self.by_number: dict[str, KnownPerson] = {}
        self.by_email: dict[str, KnownPerson] = {}
        self.by_name: defaultdict[str, list[KnownPerson]] = defaultdict(list)
        self.students = [person for person in known if person.is_student]
        for person in known:
            if person.number:
                self.by_number[fold(person.number)] = person
            if person.email:
                self.by_email[person.email] = person
        for person in self.students:
            self.by_name[person.name.key].append(person)
        self.found: dict[int, KnownPerson] = {}
        self.taken: set[int] = set()
        self.lost: dict[int, Doubt] = {}

    def run(self) -> None:
        """1. Number and e-mail. 2. Names with something beside them. 3. Names alone."""
        for index, person in enumerate(self.people):
            self._match_keys(index, person)
        for sure in (True, False):
            self._match_names(sure)

    def _match_keys(self, index: int, person: Person) -> None:
        number = self.by_number.get(fold(person.number)) if person.number else None
        email = self.by_email.get(person.email) if person.email else None
        found = number or email
        if found is None:
            return
        named = self.by_name.get(person.name.key, [])
        other_name = bool(named) and found.name.key != person.name.key
        if (number and email and number != email) or (other_name and found not in named):
            self.lost[index] = _doubt(DoubtCode.KEYS_DISAGREE, person)
        else:
            self.found[index] = found

    def _match_names(self, sure: bool) -> None:
        """A round over the rest. When two of the file's people claim one known person, neither gets it."""
        claims: dict[int, KnownPerson] = {}
        self.taken = {known.user_id for known in self.found.values()}
        for index, person in enumerate(self.people):
            if index in self.found or index in self.lost or not person.name.key:
                continue
            chosen = self._called(index, person, sure)
            if len(chosen) == 1:
                claims[index] = chosen[0]
            elif chosen and not sure:
                self.lost[index] = _doubt(DoubtCode.KNOWN_TWICE, person)
        times = Counter(known.user_id for known in claims.values())
        for index, known in claims.items():
            person = self.people[index]
            if times[known.user_id] > 1:
                self.lost[index] = _doubt(DoubtCode.KNOWN_TWICE, person)
            elif _classes_differ(person, known):
                self.lost[index] = _doubt(
                    DoubtCode.CLASS_DIFFERS, person, known=known.class_name, here=person.class_name
                )
            else:
                self.found[index] = known

    def _called(self, index: int, person: Person, sure: bool) -> list[KnownPerson]:
        """Who is called so and not yet taken; `sure`: and is in the same class, evaluation or team."""
        same = [
            known
            for known in self.by_name.get(person.name.key, ())
            if known.user_id not in self.taken and not _keys_differ(person, known)
        ]
        evidence = False
        fitting = [known for known in same if not _classes_differ(person, known)]
        for test in (
            [
                known
                for known in same
                if person.class_name and fold(known.class_name) == fold(person.class_name)
            ],
            [known for known in fitting if known.in_evaluation],
            [known for known in fitting if known.team and known.team == self.teams.get(index)],
        ):
            narrower = [known for known in same if known in test]
            if narrower:
                same, evidence = narrower, True
        return same if evidence or not sure else []


def match_people(
    people: Sequence[Person],
    teams: Mapping[int, str],
    known: Sequence[KnownPerson],
    unusable_emails: Set[str] = frozenset(),
) -> Matching:
    """Match a file's people with those of a school. `teams` is by index in `people`.

    A name alone only matches when exactly one free pupil is called so and no class, number or address
    contradicts it; whatever is open is an error in `doubts`, never a silent merge.
    """
    matcher = _Matcher(people, teams, known)
    matcher.run()
    doubts = [*matcher.lost.values()]
    new: list[NewPerson] = []
    book = NameBook((person.name.full, person.name) for person in matcher.students)
    for index, person in enumerate(people):
        if index in matcher.lost or index in matcher.found:
            continue
        usable = person.email not in unusable_emails
        new.append(_new(index, person, person.email if usable else ""))
        if not usable:
            doubts.append(_doubt(DoubtCode.EMAIL_UNUSABLE, person))
        resembling = book.match(person.name) if person.name.key else None
        if isinstance(resembling, Proposal) and resembling.reason == "typing_error":
            doubts.append(_doubt(DoubtCode.RESEMBLES_KNOWN, person, other=resembling.people[0]))
    for index, found in matcher.found.items():
        if people[index].name.key not in ("", found.name.key):
            doubts.append(_doubt(DoubtCode.KNOWN_OTHERWISE, people[index], other=found.name.full))
    return Matching(
        known={index: found.user_id for index, found in matcher.found.items()},
        new=tuple(new),
        completions=_completions(people, matcher.found, unusable_emails),
        staff=frozenset(found.user_id for found in matcher.found.values() if not found.is_student),
        doubts=tuple(sorted(doubts, key=lambda doubt: doubt.row or 0)),
    )


def _new(index: int, person: Person, email: str) -> NewPerson:
    name = person.name if person.name.full else Name(given=person.label[:100])
    return NewPerson(index, name, email or None, person.number or None, person.class_name or None)


def _completions(
    people: Sequence[Person], found: Mapping[int, KnownPerson], unusable_emails: Set[str]
) -> tuple[Completion, ...]:
    """Missing numbers, addresses and nicknames are added, none is replaced; the class follows the file."""
    completions: dict[int, Completion] = {}
    for index, known in sorted(found.items()):
        person = people[index]
        email = "" if known.email or person.email in unusable_emails else person.email
        number = "" if known.number else person.number
        class_name = "" if person.class_name == known.class_name else person.class_name
        aliases = tuple(alias for alias in person.name.aliases if alias not in known.name.aliases)
        if known.is_student and (email or number or class_name or aliases):
            completion = Completion(known.user_id, email or None, number or None, class_name or None, aliases)
            completions.setdefault(known.user_id, completion)
    return tuple(completions.values())


def _keys_differ(person: Person, known: KnownPerson) -> bool:
    number = person.number and known.number and fold(person.number) != fold(known.number)
    email = person.email and known.email and person.email != known.email
    return bool(number or email)


def _classes_differ(person: Person, known: KnownPerson) -> bool:
    return bool(person.class_name and known.class_name) and fold(person.class_name) != fold(known.class_name)


def _doubt(code: DoubtCode, person: Person, **params: str | int) -> Doubt:
    return Doubt(code, person.row, params={"name": person.label, **params})
