"""docs/access.md is what the rules decide, and the rules speak of what is asked for and of nothing else."""

from api.http.access import Place, Resource, granted
from api.http.tokens import ROLES, Caller
from tests import permissions


def test_every_action_that_is_asked_for_has_a_rule_and_no_rule_names_another() -> None:
    assert permissions.asked() == permissions.named()
    assert permissions.named() == set(permissions.READ) | set(permissions.written())


def test_the_page_is_what_the_rules_decide() -> None:
    assert permissions.DOCUMENT.read_text("utf-8") == permissions.document()


def test_every_rule_decides_something() -> None:
    """But the one that forbids, which takes away what another allows."""
    *allowing, forbidding = permissions.rules()
    met = {
        one.rule
        for actions in (permissions.READ, permissions.written())
        for action, kinds in actions.items()
        for kind in kinds
        for role in ROLES
        for one in permissions.decisions(role, action, kind)
    }
    assert met == set(allowing)
    for action in ("read_person", "extract_person"):
        caller, place = Caller("somebody", ROLES), Place("own")
        protected = Resource("case", "own", is_protected=True)
        assert granted(caller, place, action, protected._replace(is_protected=False)) is not None
        assert granted(caller, place, action, protected) is None, forbidding
        assert granted(caller, place, action, protected._replace(is_named=True)) is not None


def test_nobody_who_only_looks_writes_and_a_statistician_sees_no_person() -> None:
    """An auditor, a statistician and somebody without a role."""
    for roles in (("auditor",), ("statistician",), ()):
        caller = Caller("somebody", tuple(role for role in ROLES if role in roles))
        for action, kinds in permissions.written().items():
            for kind in kinds:
                assert granted(caller, Place("own"), action, Resource(kind, "own")) is None
        seen = {
            action
            for action, kinds in permissions.READ.items()
            for kind in kinds
            if granted(caller, Place("own"), action, Resource(kind, "own"))
        }
        if roles != ("auditor",):
            assert seen <= {"read_statistics"}
