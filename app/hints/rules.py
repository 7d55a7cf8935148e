"""What the re-check asks of everything in the books: a statement a rule, none row by row.

Each answers (subject, unit_id, person_id, facts), and may ask for `:now`, `:today` and for what
the diagrams say (`drawn`). It reads the tables as they are and trusts no
constraint: a row that was written past the house must be found as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.hints.types import Colour

_PLACE = re.compile(r"\{([a-z]+)\}")
OLD_BOOKS = "old-books/"  # sources of rows that were imported from paper ledgers begin so


@dataclass(frozen=True)
class Rule:
    """`text` tells a finding by its facts, `demand` what has to be done about it (限期整改)."""

    key: str
    title: str
    colour: Colour
    text: str
    demand: str
    statement: str = ""  # empty: raised by another room, or found by `numbers`

    def told(self, facts: Mapping[str, Any]) -> str:
        return _PLACE.sub(lambda found: str(facts.get(found[1], "—")), self.text)


_ROLE = (
    "CASE {0} WHEN 'account_admin' THEN '账户管理员' WHEN 'permission_admin' THEN '权限管理员'"
    " ELSE '操作员' END"
)
_IN_OFFICE = "ap.starts_at <= :now AND (ap.ends_at IS NULL OR ap.ends_at > :now)"
_ACTS = (
    "('account.opened', 'account.reopened', 'account.changed', 'account.corrected',"
    " 'account.closed', 'grant.given', 'grant.revoked')"
)
_AGREEMENT_NEEDED = """
    coalesce((SELECT c.value FROM parameter_change c JOIN unit l ON l.id = c.unit_id
              WHERE c.key = 'agreement_needed' AND c.state = 'confirmed' AND c.since <= :today
                AND starts_with(u.path, l.path)
              ORDER BY length(l.path) DESC, c.since DESC, c.id DESC LIMIT 1), 0) = 1
"""
# An import stands in place of a signed form once a second person has confirmed it (ADR 0122).
_IMPORTED = f"""starts_with(l.source, '{OLD_BOOKS}') AND EXISTS (
    SELECT 1 FROM old_book b
    WHERE b.state = 'confirmed' AND b.confirmed_by_id <> b.uploaded_by_id
      AND b.id::text = split_part(substr(l.source, {len(OLD_BOOKS) + 1}), '#', 1))"""  # noqa: S608 - of our own words

_RULES = (
    Rule(
        "R1",
        "一人多个账户",
        Colour.RED,
        "{name}有{count}个账户。",
        "每人只能有一个账户（制度第四条）。请核对，保留一个，其余按程序注销。",
        """
        SELECT 'account:' || min(a.id) AS subject, min(a.unit_id) AS unit_id,
               NULL::bigint AS person_id,
               jsonb_build_object('name', min(a.name), 'count', count(*)) AS facts
        FROM account a GROUP BY a.person_ref HAVING count(*) > 1
        """,
    ),
    Rule(
        "R1-old-number",
        "账户用的是旧身份证号",
        Colour.RED,
        "{name}的账户用的是 15 位的旧号，{told}。",
        "每人只能有一个账户（制度第四条）。请按现用证件核对，是同一个人的保留一个，其余按程序注销。",
    ),
    Rule(
        "R2",
        "兼任互斥的角色",
        Colour.RED,
        "{name}同时是{roles}。",
        "账户管理员、权限管理员、操作员不得相互兼任（制度第六条）。请按申请表注销其中一个。",
        f"""
        WITH role AS (
            SELECT a.person_ref AS ref, a.kind AS role, a.unit_id, a.name, a.id AS account_id,
                   NULL::bigint AS person_id
            FROM account a WHERE a.state <> 'closed'
            UNION ALL
            SELECT coalesce(p.id_index, int8send(p.id)), ap.position, ap.unit_id, p.name, NULL, p.id
            FROM appointment ap JOIN person p ON p.id = ap.person_id
            WHERE ap.position IN ('account_admin', 'permission_admin', 'operator') AND {_IN_OFFICE}
            UNION ALL
            SELECT a.person_ref, 'operator', a.unit_id, a.name, a.id, NULL
            FROM "grant" g JOIN account a ON a.id = g.account_id
            WHERE g.state = 'active' AND a.kind <> 'operator' AND g.post <> 'permission_admin'
        )
        SELECT coalesce('account:' || min(account_id), 'person:' || min(person_id)) AS subject,
               (array_agg(unit_id ORDER BY account_id NULLS LAST))[1] AS unit_id,
               min(person_id) AS person_id,
               jsonb_build_object('name', min(name), 'roles', string_agg(
                   DISTINCT {_ROLE.format("role")}, '、')) AS facts
        FROM role GROUP BY ref HAVING count(DISTINCT role) > 1
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R3",
        "在途申请写到管理员",
        Colour.YELLOW,
        "没有办结的操作员申请 {number} 写到{name}，{name}现在是{roles}。",
        "办理这份申请以前，先核对是否会造成兼任（制度第六条）。",
        f"""
        SELECT 'pending:' || t.number || ':' || p.id AS subject, t.unit_id, p.id AS person_id,
               jsonb_build_object('name', p.name, 'number', t.number, 'roles', string_agg(
                   DISTINCT {_ROLE.format("ap.position")}, '、')) AS facts
        FROM ticket t JOIN ticket_person tp ON tp.ticket_id = t.id
        JOIN person p ON p.id_index = tp.blind_index
        JOIN appointment ap ON ap.person_id = p.id
        WHERE t.state IN ('running', 'returned', 'suspended') AND t.process = 'operator-account'
          AND ap.position IN ('account_admin', 'permission_admin') AND {_IN_OFFICE}
        GROUP BY t.number, t.unit_id, p.id, p.name
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R4",
        "管理员所在单位不合要求",
        Colour.RED,
        "{name}是{role}，所在的{unit}不是信息中心或经办机构。",
        "账户、权限管理员由同级信息中心或经办机构的人担任（制度第七条）。请按申请表更换。",
        f"""
        SELECT 'appointment:' || ap.id AS subject, ap.unit_id, p.id AS person_id,
               jsonb_build_object('name', p.name, 'unit', u.name,
                                  'role', {_ROLE.format("ap.position")}) AS facts
        FROM appointment ap JOIN person p ON p.id = ap.person_id JOIN unit u ON u.id = ap.unit_id
        WHERE ap.position IN ('account_admin', 'permission_admin') AND {_IN_OFFICE}
          AND u.kind NOT IN ('info_center', 'agency')
        UNION ALL
        SELECT 'account:' || a.id, a.unit_id, NULL,
               jsonb_build_object('name', a.name, 'unit', u.name, 'role', {_ROLE.format("a.kind")})
        FROM account a JOIN unit u ON u.id = a.unit_id
        WHERE a.kind <> 'operator' AND a.state <> 'closed'
          AND u.kind NOT IN ('info_center', 'agency')
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R6",
        "办理人在申请表上",
        Colour.RED,
        "{executor}办理了 {number}，自己也在这张申请表上。",
        "任何人不得为自己办理账户和权限（制度第八条、第九条）。请由另一位管理员复核。",
        f"""
        SELECT 'own:' || i.number || ':' || p.id AS subject, i.unit_id, p.id AS person_id,
               jsonb_build_object('executor', p.name, 'number', i.number) AS facts
        FROM event e JOIN person p ON p.id = e.actor_id
        JOIN instance i ON i.number = substr(e.object, 8)
        JOIN ticket t ON t.instance_id = i.id
        WHERE e.kind IN {_ACTS}
          AND (EXISTS (SELECT 1 FROM ticket_person tp
                       WHERE tp.ticket_id = t.id AND tp.blind_index = p.id_index)
               OR EXISTS (SELECT 1 FROM account a WHERE a.id = (e.data->>'account')::bigint
                          AND a.person_ref = p.id_index))
        GROUP BY i.number, i.unit_id, p.id, p.name
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R7",
        "超出范围的办理",
        Colour.RED,
        "{executor}办理了 {number}，当时不是管这里的管理员。",
        "管理员只办本级的账户和权限，上级管理员办下级管理员的（制度第八条、第九条）。请核对办理权限。",
        f"""
        SELECT 'reach:' || i.number || ':' || p.id AS subject, i.unit_id, p.id AS person_id,
               jsonb_build_object('executor', p.name, 'number', i.number) AS facts
        FROM event e JOIN person p ON p.id = e.actor_id
        JOIN instance i ON i.number = substr(e.object, 8)
        JOIN unit u ON u.id = i.unit_id JOIN unit d ON d.id = u.division_id
        LEFT JOIN account a ON a.id = (e.data->>'account')::bigint
        WHERE e.kind IN {_ACTS} AND i.version_id = ANY(:executed) AND NOT EXISTS (
            SELECT 1 FROM appointment ap JOIN unit au ON au.id = ap.unit_id
            WHERE ap.person_id IN (e.actor_id, e.acting_for)
              AND ap.position IN ('account_admin', 'permission_admin')
              AND ap.starts_at <= e.at AND (ap.ends_at IS NULL OR ap.ends_at >= e.at)
              AND (au.division_id = d.id
                   OR (au.division_id = d.parent_id AND a.kind <> 'operator')))
        GROUP BY i.number, i.unit_id, p.id, p.name
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R9-grant",
        "没有申请表的权限",
        Colour.RED,
        "{name}有“{post}”的权限，找不到办结的申请表和台账记录（{ticket} 第{row}行）。",
        "没有申请表不得授权。请立即收回这项权限，查明是谁、怎样加上的。",
        f"""
        SELECT 'grant:' || g.id AS subject, a.unit_id, NULL::bigint AS person_id,
               jsonb_build_object('name', a.name, 'account', a.id, 'subsystem', g.subsystem,
                   'post', g.post, 'ticket', g.granted_ticket, 'row', g.granted_row) AS facts
        FROM "grant" g JOIN account a ON a.id = g.account_id
        WHERE g.state = 'active' AND NOT EXISTS (
            SELECT 1 FROM ledger_row l
            WHERE l.account_id = g.account_id AND l.name = 'grants'
              AND l.ticket = g.granted_ticket AND l.row_no = g.granted_row
              AND ({_IMPORTED} OR EXISTS (
                  SELECT 1 FROM instance i JOIN task t ON t.instance_id = i.id
                  WHERE i.number = g.granted_ticket AND t.state = 'done'
                    AND t.outcome IS NOT NULL)))
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "R9-account",
        "没有申请表的账户",
        Colour.RED,
        "{name}的账户找不到开通它的台账记录（{ticket} 第{row}行）。",
        "没有申请表不得开户。请停用这个账户，查明是谁、怎样加上的。",
        f"""
        SELECT 'opened:' || a.id AS subject, a.unit_id, NULL::bigint AS person_id,
               jsonb_build_object('name', a.name, 'account', a.id, 'ticket', a.opened_ticket,
                                  'row', a.opened_row) AS facts
        FROM account a
        WHERE NOT EXISTS (
            SELECT 1 FROM ledger_row l WHERE l.account_id = a.id AND l.name = 'accounts'
              AND l.ticket = a.opened_ticket AND l.row_no = a.opened_row
              AND (NOT starts_with(l.source, '{OLD_BOOKS}') OR {_IMPORTED}))
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "fold-account",
        "账户和台账不一致",
        Colour.RED,
        "{name}的账户现在是“{state}”，台账最后一笔是“{act}”。",
        "账户的状态只能由台账里的办理改变。请核对，按申请表改正。",
        """
        WITH last AS (
            SELECT DISTINCT ON (account_id) account_id, ledger_row.values->>'act' AS act
            FROM ledger_row
            WHERE name = 'accounts' AND account_id IS NOT NULL
              AND ledger_row.values->>'act' IN ('创建', '恢复', '停用', '撤销')
            ORDER BY account_id, id DESC
        )
        SELECT 'state:' || a.id AS subject, a.unit_id, NULL::bigint AS person_id,
               jsonb_build_object('name', a.name, 'account', a.id, 'act', last.act, 'state',
                   CASE a.state WHEN 'active' THEN '在用' WHEN 'suspended' THEN '已停用'
                   ELSE '已注销' END) AS facts
        FROM account a JOIN last ON last.account_id = a.id
        WHERE a.state <> CASE last.act WHEN '撤销' THEN 'closed' WHEN '停用' THEN 'suspended'
                         ELSE 'active' END
        """,
    ),
    Rule(
        "fold-grant",
        "权限和台账不一致",
        Colour.RED,
        "{name}现在的岗位和权限管理台账最后一笔不一致：现在“{now}”，台账“{after}”。",
        "权限只能由台账里的办理改变。请核对，按申请表改正。",
        """
        WITH last AS (
            SELECT DISTINCT ON (account_id, ledger_row.values->>'_subsystem') account_id,
                   ledger_row.values->>'_subsystem' AS subsystem,
                   ledger_row.values->>'_after' AS after
            FROM ledger_row
            WHERE name = 'grants' AND account_id IS NOT NULL AND ledger_row.values ? '_after'
            ORDER BY account_id, ledger_row.values->>'_subsystem', id DESC
        ), held AS (
            SELECT account_id, subsystem, string_agg(post, ',' ORDER BY post COLLATE "C") AS posts
            FROM "grant" WHERE state = 'active' GROUP BY account_id, subsystem
        )
        SELECT 'held:' || a.id || ':' || last.subsystem AS subject, a.unit_id,
               NULL::bigint AS person_id,
               jsonb_build_object('name', a.name, 'account', a.id, 'subsystem', last.subsystem,
                   'now', coalesce(nullif(held.posts, ''), '无'),
                   'after', coalesce(nullif(last.after, ''), '无')) AS facts
        FROM last JOIN account a ON a.id = last.account_id
        LEFT JOIN held ON (held.account_id, held.subsystem) = (last.account_id, last.subsystem)
        WHERE coalesce(held.posts, '') <> last.after
        """,
    ),
    Rule(
        "R10",
        "一个人办了两个环节",
        Colour.RED,
        "{name}在 {number} 里办了不止一个环节：{nodes}。",
        "提交、审核、签批、办理应当由不同的人做。请由上一级复核这份申请。",
        """
        SELECT 'both:' || i.number || ':' || p.id AS subject, i.unit_id, p.id AS person_id,
               jsonb_build_object('name', p.name, 'number', i.number,
                   'nodes', string_agg(DISTINCT done.title, '、')) AS facts
        FROM (
            SELECT t.instance_id, t.assignee_id AS who, t.node, w.title
            FROM task t JOIN visit w ON w.id = t.visit_id
            WHERE t.state = 'done' AND t.kind IN ('main', 'parallel', 'after')
              AND t.outcome NOT IN ('return', 'transfer')
              -- Who sends it in again does at its start what he did before.
              AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.instance_id = t.instance_id
                              AND s.person_id = t.assignee_id AND s.submitted_at = t.done_at)
            UNION ALL
            SELECT s.instance_id, s.person_id, 'start', '提交' FROM submission s
        ) done JOIN instance i ON i.id = done.instance_id
        JOIN person p ON p.id = done.who
        WHERE i.version_id || ':' || done.node = ANY(:apart)
           OR (done.node = 'start' AND NOT i.is_confidential)
        GROUP BY i.number, i.unit_id, p.id, p.name HAVING count(DISTINCT done.node) > 1
        """,
    ),
    Rule(
        "R16",
        "账户没有保密协议",
        Colour.YELLOW,
        "{name}的账户在用，没有有效的保密协议。",
        "这里要有保密协议才能开设账户。请补签；不签的，按申请表注销账户。",
        f"""
        WITH needing AS (SELECT u.id FROM unit u WHERE {_AGREEMENT_NEEDED})
        SELECT 'agreement:' || a.id AS subject, a.unit_id, NULL::bigint AS person_id,
               jsonb_build_object('name', a.name, 'account', a.id) AS facts
        FROM account a JOIN needing ON needing.id = a.unit_id
        WHERE a.state = 'active' AND a.kind = 'operator' AND NOT EXISTS (
            SELECT 1 FROM agreement g
            WHERE g.person_ref = a.person_ref AND g.starts_on <= :today AND g.ends_on >= :today
              AND (g.ended_on IS NULL OR g.ended_on > :today))
        """,  # noqa: S608 - of our own words
    ),
    Rule(
        "no-login",
        "办件在不能登录的人手上",
        Colour.YELLOW,
        "{number} 的“{node}”在{name}手上，他现在不能登录。",
        "请系统管理员办理离岗交接，把这件交给现任岗位的人。",
        """
        SELECT 'task:' || t.id AS subject, i.unit_id, p.id AS person_id,
               jsonb_build_object('name', p.name, 'number', i.number, 'node', w.title) AS facts
        FROM task t JOIN instance i ON i.id = t.instance_id JOIN visit w ON w.id = t.visit_id
        JOIN person p ON p.id = t.assignee_id
        WHERE t.state IN ('open', 'claimed', 'waiting') AND NOT EXISTS (
            SELECT 1 FROM login l WHERE l.person_id = p.id AND l.state = 'active'
              AND (l.valid_until IS NULL OR l.valid_until > :now))
        """,
    ),
    Rule(
        "old-books",
        "旧台账里的冲突",
        Colour.RED,
        "旧台账第{line}行{name}：{conflict}。这一行没有导入，权限没有生效。",
        "请核对纸质台账和本人现在的账户，保留一个角色，其余按申请表注销，再补录。",
    ),
)
RULES: Mapping[str, Rule] = {rule.key: rule for rule in _RULES}
