"""What each code about the fund's part says of a rejection (O-18 to O-26)."""

from domain.rejection_texts import Rejection

FUND_REJECTIONS = {
    "PERIOD_MISSING": Rejection(
        "{clause}",
        "Ange vilken tid det gäller: månader, dagar eller första och sista dag.",
        "Say which time it is about: months, days, or a first and a last day.",
    ),
    "PERIOD_ENDS_FIRST": Rejection(
        "{clause}",
        "Tiden slutar {until}, inte efter {on}.",
        "The time ends on {until}, which is not after {on}.",
    ),
    "STUDY_SUPPORT_OVERLAPS": Rejection(
        "{clause}",
        "Studiestöd är redan beviljat för {month}.",
        "Study support is granted for {month} already.",
    ),
    "CSN_GRANT_MISSING": Rejection(
        "O-19",
        "CSN har inte beviljat omställningsstudiestöd för {month}; registrera CSN:s beslut först.",
        "CSN has not granted transition study support for {month}; record CSN's decision first.",
    ),
    "CSN_NOT_EXHAUSTED": Rejection(
        "O-20",
        "CSN:s omställningsstudiestöd är inte förbrukat; det förlängda ges först därefter.",
        "CSN's transition study support is not used up; the extended one is given only after that.",
    ),
    "EXTENDED_SUPPORT_USED_UP": Rejection(
        "O-20",
        "Förlängt studiestöd ges i högst {most} månader; {granted} är beviljade.",
        "Extended study support is given for {most} months at most; {granted} are granted.",
    ),
    "COURSE_TOO_LONG": Rejection(
        "O-21",
        "Utbildningen är {days} dagar; kortvarigt studiestöd ges under {below}.",
        "The course is {days} days; short study support is given below {below}.",
    ),
    "BASE_AMOUNT_UNKNOWN": Rejection(
        "O-18-c",
        "Inkomstbasbeloppet för {year} är inte känt; installera en nyare version när det är fastställt.",
        "The income base amount of {year} is not known; install a newer version once it is set.",
    ),
    "NOTHING_ABOVE_CAP": Rejection(
        "O-18-d",
        "Hela inkomsten ligger under taket för CSN:s stöd; det finns inget att fylla upp.",
        "The whole income lies below the cap of CSN's support; there is nothing to fill up.",
    ),
    "ROUTE_EXCLUDES_BENEFITS": Rejection(
        "O-26-2",
        "Anställningen slutar genom de fem stegen, i ärende {case}; då ingår inga ekonomiska förmåner.",
        "The employment ends by the five steps, in case {case}; economic benefits are no part of that.",
    ),
    "PRECONDITION_MISSING": Rejection(
        "O-26-1",
        "Arbetsgivaren har inte bekräftat {missing_sv}.",
        "The employer has not confirmed {missing_en}.",
    ),
    "STEP_OUT_OF_ORDER": Rejection(
        "{clause}",
        "Ett steg kommer först: {first_sv}.",
        "A step comes first: {first_en}.",
    ),
    "STEP_ALREADY_DONE": Rejection(
        "{clause}",
        "Överenskommelsen träffades {done_on}; stegen är avslutade.",
        "The agreement was made on {done_on}; the steps are done.",
    ),
}
