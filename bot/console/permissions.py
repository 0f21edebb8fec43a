"""Who may do what in the console: roles and what each grants. Every page names the one permission it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is to the office; one person may be several."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"  # of the Fatherland Front, for some places or all
    AUTHOR = "author"  # of campaigns
    APPROVER = "approver"  # of campaigns
    EDITOR = "editor"  # of the knowledge
    VIEWER = "viewer"  # sees figures, changes nothing


class Permission(StrEnum):
    """What a page or an act needs."""

    HOME = "home"  # whoever is signed in
    SEE_FIGURES = "see figures"  # dashboard and issued monitoring reports
    SEE_REPORTS = "see reports"  # of residents
    HANDLE_REPORTS = "handle reports"
    SEE_CONTACTS = "see contacts"  # of residents who left one
    WRITE_MONITORING = "write monitoring reports"
    SEE_QUESTIONS = "see questions"  # that nobody could answer
    ANSWER_QUESTIONS = "answer questions"
    EDIT_KNOWLEDGE = "edit knowledge"
    SEE_CAMPAIGNS = "see campaigns"
    WRITE_CAMPAIGNS = "write campaigns"
    APPROVE_CAMPAIGNS = "approve campaigns"
    MANAGE_STAFF = "manage staff"
    MANAGE_AGENCIES = "manage agencies"
    SEE_LOG = "see log"


_FIGURES: Final = frozenset({Permission.HOME, Permission.SEE_FIGURES})
GRANTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: _FIGURES | {Permission.MANAGE_STAFF, Permission.MANAGE_AGENCIES, Permission.SEE_LOG},
    Role.OFFICER: _FIGURES
    | {
        Permission.SEE_REPORTS,
        Permission.HANDLE_REPORTS,
        Permission.SEE_CONTACTS,
        Permission.WRITE_MONITORING,
        Permission.SEE_QUESTIONS,
        Permission.ANSWER_QUESTIONS,
        Permission.MANAGE_AGENCIES,
        Permission.SEE_CAMPAIGNS,
    },
    Role.AUTHOR: _FIGURES | {Permission.SEE_CAMPAIGNS, Permission.WRITE_CAMPAIGNS},
    Role.APPROVER: _FIGURES | {Permission.SEE_CAMPAIGNS, Permission.APPROVE_CAMPAIGNS},
    Role.EDITOR: _FIGURES | {Permission.SEE_QUESTIONS, Permission.ANSWER_QUESTIONS, Permission.EDIT_KNOWLEDGE},
    Role.VIEWER: _FIGURES,
}
ROLES: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATOR: "Quản trị",
    Role.OFFICER: "Cán bộ Mặt trận",
    Role.AUTHOR: "Soạn chiến dịch",
    Role.APPROVER: "Duyệt chiến dịch",
    Role.EDITOR: "Biên tập kiến thức",
    Role.VIEWER: "Người xem",
}


def granted(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return what the roles grant together.

    >>> Permission.SEE_REPORTS in granted([Role.VIEWER]), Permission.SEE_REPORTS in granted([Role.OFFICER])
    (False, True)
    """
    return frozenset[Permission]().union(*(GRANTS[role] for role in roles))
