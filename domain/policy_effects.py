"""What a difference between two organisations' conditions means for the person, in Swedish and in English."""

from typing import Literal

from domain.policy_sentences import Pair

Judgement = Literal["equal", "stricter", "more_generous", "different", "permitted"]
"""Of an own condition; `permitted` is one that is stricter, but expressly allowed (K-1-d)."""

SAME: Pair = ("Samma villkor.", "The same condition.")

OTHER: Pair = (
    "Villkoret är ett annat, och varken strängare eller generösare rakt igenom.",
    "The condition is another one, neither stricter nor more generous throughout.",
)


def _effects(
    stricter: Pair, more_generous: Pair, different: Pair = OTHER, permitted: Pair = OTHER
) -> dict[Judgement, Pair]:
    return {
        "stricter": stricter,
        "more_generous": more_generous,
        "different": different,
        "permitted": permitted,
    }


EFFECTS: dict[str, dict[Judgement, Pair]] = {
    "frame_months": _effects(
        (
            "Ramtiden är kortare: äldre arbete, som annars hade räknats, faller utanför.",
            "The frame is shorter: older work that would have counted falls outside.",
        ),
        ("Ramtiden är längre: äldre arbete räknas också.", "The frame is longer: older work counts too."),
    ),
    "months_required": _effects(
        ("Personen måste ha arbetat i fler månader.", "The person must have worked in more months."),
        ("Det räcker att ha arbetat i färre månader.", "It is enough to have worked in fewer months."),
    ),
    "hours_needed": _effects(
        ("En månad kräver fler timmar för att räknas.", "A month needs more hours to count."),
        ("En månad räknas med färre timmar.", "A month counts with fewer hours."),
        (
            "Beroende på månadens längd krävs fler eller färre timmar.",
            "By the length of the month, more or fewer hours are needed.",
        ),
    ),
    "income_route": _effects(
        OTHER,
        (
            "En månad kan räknas genom inkomsten, också utan uppgift om timmar.",
            "A month can count by its income, also where no hours are known.",
        ),
        permitted=(
            "Bara timmar räknas: utan uppgift om timmar räknas inte månaden. Skillnaden är tillåten (K-1-d).",
            "Only hours count: without known hours a month doesn't count. This difference is permitted (K-1-d).",
        ),
    ),
    "income_share": _effects(
        ("En månad kräver högre inkomst för att räknas.", "A month needs a higher income to count."),
        ("En månad räknas med lägre inkomst.", "A month counts with a lower income."),
        (
            "Andelen avgör inget där inkomst inte prövas; annars krävs mer i vissa år och mindre i andra.",
            "The share decides nothing where income isn't tried; else some years need more and others less.",
        ),
    ),
    "creditable_countries": _effects(
        ("Arbete i färre länder räknas.", "Work in fewer countries counts."),
        ("Arbete i fler länder räknas.", "Work in more countries counts."),
    ),
    "skippable_benefits": _effects(
        (
            "Tid med färre slags ersättning hoppas över; den tiden tar plats i ramtiden.",
            "Time with fewer kinds of benefit is skipped; the rest takes up room in the frame.",
        ),
        ("Tid med fler slags ersättning hoppas över.", "Time with more kinds of benefit is skipped."),
    ),
    "consumption": _effects(OTHER, OTHER),
    "age_limit": _effects(
        ("Rätten till stöd upphör vid lägre ålder.", "The right to support ends at a lower age."),
        ("Rätten till stöd varar till högre ålder.", "The right to support lasts to a higher age."),
    ),
    "end_reasons": _effects(
        (
            "Färre skäl till att anställningen upphör ger rätt till stöd.",
            "Fewer reasons for which employment ends give a right to support.",
        ),
        (
            "Fler skäl till att anställningen upphör ger rätt till stöd.",
            "More reasons for which employment ends give a right to support.",
        ),
    ),
    "employer_initiated_reasons": _effects(
        (
            "Vid fler skäl krävs att arbetsgivaren tog initiativet.",
            "For more reasons the employer must have taken the initiative.",
        ),
        (
            "Vid färre skäl krävs att arbetsgivaren tog initiativet.",
            "For fewer reasons must the employer have taken the initiative.",
        ),
    ),
    "affiliated_sectors": _effects(
        OTHER,
        OTHER,
        (
            "Vilka arbetsgivares anställda som omfattas skiljer sig; det följer av vem organisationen är till för.",
            "Whose employees are covered differs; it follows from whom the organisation is there for.",
        ),
    ),
    "managing_director_excluded": _effects(OTHER, OTHER),
    "owner_share": _effects(
        (
            "Fler delägare utesluts: andelen är mindre, eller fler närståendes aktier räknas med.",
            "More owners are excluded: the share is smaller, or more relatives' shares are summed.",
        ),
        (
            "Färre delägare utesluts: andelen är större, eller färre närståendes aktier räknas med.",
            "Fewer owners are excluded: the share is larger, or fewer relatives' shares are summed.",
        ),
        (
            "Vissa delägare utesluts som annars hade omfattats, och andra tvärtom.",
            "Some owners are excluded who would have been covered, and others the other way round.",
        ),
    ),
    "excluded_family": _effects(
        (
            "Fler som arbetar hos en närstående egenföretagare utesluts.",
            "More people who work for a sole trader of their family are excluded.",
        ),
        (
            "Färre som arbetar hos en närstående egenföretagare utesluts.",
            "Fewer people who work for a sole trader of their family are excluded.",
        ),
    ),
    "commencement": _effects(
        (
            "Den vars anställning upphörde tidigare än så omfattas inte.",
            "One whose employment ended earlier than this is not covered.",
        ),
        (
            "Anställningar som upphörde tidigare omfattas också.",
            "Employments that ended earlier are covered too.",
        ),
    ),
    "distant_ground": _effects(
        OTHER,
        OTHER,
        (
            "Ingen nekas stöd för det: bara när en person ombeds se efter skiljer sig.",
            "Nobody is refused for it: only when a person is asked to look differs.",
        ),
    ),
    "support_months": _effects(
        ("Stödet upphör tidigare efter beslutet.", "Support ends earlier after the decision."),
        ("Stödet kan vara längre efter beslutet.", "Support can last longer after the decision."),
    ),
    "requalification": _effects(OTHER, OTHER),
    "service": {
        "equal": ("Tjänsten har en motsvarighet.", "The service has a counterpart."),
        "stricter": (
            "Tjänsten saknas: den som behöver den får den inte här. Tjänsterna ska väsentligen motsvara varandra.",
            "The service is missing: one who needs it can't have it here. Services should essentially correspond.",
        ),
        "more_generous": (
            "Tjänsten erbjuds utöver de tre som ska motsvaras.",
            "The service is offered beyond the three that are to be matched.",
        ),
    },
    "service.months": _effects(
        ("Tjänsten ges under kortare tid.", "The service is given for a shorter time."),
        ("Tjänsten kan ges under längre tid.", "The service can be given for a longer time."),
        (
            "Den längsta tiden är densamma, men de kortare att välja på är andra.",
            "The longest time is the same, but there are other shorter ones to choose.",
        ),
    ),
    "service.need": _effects(
        ("Tjänsten kräver något mer av personen.", "The service asks for something more of the person."),
        ("Tjänsten kräver inget särskilt behov.", "The service asks for no particular need."),
        (
            "Tjänsten kräver något annat av personen; om det är svårare beror på fallet.",
            "The service asks for something else of the person; whether it is harder depends on the case.",
        ),
    ),
}
"""The sentences by parameter and judgement, equal ones aside: those are the same condition."""
