"""Every column of bytes, and whether the field keys seal it. A house test misses none."""

SEALED = frozenset(
    {
        "account.id_number",
        "account.phone",
        "audit_key.key_sealed",
        "document.pdf",
        "idempotency_key.answer_sealed",
        "person.id_number",
        "person.phone",
        "person.signature_png",
        "seal_key.key_sealed",
        "second_factor.secret",
        "submission.answers_sealed",
        "task.answers_sealed",
        "ticket.draft_sealed",
    }
)
CLEAR = {
    "account.person_ref": "blind index",
    "chain_head.audit_hash": "hash",
    "event.hash": "hash",
    "event.prev_hash": "hash",
    "idempotency_key.fingerprint": "keyed hash",
    "instance.audit_hash": "hash",
    "instance.state": "engine state: routing variables, no answers",
    "login_failure.key": "blind index",
    "login_challenge.token_hash": "hash",
    "login_session.token_hash": "hash",
    "one_time_code.code_hash": "hash",
    "person.id_index": "blind index",
    "process_version.model": "a diagram",
    "recovery_code.code_hash": "hash",
    "seal_key.certificate": "public",
    "submission.keyed_hash": "keyed hash",
    "task.signature": "a drawn name, as it stands on the public form",
    "ticket_person.blind_index": "blind index",
}
