"""An example of each body that can be sent: fictional, and such that it is taken as it stands."""

from importlib.resources import files
from typing import Any

from pydantic_core import from_json

ENTRY = "6f0c1f6e-3f0f-5d0a-9a35-0f7f4f5b2c11"
CASE = "3b8f1f0e-8a54-5c57-9a0e-5a2d4e0c7b21"
DAY = "2025-05-06"
NUMBER = "198001011009"

EMPLOYMENT: dict[str, Any] = {
    "id": "e1",
    "employer": "559999-9017",
    "sector": "other",
    "country": "SE",
    "form": "permanent",
    "starts_on": "2020-01-01",
    "ends_on": "2025-05-31",
    "notice_on": None,
    "end_reason": "redundancy",
    "end_initiative": "employer",
    "managing_director": False,
    "shares": None,
    "sole_trader_relation": None,
}
WORK = [
    {"employment": "e1", "month": f"2024-{month:02d}", "hours": "160", "income": 32000}
    for month in range(1, 13)
]

BODIES: dict[str, dict[str, Any]] = {
    "receive_application": {
        "person": {
            "identity_number": NUMBER,
            "name": "Testa Påhittsson",
            "email": "testa@example.se",
            "phone": None,
        },
        "region": "24",
        "occupation": "2341",
        "occupation_name": None,
        "policy": "kammarkollegiet",
        "service": "counselling_dismissed",
        "months": 12,
        "received_on": "2025-04-10",
        "employments": [EMPLOYMENT],
        "work": WORK,
        "benefits": [],
    },
    "record_evidence": {
        "source": "certificate",
        "content": {
            "employments": [],
            "work": [{"employment": "e1", "month": "2025-01", "hours": "152.5", "income": None}],
            "benefits": [
                {
                    "kind": "parental_benefit",
                    "country": "SE",
                    "starts_on": "2023-02-01",
                    "ends_on": "2023-08-31",
                }
            ],
        },
    },
    "record_earlier_grant": {
        "organisation": "trygg",
        "case": "trygg:2023-417",
        "decided_on": "2023-03-01",
        "last_day": "2024-02-29",
        "basis_months": ["2022-01", "2022-02", "2022-03"],
    },
    "judge_need": {"special_need": True},
    "notify_as_employer": {"employer": "Exempelkommun"},
    "decide": {"starts_on": "2025-06-01"},
    "annul_grant": {"reason": "Beslutet gällde en annan sökande."},
    "assign_advisor": {"advisor": "bo"},
    "start_engagement": {"occurred_on": "2025-06-01", "provider": "abc"},
    "agree_plan": {
        "goal": "job",
        "jointly": True,
        "items": [{"task": "Uppdatera cv och personligt brev", "by": "client", "target_on": "2025-06-20"}],
        "meetings": 6,
    },
    "complete_task": {"number": 1},
    "record_activity": {"activity": "cv_review"},
    "hold_meeting": {"mode": "digital", "occurred_on": DAY},
    "miss_meeting": {"mode": "physical", "occurred_on": DAY},
    "make_contact": {"kind": "phone_support"},
    "hold_health_collaboration": {"party": "occupational_health"},
    "request_statement": {"education": "Undersköterska, yrkesvuxpaket"},
    "issue_statement": {
        "strengthens": True,
        "sources": [{"kind": "forecast", "reference": "Prognos för yrket 2026"}],
        "reasons": "Yrket efterfrågas i hela landet.",
    },
    "pause": {"reason": "parental_leave", "expected_until": "2025-09-30"},
    "resume": {"occurred_on": "2025-09-15"},
    "extend_period": {},
    "reach_outcome": {"outcome": "permanent_job", "starts_on": "2025-09-01", "evidence": "contract"},
    "evidence_outcome": {"evidence": "employer"},
    "withdraw": {"reason": "Har fått arbete på egen hand."},
    "reopen": {},
    "expire": {},
    "explain_shortfall": {"reason": "Klienten var på resa under den sista månaden."},
    "choose_way": {"way": "studies"},
    "record_csn_decision": {"granted": True, "starts_on": "2025-08-18", "ends_on": "2026-06-07"},
    "grant_study_support": {"kind": "complementary", "income": 3_200_000, "months": ["2025-09", "2025-10"]},
    "record_compensation": {
        "kind": "leave",
        "starts_on": "2025-09-01",
        "ends_on": "2025-09-05",
        "amount": 850_000,
    },
    "pay_measure": {"kind": "course_fee", "amount": 1_250_000},
    "extend_for_sickness": {"until": "2026-12-31"},
    "contact_fund": {
        "rehabilitation_fulfilled": True,
        "redeployment_exhausted": True,
        "agreement_wanted": True,
    },
    "give_information": {"to": "employee", "topics": ["support_content", "no_economic_benefits"]},
    "hold_deliberation": {},
    "offer_agreement": {},
    "agree_termination": {"ends_on": "2025-12-31"},
    "request_reconsideration": {"received_on": "2025-05-02"},
    "decide_reconsideration": {"own_initiative": False},
    "lodge_appeal": {},
    "decide_appeal": {"result": "referred_back"},
    "correct_entry": {
        "corrects": ENTRY,
        "reason": "Mötet hölls dagen efter.",
        "replacement": {"command": "hold_meeting", "mode": "digital", "occurred_on": "2025-05-07"},
    },
    "join_person": {"same_as": CASE, "reason": "Samordningsnumret blev ett personnummer."},
    "protect_identity": {"kind": "confidentiality_marking", "readers": ["bo", "berit"]},
    "lift_protection": {},
    "erase": {"erase": True},
    "open_employer_case": {
        "employer": "Exempelkommun",
        "organisation_number": "212000-0019",
        "kind": "municipality",
        "area": "preventive_measures",
    },
    "start_module": {"module": 1},
    "complete_module": {"module": 1},
    "apply_preventive_funding": {
        "strengthens_supply": True,
        "secures_employment": True,
        "beyond_ordinary": True,
        "purposes": ["competence_supply"],
        "lines": [{"kind": "education", "amount_ore": 4_500_000, "description": "Kurs i två dagar"}],
    },
    "decide_funding": {
        "approvals": [{"line": 1, "by": "berit", "reason": "Ryms i syftet, enligt samråd."}],
    },
    "close_employer_case": {"remark": "Stödet är slutfört."},
    "correct_employer_entry": {"corrects": ENTRY, "reason": "Inlagt på fel arbetsgivare."},
    "register_organisation": {"organisation": "exempel", "occurred_on": "2022-10-01"},
    "end_organisation": {"organisation": "exempel"},
    "open_office": {"office": "skelleftea", "organisation": "exempel"},
    "close_office": {"office": "skelleftea"},
    "form_team": {"team": "kust", "office": "umea"},
    "dissolve_team": {"team": "kust"},
    "place_staff": {"staff": "eva", "roles": ["advisor"], "office": "umea", "team": "norr"},
    "let_leave": {"staff": "eva"},
    "register_provider": {"provider": "utbildarna"},
    "end_provider": {"provider": "utbildarna"},
    "correct_line": {"corrects": ENTRY, "reason": "Kontoret öppnade en vecka senare."},
    "look_up_person": {"identity_number": NUMBER},
    "look_up_requalification": {"identity_number": NUMBER, "on": "2026-11-02"},
    "extract_person": {"case": CASE},
}
"""By the name of a command or a question; `occurred_on` is today where it is left out."""

WORDS: dict[str, Any] = {
    "case": CASE,
    "event": ENTRY,
    "name": "bo",
    "advisor": "bo",
    "include": "person",
    "limit": 50,
    "offset": 0,
    "on": "2026-11-02",
    "until": "2026-11-30",
    "valid_on": "2025-05-31",
    "other_valid_on": "2025-06-30",
}
"""Of parameters, by their names."""

ANSWERS: dict[str, Any] = from_json(files("api.http").joinpath("answers.json").read_bytes())
"""Of what is read, by the name of the view; lists are cut short."""
