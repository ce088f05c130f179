"""Which person of the school each person of a file is: by number, e-mail address, then name. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from app.imports.issues import Issue, IssueCode
from app.imports.parsing.matching import NameBook, Proposal
from app.imports.parsing.names import Name, match_key
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
    """A pupil to be added. `index` is that of the file's list of people."""

    index: int
    name: Name
    email: str | None
    number: str | None
    class_name: str | None


@dataclass(frozen=True, slots=True)
class Completion:
    """What the file says of a pupil that the school did not know yet. None: nothing new."""

    user_id: int
    email: str | None = None
    number: str | None = None
    class_name: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome. Each person of the file is known, new, or left out with an error in `issues`."""

    known: Mapping[int, int]
    """Index in the file's list of people → user id."""
    new: tuple[NewPerson, ...]
    completions: tuple[Completion, ...]
    staff: frozenset[int]
    """User ids among `known` of teachers and administrators."""
    issues: tuple[Issue, ...]


class _Matcher:
    """One matching: several rounds over the people, the surest first. No two match one person by name."""

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
                self.by_number[match_key(person.number)] = person
            if person.email:
                self.by_email[person.email] = person
        for person in self.students:
            self.by_name[person.name.key].append(person)
        self.found: dict[int, KnownPerson] = {}
        self.matched_ids: set[int] = set()
        self.left_out: dict[int, Issue] = {}

    def run(self) -> None:
        """1. Number and e-mail. 2. Names with something beside them. 3. Names alone."""
        for index, person in enumerate(self.people):
            self._match_keys(index, person)
        for sure in (True, False):
            self._match_names(sure)

    def _match_keys(self, index: int, person: Person) -> None:
        number = self.by_number.get(match_key(person.number)) if person.number else None
        email = self.by_email.get(person.email) if person.email else None
        found = number or email
        if found is None:
            return
        named = self.by_name.get(person.name.key, [])
        other_name = bool(named) and found.name.key != person.name.key
        if (number and email and number != email) or (other_name and found not in named):
            self.left_out[index] = _issue(IssueCode.KEYS_DISAGREE, person)
        else:
            self.found[index] = found

    def _match_names(self, sure: bool) -> None:
        """One round over the people who are still open.

        Nobody is matched with a person whom two people of the file would match.
        """
        candidates: dict[int, KnownPerson] = {}
        self.matched_ids = {known.user_id for known in self.found.values()}
        for index, person in enumerate(self.people):
            if index in self.found or index in self.left_out or not person.name.key:
                continue
            namesakes = self._namesakes(index, person, sure)
            if len(namesakes) == 1:
                candidates[index] = namesakes[0]
            elif namesakes and not sure:
                self.left_out[index] = _issue(IssueCode.KNOWN_TWICE, person)
        times = Counter(known.user_id for known in candidates.values())
        for index, known in candidates.items():
            person = self.people[index]
            if times[known.user_id] > 1:
                self.left_out[index] = _issue(IssueCode.KNOWN_TWICE, person)
            elif _classes_differ(person, known):
                self.left_out[index] = _issue(
                    IssueCode.CLASS_DIFFERS, person, known=known.class_name, here=person.class_name
                )
            else:
                self.found[index] = known

    def _namesakes(self, index: int, person: Person, sure: bool) -> list[KnownPerson]:
        """Pupils of this name who are not matched yet.

        `sure`: only those of the same class, evaluation or team.
        """
        same = [
            known
            for known in self.by_name.get(person.name.key, ())
            if known.user_id not in self.matched_ids and not _keys_differ(person, known)
        ]
        evidence = False
        fitting = [known for known in same if not _classes_differ(person, known)]
        for test in (
            [
                known
                for known in same
                if person.class_name and match_key(known.class_name) == match_key(person.class_name)
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

    A name alone matches only when exactly one unmatched pupil has it and no class, number or address
    contradicts it. A doubtful match is an error in `issues`. A name that resembles a known one (shortened, in
    another order, with a typing error) makes a new person and a warning.
    """
    matcher = _Matcher(people, teams, known)
    matcher.run()
    issues = [*matcher.left_out.values()]
    new: list[NewPerson] = []
    book = NameBook((person.name.full, person.name) for person in matcher.students)
    for index, person in enumerate(people):
        if index in matcher.left_out or index in matcher.found:
            continue
        usable = person.email not in unusable_emails
        new.append(_new(index, person, person.email if usable else ""))
        if not usable:
            issues.append(_issue(IssueCode.EMAIL_UNUSABLE, person))
        resembling = book.match(person.name) if person.name.key else None
        if isinstance(resembling, Proposal) and resembling.reason != "same_name":
            issues.append(_issue(IssueCode.RESEMBLES_KNOWN, person, other=resembling.people[0]))
    for index, found in matcher.found.items():
        if people[index].name.key not in ("", found.name.key):
            issues.append(_issue(IssueCode.KNOWN_OTHERWISE, people[index], other=found.name.full))
    return Matching(
        known={index: found.user_id for index, found in matcher.found.items()},
        new=tuple(new),
        completions=_completions(people, matcher.found, unusable_emails),
        staff=frozenset(found.user_id for found in matcher.found.values() if not found.is_student),
        issues=tuple(sorted(issues, key=lambda doubt: doubt.row or 0)),
    )


def _new(index: int, person: Person, email: str) -> NewPerson:
    name = person.name if person.name.full else Name(given=person.label[:100])
    return NewPerson(index, name, email or None, person.number or None, person.class_name or None)


def _completions(
    people: Sequence[Person], found: Mapping[int, KnownPerson], unusable_emails: Set[str]
) -> tuple[Completion, ...]:
    """Missing numbers, addresses and nicknames are added, and none is replaced. The file's class counts."""
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
    number = person.number and known.number and match_key(person.number) != match_key(known.number)
    email = person.email and known.email and person.email != known.email
    return bool(number or email)


def _classes_differ(person: Person, known: KnownPerson) -> bool:
    return bool(person.class_name and known.class_name) and match_key(person.class_name) != match_key(
        known.class_name
    )


def _issue(code: IssueCode, person: Person, **params: str | int) -> Issue:
    return Issue(code, person.row, params={"name": person.label, **params})
