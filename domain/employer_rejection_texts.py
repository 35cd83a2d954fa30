"""What each code about an employer's case says of a rejection."""

from domain.rejection_texts import Rejection

EMPLOYER_REJECTIONS = {
    "ALREADY_OPENED": Rejection(
        "AMB-35",
        "Ärendet är redan öppnat, den {opened_on}.",
        "The case is opened already, on {opened_on}.",
    ),
    "NOT_AFFILIATED": Rejection(
        "O-05",
        "Avtalet binder inte företaget den {on}; ange från vilken dag det gör det (affiliated_from).",
        "The agreement does not bind the company on {on}; say from which day it does (affiliated_from).",
    ),
    "BEFORE_OPENING": Rejection(
        "AMB-35",
        "{on} ligger före den dag då ärendet öppnades, {opened_on}.",
        "{on} lies before the day on which the case was opened, {opened_on}.",
    ),
    "OPENING_STAYS": Rejection(
        "AMB-36",
        "Öppnandet stryks inte; sätt ett riktigt i dess ställe, eller avsluta ärendet.",
        "The opening is not struck out; put a right one in its place, or close the case.",
    ),
    "EMPLOYER_CASE_CLOSED": Rejection(
        "AMB-35",
        "Ärendet avslutas {closed_on}; det som gäller {on} kommer efter det.",
        "The case closes on {closed_on}; what is of {on} comes after that.",
    ),
    "NOT_IN_AREA": Rejection(
        "O-01",
        "Ärendet gäller {area_sv}; det här hör inte dit.",
        "The case is about {area_en}; this does not belong there.",
    ),
    "MODULE_ALREADY_STARTED": Rejection(
        "O-06",
        "Modul {module} började redan {on}.",
        "Module {module} began already, on {on}.",
    ),
    "MODULE_NOT_STARTED": Rejection(
        "O-06",
        "Modul {module} har inte börjat till den {on}; det som inte börjat kan inte vara genomgånget.",
        "Module {module} has not begun by {on}; what has not begun can't be gone through.",
    ),
    "MODULE_ALREADY_COMPLETED": Rejection(
        "O-06",
        "Modul {module} är redan genomgången, den {on}.",
        "Module {module} is gone through already, on {on}.",
    ),
    "CRITERION_NOT_MET": Rejection(
        "{clause}",
        "Insatsen ska {demand_sv}; arbetsgivaren har inte intygat det.",
        "The measure must {demand_en}; the employer has not stated that it does.",
    ),
    "COST_TYPE_NOT_FUNDED": Rejection(
        "{clause}",
        "Rad {number}: medel betalar aldrig {cost_sv}, och ingen kan godkänna det.",
        "Line {number}: funds never pay {cost_en}, and nobody can approve it.",
    ),
    "MANUAL_APPROVAL_NEEDED": Rejection(
        "O-09",
        "Rad {number}: kostnaden är av ett annat slag än de som räknas upp; en beslutsfattare måste godkänna den.",
        "Line {number}: the cost is of another kind than those listed; a decision maker must approve it.",
    ),
    "APPROVAL_NOT_NEEDED": Rejection(
        "O-09",
        "Rad {number} behöver inget godkännande; slaget betalas ändå, eller så är raden redan godkänd.",
        "Line {number} needs no approval; its kind is paid anyway, or the line is approved already.",
    ),
    "FUNDING_NOT_APPLIED": Rejection(
        "O-08",
        "Ärendet har ingen sådan ansökan om medel till den dagen.",
        "The case has no such application for funds by that day.",
    ),
    "APPLICATION_UNCLEAR": Rejection(
        "O-08",
        "{count} ansökningar har rader att besluta om; ange vilken med dess id (application).",
        "{count} applications have lines to decide; say which one by its id (application).",
    ),
    "LINE_UNKNOWN": Rejection(
        "O-09",
        "Ansökan har ingen rad {number}; den sista är {last}.",
        "The application has no line {number}; the last is {last}.",
    ),
    "FUNDING_ALREADY_DECIDED": Rejection(
        "O-09",
        "Det som beslutet gäller är redan beslutat; rätta det beslutet i stället.",
        "What the decision is about is decided already; correct that decision instead.",
    ),
    "FUNDING_UNDECIDED": Rejection(
        "O-08",
        "Ansökan från {applied_on} är inte beslutad; besluta om den innan ärendet avslutas.",
        "The application of {applied_on} is not decided; decide it before the case is closed.",
    ),
}
