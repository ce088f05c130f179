"""Wording in Dutch; a test sees to it that polarity.py reads praise as praise and hopes as wishes."""

from app.text.phrasing import Phrasing, Wording
from app.text.topics import GENERAL

PHRASING = Phrasing(
    one=("Iemand", "Een groepsgenoot", "Iemand uit je groep"),
    few=("Een paar groepsgenoten", "Een paar mensen uit je groep"),
    most="De meeste groepsgenoten",
    everyone="Iedereen",
    praise=(("vindt dat", "vinden dat"), ("merkt dat", "merken dat"), ("ziet dat", "zien dat")),
    hope=(
        ("zou graag zien dat", "zouden graag zien dat"),
        ("zou het fijn vinden als", "zouden het fijn vinden als"),
        ("hoopt dat", "hopen dat"),
    ),
    self_praise="Zelf vind je dat",
    self_hope="Zelf zou je graag zien dat",
    differ=(
        "Over {subject} verschillen de meningen: niet elke reactie die je kreeg, zegt hetzelfde.",
        "Over {subject} lopen de meningen uiteen: er zijn complimenten, en er is ook een wens voor jou.",
    ),
    strong_more="Dat is een sterk punt dat je kunt vasthouden.",
    hope_more="Dat is iets waar je de volgende keer aan kunt werken.",
    differ_more="Bespreek eens met je groep waarom de meningen verschillen.",
    general_tips=(
        "Tip: vraag een groepsgenoot om één concreet voorbeeld en bedenk samen een volgende stap.",
        "Tip: kies één punt uit deze feedback en spreek met je groep af hoe je daaraan werkt.",
    ),
    too_few=(
        "Er is nog te weinig feedback om er een eerlijke samenvatting van te maken.",
        "Zodra meer groepsgenoten iets over je hebben geschreven, kan die er wel komen.",
    ),
    nothing_concrete=(
        "Je groepsgenoten hebben gereageerd, maar er staat geen concreet punt in waar je iets aan hebt.",
        "Dat zegt niets over hoe je het deed.",
        "Tip: vraag een groepsgenoot wat goed ging en wat je de volgende keer anders kunt doen.",
    ),
)

WORDING = {
    "cooperation": Wording(
        "de samenwerking met jou",
        "werkt goed samen",
        "mag beter samenwerken",
        ("je goed samenwerkt", "het prettig samenwerken is met jou"),
        ("je meer samenwerkt met de rest van de groep", "je vaker echt met de groep samenwerkt"),
        (
            "plan aan het begin van elke les een kort overleg, zodat iedereen weet wie wat doet",
            "vraag aan het einde van de les of je nog iets voor een ander kunt doen",
        ),
        "blijf laten zien hoe jij samenwerkt, bijvoorbeeld door ook stille groepsgenoten erbij te halen",
    ),
    "communication": Wording(
        "je communicatie",
        "communiceert goed",
        "mag beter communiceren",
        ("je goed communiceert", "de communicatie met jou goed gaat"),
        ("je vaker communiceert met de groep", "de communicatie met jou beter gaat"),
        (
            "stuur na elke les één kort bericht over wat af is en wat nog moet",
            "kies met je groep één plek voor berichten en kijk daar elke dag even",
        ),
        "maak er een gewoonte van om na elk overleg kort op te schrijven wat is besloten",
    ),
    "planning": Wording(
        "de planning",
        "plant goed",
        "planning mag duidelijker",
        ("je goed plant", "je goed bent in plannen"),
        (
            "de planning duidelijker wordt voor jou en je groep",
            "jij en je groep een duidelijkere planning hebben",
        ),
        (
            "zet de taken van deze week met een naam en een datum in één overzicht",
            "bespreek aan het begin van elke week wat er af moet en wie dat doet",
        ),
        "deel je planning met de groep, zodat anderen er ook iets aan hebben",
    ),
    "agreements": Wording(
        "je afspraken",
        "komt afspraken na",
        "mag afspraken beter nakomen",
        ("je je afspraken nakomt", "je betrouwbaar bent in wat je afspreekt"),
        ("je je beter aan afspraken houdt", "je je werk vaker volgens afspraak inlevert"),
        (
            "zet elke afspraak meteen in je agenda, met een herinnering een dag eerder",
            "laat het meteen weten als een afspraak niet lukt, en stel een nieuw moment voor",
        ),
        "help je groep door afspraken kort op te schrijven, want daar ben jij goed in",
    ),
    "punctuality": Wording(
        "op tijd zijn",
        "is op tijd",
        "mag vaker op tijd zijn",
        ("je op tijd bent", "je er op tijd bent"),
        ("je vaker op tijd bent", "het je vaker lukt om op tijd te zijn"),
        (
            "spreek met jezelf af dat je overal een paar minuten eerder bent",
            "zet een wekker een kwartier voor het moment waarop je er moet zijn",
        ),
        "houd vast hoe jij je tijd indeelt en vertel je groep hoe je dat doet",
    ),
    "effort": Wording(
        "je inzet",
        "toont inzet",
        "mag meer inzet tonen",
        ("je je goed inzet", "je hard werkt"),
        ("je meer inzet laat zien", "je je wat meer inzet"),
        (
            "kies aan het begin van de les één taak die je helemaal afmaakt",
            "vertel je groep welke taak jij oppakt en wanneer die klaar is",
        ),
        "kies bij een volgend project een taak waar je nieuwe dingen van leert",
    ),
    "quality": Wording(
        "de kwaliteit van je werk",
        "levert goed werk",
        "werk mag netter",
        ("je goed werk levert", "de kwaliteit van je werk goed is"),
        ("de kwaliteit van je werk beter wordt", "je werk nog wat zorgvuldiger wordt"),
        (
            "lees je werk de volgende dag nog één keer door voordat je het deelt",
            "ruil je werk met een groepsgenoot en kijk elkaars stuk na",
        ),
        "laat een groepsgenoot zien hoe jij je werk nakijkt",
    ),
    "initiative": Wording(
        "je initiatief",
        "neemt initiatief",
        "mag meer initiatief nemen",
        ("je initiatief neemt", "je initiatief toont"),
        ("je meer initiatief neemt", "je vaker uit jezelf begint"),
        (
            "bedenk voor elke les één voorstel en leg dat als eerste op tafel",
            "vraag niet wat je moet doen, maar zeg wat je gaat doen",
        ),
        "geef af en toe een ander de ruimte om te beginnen en help diegene op weg",
    ),
    "attendance": Wording(
        "je aanwezigheid",
        "is altijd aanwezig",
        "mag vaker aanwezig zijn",
        ("je er altijd bij bent", "je altijd aanwezig bent"),
        ("je er vaker bij bent", "je vaker aanwezig bent"),
        (
            "laat het je groep meteen weten als je er niet bij kunt zijn, en zeg wat je thuis doet",
            "zet de momenten waarop je groep samenkomt in je agenda",
        ),
        "blijf er zo bij en vraag hoe het gaat met wie er een keer niet was",
    ),
    "listening": Wording(
        "je manier van luisteren",
        "luistert goed naar anderen",
        "mag beter luisteren",
        ("je goed luistert naar anderen", "je een goede luisteraar bent"),
        ("je beter naar anderen luistert", "je vaker echt luistert naar de groep"),
        (
            "herhaal eerst in één zin wat de ander zei en geef dan pas jouw mening",
            "tel in gedachten tot drie voordat je op een idee reageert",
        ),
        "vat in een overleg samen wat je hoort, dan heeft de hele groep er iets aan",
    ),
    "helping": Wording(
        "je hulp",
        "helpt anderen goed",
        "mag anderen vaker helpen",
        ("je anderen goed helpt", "je behulpzaam bent"),
        ("je anderen vaker helpt", "je vaker je hulp aanbiedt"),
        (
            "vraag elke les één keer of je ergens mee kunt helpen",
            "spreek af wie jou helpt als je vastloopt en wie jij helpt",
        ),
        "leg een ander ook uit hoe je iets aanpakt, dan kan die het daarna zelf",
    ),
    "creativity": Wording(
        "je ideeën",
        "komt met goede ideeën",
        "mag meer ideeën inbrengen",
        ("je met goede ideeën komt", "je creatief bent"),
        ("je meer ideeën inbrengt", "je je ideeën vaker deelt"),
        (
            "schrijf voor een overleg drie ideeën op, ook als ze nog niet af zijn",
            "bouw voort op een idee van een ander met de woorden ‘ja, en’",
        ),
        "werk één van je ideeën verder uit en vraag je groep wat er nog bij kan",
    ),
    "presenting": Wording(
        "je manier van presenteren",
        "presenteert goed",
        "mag beter presenteren",
        ("je goed presenteert", "presenteren je goed lukt"),
        ("je beter presenteert", "presenteren je een volgende keer beter lukt"),
        (
            "oefen je deel een keer hardop voor een groepsgenoot",
            "zet per dia drie woorden op een kaartje en vertel de rest uit je hoofd",
        ),
        "geef bij een volgende presentatie een ander een tip over hoe jij je voorbereidt",
    ),
    "atmosphere": Wording(
        "de sfeer",
        "zorgt voor een goede sfeer",
        "mag positiever zijn in de groep",
        ("je voor een goede sfeer zorgt", "je prettig bent in de groep"),
        ("je meer bijdraagt aan een goede sfeer", "je vaker iets positiefs zegt in de groep"),
        (
            "geef elke les één groepsgenoot een compliment over iets dat goed ging",
            "zeg het rustig als iets je dwarszit en stel meteen een oplossing voor",
        ),
        "blijf oog houden voor de sfeer, ook als het druk wordt",
    ),
    "leading": Wording(
        "je manier van leiding nemen",
        "neemt goed de leiding",
        "mag beter leiding nemen",
        ("je goed leiding geeft", "je goed de leiding neemt"),
        (
            "je manier van leiding nemen beter bij de groep past",
            "je manier van leiding nemen prettiger wordt voor de groep",
        ),
        (
            "vraag bij elke beslissing eerst wat de anderen ervan vinden",
            "laat bij elk overleg een ander het gesprek leiden",
        ),
        "laat een ander ook eens leiden en help diegene op de achtergrond",
    ),
    "focus": Wording(
        "je concentratie",
        "werkt geconcentreerd en goed door",
        "mag zich beter concentreren",
        ("je goed geconcentreerd werkt", "je goed oplet"),
        ("je je beter concentreert op het werk", "je je aandacht er beter bij houdt"),
        (
            "leg je telefoon in je tas en werk twintig minuten aan één taak",
            "kies een plek waar je weinig afleiding hebt en neem daarna een korte pauze",
        ),
        "spreek met je groep een vaste tijd af om samen stil door te werken",
    ),
    "sharing": Wording(
        "de verdeling van de taken",
        "doet de eigen taken goed",
        "taken mogen beter worden verdeeld",
        ("je je taken goed doet", "de verdeling van de taken met jou goed gaat"),
        (
            "jij en je groep de taken eerlijker verdelen",
            "je meer taken met anderen deelt",
        ),
        (
            "verdeel aan het begin alle taken en kijk halverwege of het nog eerlijk is",
            "schrijf per taak op wie die doet en hoeveel tijd die kost",
        ),
        "bied aan om bij een volgend project de taken samen te verdelen",
    ),
    "writing": Wording(
        "je schrijfwerk",
        "schrijft goed",
        "mag beter schrijven aan het verslag",
        ("je goed schrijft", "je teksten goed zijn"),
        ("je teksten beter worden", "je meer meeschrijft aan de teksten"),
        (
            "lees je tekst hardop voor: wat niet lekker loopt, hoor je meteen",
            "laat een ander je tekst lezen en vraag wat nog onduidelijk is",
        ),
        "help een groepsgenoot met een alinea die nog niet loopt",
    ),
    "making": Wording(
        "het product",
        "bouwt goed aan het product",
        "mag meer bouwen aan het product",
        ("je goed bouwt aan het product", "je werk aan het product goed is"),
        ("je meer bouwt aan het product", "je werk aan het product beter wordt"),
        (
            "laat halverwege zien wat je hebt en vraag wat er nog aan mist",
            "bouw eerst een kleine versie en vraag de groep om een reactie",
        ),
        "leg aan een groepsgenoot uit hoe je het hebt gemaakt",
    ),
    "feedback": Wording(
        "hoe je met feedback omgaat",
        "gaat goed om met feedback",
        "mag meer doen met feedback",
        ("je goed met feedback omgaat", "je open staat voor feedback"),
        ("je meer doet met de feedback van anderen", "je beter met feedback omgaat"),
        (
            "vraag bij feedback eerst om een voorbeeld en reageer daarna pas",
            "schrijf op wat je met de feedback gaat doen en kijk daar later op terug",
        ),
        "geef een ander ook feedback, met één compliment en één vraag",
    ),
    "speaking_up": Wording(
        "hoe vaak je iets van je laat horen",
        "denkt goed mee",
        "mag vaker van zich laten horen",
        ("je goed meedenkt", "je goed laat horen wat je vindt"),
        ("je vaker laat horen wat je vindt", "je meer van jezelf laat horen"),
        (
            "zeg in elk overleg één keer wat jij ervan vindt, ook als het kort is",
            "schrijf je mening voor het overleg op, dan is het makkelijker om te beginnen",
        ),
        "vraag ook eens wat een stille groepsgenoot ervan vindt",
    ),
    GENERAL: Wording(
        "het project met jou",
        "deed het goed in het project",
        "iets mag een volgende keer anders",
        ("je het goed hebt gedaan", "het goed ging met jou in de groep"),
        (
            "je een volgende keer iets anders doet",
            "je het een volgende keer iets anders aanpakt",
        ),
        (
            "vraag een groepsgenoot om één concreet voorbeeld van wat beter kan",
            "kies samen met je groep één ding dat je de volgende keer anders doet",
        ),
        "vraag een groepsgenoot welk van je sterke punten de groep het meest helpt",
    ),
}
