"""Named effects of diagrams: what service tasks call, and the names the wiring registers."""

from sqlalchemy.orm import Session

from app.access import checks, clearing, preparations, releases, service, templates
from app.access.agreements import checks as agreement_checks
from app.access.agreements.service import keep_agreement
from app.access.contacts import checks as contact_checks
from app.access.contacts.service import change_contacts
from app.access.dormant import checks as dormant_checks
from app.access.dormant import closing
from app.access.dormant import service as dormant
from app.access.reviews import checks as review_checks
from app.access.reviews import service as reviews
from app.access.types import FormRow, read_rows, refused_numbers
from app.processes import registry
from app.processes.registry import OperationContext


def apply_accounts(session: Session, context: OperationContext) -> None:
    service.apply_accounts(session, context, _taken(context))


def apply_grants(session: Session, context: OperationContext) -> None:
    service.apply_grants(session, context, _taken(context))


def close_accounts(session: Session, context: OperationContext) -> None:
    service.close_accounts(session, context, _taken(context))


def revoke_grants(session: Session, context: OperationContext) -> None:
    service.revoke_grants(session, context, _taken(context))


def clear_accounts(session: Session, context: OperationContext) -> None:
    service.clear_accounts(session, context, _taken(context))


def suspend_accounts(session: Session, context: OperationContext) -> None:
    service.suspend_accounts(session, context, _taken(context))


def _taken(context: OperationContext) -> tuple[FormRow, ...]:
    """The rows of the form that no executor has left aside."""
    refused = refused_numbers(context.results.values())
    return tuple(row for row in read_rows(context.answers) if row.no not in refused)


def register() -> None:
    """Give every name of this room to the registry; safe to call again."""
    registry.register_operation("access.apply_accounts", apply_accounts, writes=(), is_signed=True)
    registry.register_operation("access.apply_grants", apply_grants, writes=(), is_signed=True)
    registry.register_operation("access.close_accounts", close_accounts, writes=(), is_signed=True)
    registry.register_operation(
        "access.change_contacts", change_contacts, writes=(), is_signed=True
    )
    registry.register_operation("access.tell_operators", releases.tell_operators, writes=())
    registry.register_operation("access.keep_agreement", keep_agreement, writes=(), is_signed=True)
    registry.register_check("access.agreement_needed", agreement_checks.agreement_needed)
    registry.register_check("access.agreement_term", agreement_checks.agreement_term)
    registry.register_check("access.template_days", templates.template_days)
    registry.register_preparation("access.post_holders", templates.post_holders)
    for name, operation, is_signed in (
        ("revoke_grants", revoke_grants, True),
        ("clear_accounts", clear_accounts, True),
        ("suspend_accounts", suspend_accounts, True),
        ("freeze", service.freeze, False),  # the form comes afterwards
        ("unfreeze", service.unfreeze, False),
    ):
        registry.register_operation(f"access.{name}", operation, writes=(), is_signed=is_signed)
    registry.register_check("access.kept_rows", clearing.kept_rows)
    registry.register_check("access.cleanup_nature", clearing.cleanup_nature)
    registry.register_check("access.freeze_target", clearing.freeze_target)
    registry.register_preparation("access.cleanup_rows", clearing.cleanup_rows)
    registry.register_operation("access.analyse_log", reviews.analyse_log, writes=())
    registry.register_operation("access.report_problems", reviews.report_problems, writes=())
    _register_dormant()
    registry.register_check("access.one_account", checks.one_account)
    registry.register_check("access.role_exclusivity", checks.role_exclusivity)
    registry.register_check("access.scope", checks.scope)
    registry.register_check("access.refused_rows", checks.refused_rows)
    registry.register_check("access.no_example_text", checks.no_example_text)
    registry.register_check("access.review_month", review_checks.review_month)
    registry.register_check("access.findings_judged", review_checks.findings_judged)
    registry.register_fill("access.last_month", review_checks.last_month)
    registry.register_fill("access.log_findings", review_checks.log_findings)
    registry.register_check("access.contact_rows", contact_checks.contact_rows)
    registry.register_check("access.contact_verified", contact_checks.contact_verified)
    registry.register_preparation("access.row_kinds", preparations.row_kinds)


def _register_dormant() -> None:
    counts = ("closing_count",)
    registry.register_operation("access.list_idle", dormant.list_idle, writes=())
    registry.register_operation("access.take_idle_answers", dormant.take_answers, writes=counts)
    registry.register_operation("access.suspend_idle", dormant.suspend_silent, writes=counts)
    registry.register_operation("access.release_idle", dormant.release, writes=())
    registry.register_operation("access.revoke_idle", closing.revoke, writes=(), is_signed=True)
    registry.register_operation("access.close_idle", closing.close, writes=(), is_signed=True)
    registry.register_check("access.idle_department", dormant_checks.department)
    registry.register_check("access.idle_answered", dormant_checks.answered)
    registry.register_fill("access.idle_days", dormant_checks.idle_days)
    registry.register_fill("access.idle_rows", dormant_checks.answer_rows)
    registry.register_fill("access.idle_report", dormant_checks.report_rows)
