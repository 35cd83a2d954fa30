"""What each code about a support says of a rejection."""

from domain.rejection_texts import Rejection

SUPPORT_REJECTIONS = {
    "ALREADY_STARTED": Rejection(
        "{clause}",
        "Stödet började den {starts_on}; den avtalade perioden ändras inte.",
        "The support began on {starts_on}; the agreed period does not change.",
    ),
    "START_OUTSIDE_WINDOW": Rejection(
        "K-5.4",
        "Stödet kan börja från och med {decided_on} till och med {last_day}.",
        "The support can begin from {decided_on} to {last_day}, both included.",
    ),
    "DUPLICATE_ACTIVE_CASE": Rejection(
        "AMB-29",
        "Personen har redan ett pågående stöd, i ärende {case}.",
        "The person already has support under way, in case {case}.",
    ),
    "NOT_STARTED": Rejection(
        "{clause}",
        "Stödet har inte börjat.",
        "The support has not begun.",
    ),
    "OUTSIDE_PERIOD": Rejection(
        "{clause}",
        "{occurred_on} ligger utanför stödets tid, {starts_on} till {ends_on}.",
        "{occurred_on} lies outside the support's time, {starts_on} to {ends_on}.",
    ),
    "ALREADY_PAUSED": Rejection(
        "{clause}",
        "Det finns redan ett avbrott från {since}; ange återkomsten (back_on) om det nya var slut före det.",
        "There is an interruption from {since} already; say the return (back_on) if the new one ended before it.",
    ),
    "NOT_PAUSED": Rejection(
        "{clause}",
        "Det finns inget avbrott från en dag före {occurred_on} att komma tillbaka från.",
        "There is no interruption from a day before {occurred_on} to come back from.",
    ),
    "OUTCOME_NOT_IN_SERVICE": Rejection(
        "{clause}",
        "Det är inget resultat i den här tjänsten; möjliga är {outcomes_sv}.",
        "That is no result of this service; possible are {outcomes_en}.",
    ),
    "MEETINGS_BELOW_MINIMUM": Rejection(
        "{clause}",
        "Resultatet förutsätter minst {required} möten; {held} har hållits.",
        "The result needs at least {required} meetings; {held} were held.",
    ),
    "ALREADY_ENDED": Rejection(
        "{clause}",
        "Stödet är avslutat sedan {ended_on}.",
        "The support ended on {ended_on}.",
    ),
    "AGREED_END_NOT_REACHED": Rejection(
        "{clause}",
        "Stödet pågår till och med {agreed_end}.",
        "The support goes on until {agreed_end}, that day included.",
    ),
    "LATER_ENTRIES": Rejection(
        "AMB-35",
        "Stödet kan inte sluta {on}: det finns händelser efter den dagen, till och med {last}. Rätta dem först.",
        "The support can't end on {on}: there are entries after that day, until {last}. Correct those first.",
    ),
    "ALREADY_WITHDRAWN": Rejection(
        "{clause}",
        "Ansökan återtogs den {withdrawn_on}.",
        "The application was withdrawn on {withdrawn_on}.",
    ),
    "NOTHING_TO_WITHDRAW": Rejection(
        "{clause}",
        "Det finns ingen öppen ansökan och inget pågående stöd att återta.",
        "There is no open application and no support under way to withdraw.",
    ),
    "PERIOD_EXTENSION_FORBIDDEN": Rejection(
        "{clause}",
        "Den avtalade perioden förlängs inte; slutdatum {agreed_end} står fast.",
        "The agreed period is not extended; the agreed end {agreed_end} stands.",
    ),
    "NOT_IN_SERVICE": Rejection(
        "{clause}",
        "Det ingår inte i den här tjänsten.",
        "That is no part of this service.",
    ),
    "PLAN_NOT_JOINT": Rejection(
        "{clause}",
        "Planen görs av rådgivare och kund tillsammans; registrera den när båda är överens.",
        "The plan is made by advisor and client together; record it when both agree.",
    ),
    "PLAN_EMPTY": Rejection(
        "{clause}",
        "En plan har minst en uppgift med en dag då den ska vara klar.",
        "A plan has one task at least, with a day by which it is done.",
    ),
    "PLAN_TARGET_PASSED": Rejection(
        "{clause}",
        "En uppgift ska vara klar {target_on}, före planens egen dag {on}.",
        "A task is to be done by {target_on}, before the plan's own day {on}.",
    ),
    "PLAN_MISSING": Rejection(
        "{clause}",
        "Resultatet förutsätter en gemensam handlings- och tidsplan; ingen är registrerad.",
        "The result needs a joint action and time plan; none is on record.",
    ),
    "TASK_UNKNOWN": Rejection(
        "{clause}",
        "Den plan som gäller har ingen uppgift {number}.",
        "The plan that holds now has no task {number}.",
    ),
    "TASK_BEFORE_PLAN": Rejection(
        "{clause}",
        "{on} ligger före planen, som är från {plan}.",
        "{on} lies before the plan, which is of {plan}.",
    ),
    "TASK_ALREADY_DONE": Rejection(
        "{clause}",
        "Uppgift {number} är redan genomförd.",
        "Task {number} is done already.",
    ),
    "ACTIVITY_NOT_IN_SERVICE": Rejection(
        "{clause}",
        "Tjänsten har ingen sådan aktivitet; den har {activities}.",
        "The service has no such activity; it has {activities}.",
    ),
    "ACTIVITY_MANDATORY": Rejection(
        "{clause}",
        "Det här görs med alla och kan inte hoppas över: {activity_sv}.",
        "This is done with everyone and can't be left out: {activity_en}.",
    ),
    "ACTIVITY_COMES_FIRST": Rejection(
        "{clause}",
        "Något annat kommer först: {first_sv}.",
        "Something else comes first: {first_en}.",
    ),
    "REASON_MISSING": Rejection(
        "{clause}",
        "Ange varför aktiviteten inte behövs.",
        "Say why the activity is not needed.",
    ),
    "MEETING_ALREADY_HELD": Rejection(
        "{clause}",
        "Ett möte med samma rådgivare {on} är redan registrerat; ett per dag räknas.",
        "A meeting with the same advisor on {on} is on record already; one a day counts.",
    ),
    "STATEMENT_WITHOUT_SOURCE": Rejection(
        "O-17-c",
        "Ett yttrande anger minst en källa som det vilar på.",
        "A statement names one source at least that it rests on.",
    ),
    "PAUSE_INCOMPLETE": Rejection(
        "{clause}",
        "Ange mer om avbrottet: ett vikariats slutdag, studiernas skola, eller ett annat skäl i ord.",
        "Tell more of the interruption: the end of a post, the school of studies, or another reason in words.",
    ),
    "PAUSE_ENDS_FIRST": Rejection(
        "{clause}",
        "Avbrottet från {on} kan inte sluta {until}.",
        "The interruption from {on} can't end on {until}.",
    ),
    "RESULT_NOT_INTERRUPTION": Rejection(
        "{clause}",
        "Det är ett resultat och inget avbrott; registrera det. Stödet kan öppnas igen till och med slutdatum.",
        "That is a result and no interruption; record the result. The support can be reopened until its end.",
    ),
    "RESULT_NOT_IN_DEFINITION": Rejection(
        "{clause}",
        "Det är inget resultat så som tjänsten definierar det: {why_sv}.",
        "That is no result as the service defines it: {why_en}.",
    ),
    "NO_RESULT": Rejection(
        "{clause}",
        "Inget resultat är registrerat.",
        "No result is on record.",
    ),
    "NOT_CLOSED": Rejection(
        "{clause}",
        "Stödet är inte avslutat med resultat eller återtagande före {on}.",
        "The support was not closed by a result or a withdrawal before {on}.",
    ),
    "NO_SHORTFALL": Rejection(
        "{clause}",
        "Ett skäl anges när stödet har löpt ut med färre än {required} möten; {held} är registrerade.",
        "A reason is told once the support has expired with fewer than {required} meetings; {held} are on record.",
    ),
}
