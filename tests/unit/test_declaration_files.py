"""Reading files of employer declarations: every real form is taken, everything else is one clean refusal."""

import codecs
import io
import random
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.declaration_fields import FIELDS
from domain.declarations import Absence, Declaration, Statement, earned_income
from ledger import declaration_xml, declarations
from ledger.declaration_writer import write_declarations
from ledger.declarations import (
    DeclarationError,
    DeclarationFile,
    declarations_of,
    read_declarations,
    statements_in,
)
from ledger.identity_numbers import check_digit

AGI = Path(__file__).parents[1] / "data" / "agi"
SAMPLES = sorted(AGI.glob("*.xml"))
EMPLOYER = "165599999017"
PAYEE = "199001052381"
K = declaration_xml.COMPONENT
NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)

IU = f"""<Blankett><Arendeinformation><Arendeagare>{EMPLOYER}</Arendeagare><Period>202501</Period>
</Arendeinformation><Blankettinnehall><IU>
<ArbetsgivareIUGROUP><AgRegistreradId faltkod="201">{EMPLOYER}</AgRegistreradId></ArbetsgivareIUGROUP>
<BetalningsmottagareIUGROUP><BetalningsmottagareIDChoice>
<BetalningsmottagarId faltkod="215">{PAYEE}</BetalningsmottagarId>
</BetalningsmottagareIDChoice></BetalningsmottagareIUGROUP>
<RedovisningsPeriod faltkod="006">202501</RedovisningsPeriod>
<Specifikationsnummer faltkod="570">001</Specifikationsnummer>
<KontantErsattningUlagAG faltkod="011">19800</KontantErsattningUlagAG>
</IU></Blankettinnehall></Blankett>"""
ABSENCE = f"""<Franvarouppgift><AgRegistreradId faltkod="201">{EMPLOYER}</AgRegistreradId>
<RedovisningsPeriod faltkod="006">202501</RedovisningsPeriod><FranvaroDatum faltkod="821">2025-01-07</FranvaroDatum>
<BetalningsmottagarId faltkod="215">{PAYEE}</BetalningsmottagarId>
<FranvaroSpecifikationsnummer faltkod="822">1</FranvaroSpecifikationsnummer>
<FranvaroTyp faltkod="823">FORALDRAPENNING</FranvaroTyp><FranvaroTimmarFP faltkod="827">8</FranvaroTimmarFP>
</Franvarouppgift>"""
SENDER = "<Avsandare><Skapad>2025-02-10T08:15:00</Skapad></Avsandare>"
SHARED = (
    "<Blankettgemensamt><Arbetsgivare>"
    f"<AgRegistreradId>{EMPLOYER}</AgRegistreradId></Arbetsgivare></Blankettgemensamt>"
)
PAY = '<KontantErsattningUlagAG faltkod="011">19800</KontantErsattningUlagAG>'


def document(body: str, *, head: str = SENDER + SHARED, prolog: str = "") -> bytes:
    return (
        f'{prolog}<i:Skatteverket xmlns:i="{declaration_xml.INSTANCE}" xmlns="{K}"'
        f' omrade="Arbetsgivardeklaration">{head}{body}</i:Skatteverket>'
    ).encode()


def read(content: bytes) -> DeclarationFile:
    return read_declarations(io.BytesIO(content), "agi.xml")


def everything(content: bytes) -> list[tuple[str, Statement | Absence]]:
    return list(statements_in(io.BytesIO(content), read(content)))


def the_statement(content: bytes) -> Statement:
    ((_, said),) = everything(content)
    assert isinstance(said, Statement)
    return said


def refused(content: bytes, reason: str = ".") -> str:
    with pytest.raises(DeclarationError, match=reason) as caught:
        read(content)
    message = str(caught.value)
    assert message.startswith("agi.xml")
    assert "\n" not in message
    assert PAYEE not in message
    assert "19800" not in message
    return message


def changed(old: str, new: str, form: str = IU) -> bytes:
    assert old in form
    return document(form.replace(old, new))


def iu(number: int, *, payee: str = PAYEE, period: str = "202501", employer: str = EMPLOYER) -> str:
    return (
        IU.replace(">001<", f">{number}<")
        .replace(PAYEE, payee)
        .replace("202501", period)
        .replace(EMPLOYER, employer)
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_read(path: Path) -> None:
    file = read_declarations(path)
    assert file.name == path.name
    assert file.employers == (EMPLOYER,)
    assert file.warnings == ()
    assert file.statements + file.absences == len(list(statements_in(path, file)))


def test_any_prefix_or_none_reads_the_same() -> None:
    plain, twin = (
        everything((AGI / name).read_bytes()) for name in ("agi-2025-01.xml", "agi-2025-01-no-prefix.xml")
    )
    assert plain == twin
    renamed = (AGI / "agi-2025-01.xml").read_bytes().replace(b"agd:", b"zz.9:").replace(b":agd=", b":zz.9=")
    assert everything(renamed) == plain


def test_several_months_and_employers_in_one_file() -> None:
    other = "165599999025"
    file = read(document(iu(1) + iu(1, period="202412") + iu(1, employer=other)))
    assert (file.periods, file.employers) == (("2024-12", "2025-01"), (EMPLOYER, other))
    assert file.statements == 3
    assert len(file.warnings) == 1


def test_a_main_statement_alone_and_absences_alone_are_files() -> None:
    head = iu(1)[: iu(1).index("<IU>")]
    main = (
        f'<AgRegistreradId faltkod="201">{EMPLOYER}</AgRegistreradId><RedovisningsPeriod faltkod="006">202501'
    )
    file = read(document(f"{head}<HU>{main}</RedovisningsPeriod></HU></Blankettinnehall></Blankett>"))
    assert (file.statements, file.main_statements, file.periods) == (0, 1, ("2025-01",))
    assert read(document(ABSENCE)).absences == 1
    assert read(document("")).statements == 0


def test_codes_amounts_and_ticks_are_kept_as_the_domain_wants_them() -> None:
    more = (
        PAY
        + '<SkatteplBilformanUlagAG faltkod="013">0</SkatteplBilformanUlagAG>'
        + '<SkatteplOvrigaFormanerUlagAG faltkod="012"/>'
        + '<DrivmVidBilformanUlagAG faltkod="018"> 0012\n</DrivmVidBilformanUlagAG>'
        + '<Tjanstepension faltkod="030">5</Tjanstepension>'
        + '<FormanSomPensionEjUlagSA faltkod="136">true</FormanSomPensionEjUlagSA>'
        + '<Traktamente faltkod="051">1</Traktamente>'
        + '<ErsattningsKod1 faltkod="004">121</ErsattningsKod1>'
        + '<ErsattningsBelopp1 faltkod="005">7</ErsattningsBelopp1>'
        + '<ErsattningsKod2 faltkod="084">121</ErsattningsKod2>'
        + '<ErsattningsBelopp2 faltkod="085">8</ErsattningsBelopp2>'
        + '<ErsattningsKod3 faltkod="086">122</ErsattningsKod3>'
        + '<ErsattningsBelopp3 faltkod="087">0</ErsattningsBelopp3>'
        + '<ArbetsplatsensOrt faltkod="246">Ort</ArbetsplatsensOrt>'
    )
    said = the_statement(changed(PAY, more))
    assert said.amounts == {"011": 19800, "018": 12}
    assert (said.ticks, said.social, said.unknown) == (("136",), {"121": 15}, {})


def test_unknown_elements_are_kept_flagged_and_never_counted() -> None:
    content = changed(PAY, PAY + '<NyttFalt faltkod="399">77</NyttFalt><Grupp><Inre>x</Inre></Grupp>')
    assert the_statement(content).unknown == {"399 NyttFalt": "77", "Inre": "x"}
    assert len(read(content).warnings) == 1
    found = declarations_of(io.BytesIO(content), read(content), [PAYEE])[PAYEE]
    (row,) = earned_income([found])
    assert (row.amount, row.flags) == (19800, ("UNKNOWN_FIELD",))


def test_parts_of_an_unknown_kind_are_passed_over_with_a_warning() -> None:
    other = IU.replace("<IU>", "<XU>").replace("</IU>", "</XU>")
    for body in ("<Ny>1</Ny>" + IU, IU + "<Ny>1</Ny>", IU + other):
        file = read(document(body))
        assert (file.statements, len(file.warnings)) == (1, 1)


def test_payees_that_are_never_matched_are_counted() -> None:
    def other(code: str, name: str, text: str) -> str:
        old = f'<BetalningsmottagarId faltkod="215">{PAYEE}</BetalningsmottagarId>'
        return IU.replace(old, f'<{name} faltkod="{code}">{text}</{name}>')

    body = (
        iu(1, payee="165599999025")
        + other("222", "Fodelsetid", "19900105000")
        + other("224", "AnnatId", "AB 12")
        + other("224", "AnnatId", "AB 13")
    )
    file = read(document(body))
    assert (file.statements, file.skipped_legal_persons, file.skipped_foreign_ids) == (4, 1, 3)
    assert everything(document(body)) == []
    refused(document(other("222", "Fodelsetid", "1990010500")), "field 222")
    refused(document(other("224", "AnnatId", "x" * 51)), "field 224")
    refused(document(other("224", "AnnatId", "AB") * 2), "stand twice")


@pytest.mark.parametrize("eleven", ["19800060001", "19801160001", "19800091002", "19801188239"])
def test_coordination_numbers_are_payees(eleven: str) -> None:
    number = eleven + check_digit(eleven[2:])
    assert the_statement(document(iu(1, payee=number))).payee == number


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("2025-02-10T08:15:00", datetime(2025, 2, 10, 7, 15, tzinfo=UTC)),
        ("2025-07-10T08:15:00", datetime(2025, 7, 10, 6, 15, tzinfo=UTC)),
        ("2025-02-10T08:15:00Z", datetime(2025, 2, 10, 8, 15, tzinfo=UTC)),
        ("2025-02-10T08:15:00.1234567Z", datetime(2025, 2, 10, 8, 15, 0, 123456, tzinfo=UTC)),
        ("2025-02-10T08:15:00.5+02:00", datetime(2025, 2, 10, 6, 15, 0, 500000, tzinfo=UTC)),
    ],
)
def test_when_the_file_was_made(told: str, instant: datetime) -> None:
    content = document(IU, head=SENDER.replace("2025-02-10T08:15:00", told) + SHARED)
    assert read(content).created_at == instant


def test_a_month_far_ahead_of_the_file_warns() -> None:
    assert read(document(iu(1, period="202503"))).warnings == ()
    assert "2025-04" in read(document(iu(1, period="202504"))).warnings[0]


REFUSED_FIELDS = [
    (PAY, PAY.replace('"011"', '"014"'), "field 011"),
    (PAY, PAY.replace(' faltkod="011"', ""), "field 011"),
    (PAY, PAY.replace('"011"', '"011" enhet="tkr"'), "field 011"),
    (PAY, PAY.replace("KontantErsattningUlagAG", "Nytt"), "field 011"),
    (PAY, PAY + PAY, "field 011: stands twice"),
    (PAY, PAY.replace("19800", "-1"), "field 011"),
    (PAY, PAY.replace("19800", "+1"), "field 011"),
    (PAY, PAY.replace("19800", "1.0"), "field 011"),
    (PAY, PAY.replace("19800", "1 000"), "field 011"),
    (PAY, PAY.replace("19800", "1e3"), "field 011"),
    (PAY, PAY.replace("19800", "١"), "field 011"),
    (PAY, PAY.replace("19800", "10000000000"), "field 011"),
    (PAY, PAY.replace("19800", "12<x/>3"), "field 011: holds an element"),
    (PAY, PAY + '<SkatteplBilformanUlagAG faltkod="013">10000000</SkatteplBilformanUlagAG>', "field 013"),
    (PAY, PAY + '<Traktamente faltkod="051">0</Traktamente>', "field 051"),
    (PAY, PAY + '<ErsattningsBelopp1 faltkod="005">5</ErsattningsBelopp1>', "field 005"),
    (PAY, PAY + '<ErsattningsKod1 faltkod="004">A</ErsattningsKod1>', "field 004"),
    (PAY, PAY + '<Borttag faltkod="205">1</Borttag>', "field 205"),
    (PAY, '<Borttag faltkod="205">1</Borttag><Ort faltkod="246">x</Ort>', "field 205"),
    (PAY, '<Borttag faltkod="205">ja</Borttag>', "field 205"),
    (PAY, PAY + "19800", "text stands outside"),
    (PAY, PAY + '<o:x xmlns:o="urn:x">1</o:x>', "another schema"),
    (PAY, PAY + '<x xmlns="">1</x>', "another schema"),
    (PAY, PAY + "<IU/>", "inside another"),
    (PAY, PAY + "<Period>202501</Period>", "inside another"),
    (PAY, PAY + "<a>" * 9 + "<b>1</b>" + "</a>" * 9, "inside another"),
    (PAY, PAY + '<a xmlns:q="urn:q" q:faltkod="399">1</a>', "another attribute"),
    (PAY, PAY + f"<Nytt>{'x' * 1001}</Nytt>", "longer than"),
    (PAY, PAY + "".join(f"<N{n}>1</N{n}>" for n in range(60)), "not known here"),
    (PAY, PAY + "".join(f'<Nytt a{n}="1"/>' for n in range(60)), "another attribute"),
    (">001<", ">0<", "field 570"),
    (">001<", ">01234567890<", "field 570"),
    (">001<", "><", "field 570: is missing"),
    (PAYEE, "199001052382", "field 215.*check digit"),
    (PAYEE, "9001052381", "field 215.*century"),
    (PAYEE, "189001052381", "field 215"),
    (PAYEE, "", "exactly one"),
    ("<BetalningsmottagareIDChoice>", '<BetalningsmottagareIDChoice><AnnatId faltkod="224">x</AnnatId>', "one of"),
    ("<Period>202501", "<Period>202502", "field 006"),
    ('"006">202501', '"006">20251', "field 006"),
    ("202501", "20251", "field 006"),
    ("202501", "202513", "field 006"),
    ("202501", "202500", "field 006"),
    ("202501", "201806", "field 006: lies before"),
    (f"<Arendeagare>{EMPLOYER}", "<Arendeagare>165599999025", "field 201"),
    (EMPLOYER, "5599999017", "field 201"),
    ("<IU>", "<IU/><IU>", "one statement"),
    ("<Period>202501</Period>", "", "Arendeinformation"),
    ("</Arendeinformation>", "</Arendeinformation><Arendeinformation/>", "twice"),
    ("</Blankett>", "<Nytt/></Blankett>", "nothing else"),
    ("<Blankettinnehall>", "<Blankettinnehall><Blankett/>", "inside another"),
    ("<IU>", f'<i:Skatteverket xmlns:i="{declaration_xml.INSTANCE}"/><IU>', "inside another"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "reason"), REFUSED_FIELDS)
def test_a_statement_that_breaks_the_schema_refuses_the_file(old: str, new: str, reason: str) -> None:
    refused(document(iu(2) + IU.replace(old, new)), reason)


def test_the_message_says_which_form_month_and_field() -> None:
    message = refused(document(iu(2) + IU.replace("19800", "-1")))
    assert message.startswith("agi.xml, Blankett 2 (period 202501), field 011: ")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("202501", "202412", "from 2025-01"),
        ("2025-01-07", "2025-02-30", "field 821"),
        ("2025-01-07", "20250107", "field 821"),
        (">8<", ">24.01<", "field 827"),
        (">8<", ">0<", "field 827"),
        (">8<", ">8,5<", "field 827"),
        (">8<", ">1.234<", "field 827"),
        (">8<", "><", "field 823"),
        ("FORALDRAPENNING", "SEMESTER", "field 823"),
        ("FORALDRAPENNING", "TILLFALLIG_FORALDRAPENNING", "field 823"),
        ("</Franvarouppgift>", '<FranvaroBorttag faltkod="820">1</FranvaroBorttag></Franvarouppgift>', "820"),
        (
            "</Franvarouppgift>",
            '<FranvaroProcentFP faltkod="826">5</FranvaroProcentFP></Franvarouppgift>',
            "823",
        ),
    ],
)
def test_an_absence_that_breaks_the_schema_refuses_the_file(old: str, new: str, reason: str) -> None:
    refused(changed(old, new, ABSENCE), reason)


def test_an_absence_in_a_choice_is_read_and_left_out_unless_asked_for() -> None:
    kind = '<FranvaroTyp faltkod="823">FORALDRAPENNING</FranvaroTyp>'
    content = changed(kind, f"<FranvaroChoice>{kind}</FranvaroChoice>", ABSENCE)
    ((_, said),) = everything(content)
    assert said == Absence(
        employer=EMPLOYER,
        payee=PAYEE,
        period="2025-01",
        date=date(2025, 1, 7),
        number=1,
        kind="FORALDRAPENNING",
        hours="8",
    )
    file = read(content)
    assert declarations_of(io.BytesIO(content), file, [PAYEE]) == {}
    found = declarations_of(io.BytesIO(content), file, lambda payee: payee == PAYEE, with_absences=True)
    assert found[PAYEE].absences == (said,)


def test_the_same_key_twice_in_a_file_is_refused() -> None:
    refused(document(iu(1) + IU), "stand twice")
    refused(document(ABSENCE * 2), "stand twice")
    assert read(document(iu(1) + iu(2))).statements == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "not an XML"),
        (b"hello", "not an XML"),
        (b"{}", "not an XML"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (bytes(70_000), "not an XML"),
        (b" " * 70_000, "not an XML"),
        (b"<!-- " + b"x" * 70_000, "not an XML"),
        (b"<a/>", "not an employer declaration"),
        (b"<html><body>", "not an employer declaration"),
        (b"<?xml version='1.0'?>", "not an XML"),
        (document(IU).replace(b"schema/1.1", b"schema/1.2"), "not an employer declaration"),
        (b"<a>" + document(IU) + b"</a>", "not an employer declaration"),
        (document(IU).replace(b'"Arbetsgivardeklaration"', b'"Kontrolluppgift"'), "another area"),
        (document(IU).replace(b' omrade="Arbetsgivardeklaration"', b""), "another area"),
        (document(IU, head=SHARED), "wrong order"),
        (document(IU, head=SENDER), "wrong order"),
        (document("", head=SENDER), "missing"),
        (document(IU, head=SHARED + SENDER), "wrong order"),
        (document(IU, head=SENDER * 2 + SHARED), "wrong order"),
        (document(ABSENCE + IU), "wrong order"),
        (document(IU, head="<Avsandare/>" + SHARED), "Skapad"),
        (document(IU, head=SENDER.replace("2025-02-10", "2025-02-30") + SHARED), "Skapad"),
        (document(IU, head=SENDER.replace("T08", " 08") + SHARED), "Skapad"),
        (document(IU, head=SENDER.replace("00</", "00+99:00</") + SHARED), "Skapad"),
        (document(IU, head=SENDER + "<Blankettgemensamt/>"), "names no employer"),
        (document(IU, head=SENDER + SHARED.replace(EMPLOYER, "1")), "twelve digits"),
        (document(IU, head=SENDER.replace("<Skapad>", "<x xmlns=''/><Skapad>") + SHARED), "another schema"),
        (document("19800" + IU), "text stands between"),
        (document(IU + "19800"), "text stands between"),
        (document('<x xmlns="urn:x"/>' + IU), "another schema"),
        (document(IU + '<x xmlns="urn:x"/>'), "another schema"),
        (document(f"<Ny>{IU}</Ny>"), "inside another"),
        (document(IU + "<Arbetsgivare/>"), "none can be"),
        (document(IU) + b"<a/>", "not well-formed"),
        (document(IU) + document(IU), "not well-formed"),
        (document(IU.replace("19800", "19&#0;800")), "not well-formed"),
        (document(IU).replace(b"19800", b"\xe9"), "not well-formed"),
        (document(IU)[:-5], "not whole"),
    ],
)
def test_what_is_no_declaration_is_refused(content: bytes, reason: str) -> None:
    refused(content, reason)


def test_archives_and_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("agi.xml", document(IU))
    refused(archive.getvalue(), "zip")
    for path in (tmp_path, tmp_path / "missing.xml"):
        with pytest.raises(DeclarationError, match="can't be read"):
            read_declarations(path)


def test_a_files_name_is_shown_as_one_plain_line() -> None:
    with pytest.raises(DeclarationError) as caught:
        read_declarations(io.BytesIO(b""), "../x/a\n\x1b[31mb\u202e.xml")
    assert str(caught.value) == "a [31mb .xml: the file is empty"


def test_utf8_alone_is_read_with_or_without_a_byte_order_mark() -> None:
    declared = '<?xml version="1.0" encoding="{}"?>'
    assert read(codecs.BOM_UTF8 + document(IU)).statements == 1
    assert read(codecs.BOM_UTF8 + document(IU, prolog=declared.format("UTF-8"))).statements == 1
    assert read(document(IU, prolog=declared.format("utf-8"))).statements == 1
    for encoding in ("UTF-16", "ISO-8859-1", "UTF-7", "IBM037", ""):
        refused(document(IU, prolog=declared.format(encoding)), "UTF-8")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"):
        refused(document(IU, prolog=declared.format(encoding)).decode().encode(encoding))


DOCTYPES = [
    "<!DOCTYPE x>",
    '<!DOCTYPE x [<!ENTITY x "">]>',
    '<?xml version="1.0"?>\n<!-- a --><?pi b?> <!DOCTYPE x [<!ENTITY x "9">]>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>',
    "<!doctype x>",
    "<!-- <!-- --><!DOCTYPE x>",
    '<?xml version="1.0"?><?x ?><!DOCTYPE x>',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_doctype_is_refused_before_anything_is_expanded(doctype: str) -> None:
    refused(document(IU.replace("19800", "123&x;456"), prolog=doctype))
    refused(codecs.BOM_UTF8 + document(IU, prolog=doctype))


def test_entities_are_never_cut_out_of_a_number() -> None:
    refused(document(IU.replace("19800", "123&x;456")), "not well-formed")
    refused(document(IU + "<!DOCTYPE x>"), "not well-formed")
    assert the_statement(
        document(IU.replace("19800", "1<!-- 9 -->2<?pi 9?>3<![CDATA[4]]>&#53;"))
    ).amounts == {"011": 12345}


def test_a_schema_location_is_never_fetched() -> None:
    instance = b' xmlns:s="http://www.w3.org/2001/XMLSchema-instance"'
    location = instance + b' s:schemaLocation="a http://127.0.0.1:9/a" omrade='
    assert read(document(IU).replace(b" omrade=", location)).statements == 1


def test_caps_on_bytes_forms_and_the_size_of_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = " " * 600_000
    refused(document(f"<Ny>{'<a/>' * 200_000}</Ny>"), "larger than")
    refused(document(f"<Ny>{blank}</Ny>"), "larger than")
    refused(document(IU.replace("<IU>", "<IU " + " ".join(f'a{n}="1"' for n in range(90_000)) + ">")))
    refused(document("<a>" * 100_000))
    monkeypatch.setattr("ledger.declarations.MOST_FORMS", 2)
    refused(document(iu(1) + iu(2) + iu(3)), "more than 2 forms")
    monkeypatch.setattr(declaration_xml, "MOST_BYTES", 2_000)
    refused(document(iu(1) + iu(2) + iu(3)), "larger than")


SMALL = document(IU + ABSENCE, prolog="<?xml version='1.0' encoding='UTF-8'?>\n")


@pytest.mark.parametrize("content", [SMALL, (AGI / "agi-2025-03.xml").read_bytes()], ids=["small", "sample"])
def test_a_file_cut_off_anywhere_is_refused(content: bytes) -> None:
    whole = content.rstrip()
    cuts = {place.start() for place in re.finditer(rb"[<>]", whole)} | {
        place.end() for place in re.finditer(rb">", whole[:-1])
    }
    for cut in sorted(cuts):
        refused(whole[:cut])


def _outcome(content: bytes) -> str:
    """Read both passes: anything but a whole answer or a DeclarationError is a failure of the test."""
    fault = ""
    try:
        everything(content)
    except DeclarationError as error:
        fault = str(error)
    assert PAYEE not in fault
    return "refused" if fault else "read"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_flipped_bytes_are_read_or_refused(flips: list[tuple[int, int]]) -> None:
    content = bytearray(SMALL)
    for place, value in flips:
        content[place] = value
    assert _outcome(bytes(content)) in ("read", "refused")


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_shuffled_pieces_are_read_or_refused(seed: int) -> None:
    pieces = re.split(rb"(?<=>)", SMALL)
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        first, second = (chance.randrange(len(pieces)) for _ in range(2))
        pieces[first] = chance.choice(
            [b"", pieces[second], pieces[second] + pieces[first], b"&x;", b"<!DOCTYPE a>"]
        )
    assert _outcome(b"".join(pieces)) in ("read", "refused")


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    assert _outcome(content) == "refused"
    assert _outcome(document(IU) + content) in ("read", "refused")


def test_a_stream_that_gives_few_bytes_at_a_time_reads_the_same() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(7)

    content = (AGI / "agi-2025-02.xml").read_bytes()
    file = read_declarations(Slow(content), "agi.xml")
    assert file == read(content)
    assert list(statements_in(Slow(content), file)) == everything(content)


def test_a_file_that_changes_between_the_passes_is_found_out() -> None:
    file = read(document(IU))
    other = io.BytesIO(document(IU.replace("19800", "19801")))
    with pytest.raises(DeclarationError, match="changed"):
        declarations_of(other, file, [PAYEE])
    with pytest.raises(DeclarationError, match="changed"):
        list(statements_in(other, file))


def test_a_failing_disk_is_a_refusal() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    stream: BinaryIO = Broken()
    with pytest.raises(DeclarationError, match="can't be read"):
        read_declarations(stream)


def _fictional(count: int) -> Iterator[Statement]:
    codes = [
        code for code, known in FIELDS.items() if known.kind in ("counts", "fuel", "fuel_paid", "review")
    ]
    for number in range(1, count + 1):
        born = date(1960, 1, 1) + timedelta(days=number)
        nine = f"{born:%y%m%d}{number % 999 + 1:03d}"
        yield Statement(
            employer=EMPLOYER,
            payee=f"{born.year // 100}{nine}{check_digit(nine)}",
            period=f"2025-{number % 2 + 1:02d}",
            number=number,
            removed=number % 7 == 0,
            amounts={} if number % 7 == 0 else {codes[number % len(codes)]: number, "011": 2 * number},
            ticks=("136",) if number % 7 == 1 else (),
            unknown={"399 NyttFalt": "å & <b>"} if number % 7 == 2 else {},
        )


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "agi.xml"
    statements = [*_fictional(50), Statement(**_social(51))]
    absences = [
        Absence(employer=EMPLOYER, payee=PAYEE, period="2025-02", date=date(2025, 2, day), number=1, **extent)
        for day, extent in enumerate(_extents(), 1)
    ]
    made = datetime(2025, 2, 10, 9, 30, 1, 5, tzinfo=timezone(timedelta(hours=1)))
    write_declarations(path, EMPLOYER, made, statements, absences)
    file = read_declarations(path)
    assert (file.created_at, file.main_statements) == (made, 2)
    assert [said for _, said in statements_in(path, file)] == [*statements, *absences]
    found = declarations_of(path, file, {PAYEE}, standing="filed", with_absences=True)[PAYEE]
    assert Declaration.model_validate_json(found.model_dump_json(exclude_defaults=True)) == found
    assert found.standing == "filed"
    with pytest.raises(ValueError, match="another employer"):
        write_declarations(io.BytesIO(), "165599999025", made, statements)


def _social(number: int) -> dict[str, Any]:
    social = {"121": 1, "122": 2, "123": 3, "124": 4}
    return {"employer": EMPLOYER, "payee": PAYEE, "period": "2025-01", "number": number, "social": social}


def _extents() -> list[dict[str, Any]]:
    return [
        {"kind": "FORALDRAPENNING", "percent": "12.5"},
        {"kind": "FORALDRAPENNING", "hours": "8"},
        {"kind": "TILLFALLIG_FORALDRAPENNING", "percent": "100"},
        {"kind": "TILLFALLIG_FORALDRAPENNING", "hours": "0.25"},
        {"kind": "FORALDRAPENNING", "removed": True},
        {"removed": True},
    ]


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Of a form only its key is kept. XML nodes are outside Python's count; the benchmark measures those."""
    peaks = []
    for count in (2_000, 8_000):
        path = tmp_path / f"{count}.xml"
        write_declarations(path, EMPLOYER, NOON, _fictional(count))
        tracemalloc.start()
        file = read_declarations(path)
        assert declarations_of(path, file, {PAYEE}) == {}
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert file.statements == count
    assert peaks[1] - peaks[0] < 6_000 * 250


def test_what_stands_outside_the_fields_is_refused() -> None:
    """A number that a program wrote beside its element would be lost, and nobody would know."""
    for inside in ("<IU>", "<ArbetsgivareIUGROUP>"):
        refused(changed(inside, f"{inside}19800"), "text stands outside the fields")
    refused(changed("<IU>", "<IU xmlns='urn:other'>").replace(b"</IU>", b"</IU>"), "neither HU nor IU")


def test_unknown_elements_without_a_value_say_nothing() -> None:
    """Neither counted nor kept nor flagged; a known code without an amount is silent whatever it is called."""
    empty = PAY + '<NyttFalt faltkod="399"></NyttFalt><Ort faltkod="246"></Ort>'
    assert the_statement(changed(PAY, empty)).unknown == {}
    assert read(changed(PAY, empty)).warnings == ()
    removal = '<Borttag faltkod="205">1</Borttag>'
    assert the_statement(changed(PAY, removal + empty.removeprefix(PAY))).removed
    said = empty.removeprefix(PAY).replace("></Ort>", ">Umeå</Ort>")
    refused(changed(PAY, removal + said), "a removal that says more")


def test_no_more_employers_than_memory_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that lists employers without end is refused, and not read to its end."""
    monkeypatch.setattr(declarations, "_MOST_EMPLOYERS", 2)
    numbers = [EMPLOYER, "165599999025", "165599999033"]
    listed = "".join(
        f"<Arbetsgivare><AgRegistreradId>{number}</AgRegistreradId></Arbetsgivare>" for number in numbers
    )
    two = listed.replace(f"<Arbetsgivare><AgRegistreradId>{numbers[2]}</AgRegistreradId></Arbetsgivare>", "")
    for employers, sound in ((two, True), (listed, False)):
        content = document(IU, head=f"{SENDER}<Blankettgemensamt>{employers}</Blankettgemensamt>")
        if sound:
            assert read(content).statements == 1
        else:
            refused(content, "more than 2 employers")


def test_a_doctype_is_refused_by_the_parser_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first look took one for a comment, what the parser found is looked at."""
    monkeypatch.setattr(declaration_xml, "_INTRODUCTIONS", re.compile(rb"(?:\s+|<[?!].*?>)*", re.DOTALL))
    assert read(document(IU)).statements == 1
    refused(document(IU, prolog="<!DOCTYPE x>"), "holds a DOCTYPE")


def test_a_statement_has_room_for_so_many_codes_and_no_more(tmp_path: Path) -> None:
    """The form has four pairs of fields for remuneration codes: a fifth is said, not dropped."""
    said = _social(1)
    write_declarations(tmp_path / "four.xml", EMPLOYER, NOON, [Statement(**said)])
    said["social"] |= {"125": 5}
    with pytest.raises(ValueError, match="room for 4"):
        write_declarations(tmp_path / "five.xml", EMPLOYER, NOON, [Statement(**said)])
