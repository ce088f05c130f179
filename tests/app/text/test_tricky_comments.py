"""Comments that say something else than their words seem to: what the rule-based writer reads in each."""

import pytest

from app.text.fallback_writer import statements_by_rule, topic_of
from app.text.input_screen import screen
from app.text.types import Comment

MEANT = {
    # Praise in the words of a complaint.
    "Er is niemand die zo goed kan uitleggen als jij.": set(),
    "Ik kan niet anders zeggen dan dat je goed werk levert.": {"+quality"},
    "Je nam de leiding toen niemand dat deed.": set(),
    "Niet te beroerd om iets extra's te doen.": {"+general"},
    "Je deed meer dan ik had verwacht.": {"+effort"},
    "Je geeft niet snel op.": {"+general"},
    "Je geeft nooit op, ook niet als het moeilijk wordt.": {"+general"},
    "Je vraagt om hulp als je iets niet weet.": {"+general"},
    "Niets te klagen, je deed gewoon wat er moest gebeuren.": {"+general"},
    "You weren't afraid to speak up, which I liked.": {"+speaking_up"},
    "You did not let us down once.": {"+general"},
    "You took on the hardest part without complaining.": {"+general"},
    "You did the hard parts that nobody wanted to do.": set(),
    "Never bossy, always kind.": {"+atmosphere"},
    "Heeft geduld, legde het 4x uit zonder zuchten": {"+communication"},
    "Iemand ziet het als iemand niks te doen heeft en geeft je dan een taak": set(),
    "Komt met ideeën waar niemand aan denkt": {"+creativity"},
    "Heeft het hele verslag van taalfouten gered": set(),
    "Iemand rekent alles na en haalde er een grote fout uit": {"+general"},
    "I hope we get to work together again": {"+cooperation"},
    "Will swap tasks with you if you hate yours": {"+sharing"},
    "Tested the site on his mum's phone": set(),
    # A complaint or a wish in the words of praise.
    "Op tijd komen": {"-punctuality"},
    "Be on time": {"-punctuality"},
    "Meer overleggen!": {"-communication"},
    "Speak up more!": {"-speaking_up"},
    "Als je je telefoon weglegt werk je prima.": {"-focus"},
    "I'd have liked you to be at more meetings.": set(),
    "Would be great if you showed up.": {"-attendance"},
    "Je geeft nooit op tijd iets door.": {"-punctuality"},
    "Met jou in de groep komt niks op tijd af.": {"-punctuality"},
    "Luister eens een keer": {"-listening"},
    "Je houdt je niet aan de planning.": {"-planning"},
    "Je liet anderen bijna nooit uitpraten.": set(),
    "Je komt met problemen in plaats van oplossingen.": {"-creativity"},
    "Kan moeilijk tegen kritiek": {"-feedback"},
    # Irony.
    "Sure, great job... when you showed up.": {"-attendance"},
    "You have great ideas when you actually show up.": set(),
    "You're great at letting others do the work.": set(),
    "Heb jij ooit wel eens iets op tijd af gehad?": set(),
    "Fijn dat je er één keer was.": set(),
    "Top, weer te laat.": {"-punctuality"},
    # A word that names another topic than the comment is about.
    "Je was twee keer te laat bij het overleg": {"-punctuality"},
    "Was vaak op zijn telefoon in de les": {"-focus"},
    "Zegt gemene dingen in de app": {"-atmosphere"},
    "Je hebt iedereen erbij gehouden, dat was fijn": {"+cooperation"},
    "Kan er niet veel over zeggen": set(),
    "Als iemand er niet is werk je veel harder": set(),
    "Ik vond het vervelend dat je mijn ideeën steeds afkraakte.": {"-atmosphere"},
    "Je hielp ons niet toen we er niet uitkwamen.": {"-helping"},
    "Je komt altijd je afspraken na, dat is erg fijn.": {"+agreements"},
    "Je kwam vaak te laat en dat was best vervelend.": {"-punctuality"},
    "Soms kom je wat bot over, maar ik weet dat je het goed bedoelt.": set(),
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items(), ids=MEANT)
def test_a_comment_is_read_as_it_was_meant(text: str, meant: set[str]) -> None:
    """A strength is written +topic, a growth point -topic; none at all is always safe."""
    usable = screen([Comment(1, text, 1), Comment(2, text, 2)]).usable
    marks = {"strength": "+", "growth": "-"}
    found = {f"{marks[statement.kind]}{topic_of(statement)}" for statement in statements_by_rule(usable)}
    assert found - {"-general"} == meant
