"""What people type of a rule set: its articles, a line each; dates; and what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.rules.types import (
    FIRST_YEAR,
    KEY,
    LAST_YEAR,
    LONGEST_ARTICLE,
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_NUMBER,
    MOST_ARTICLES,
    Article,
    Draft,
)
from forms import FieldError

COUNT = "〇零一二三四五六七八九十百"
HEAD = re.compile(rf"(?P<number>第[{COUNT}\d]+[编章节条款]|[{COUNT}]+、)\s*")
WORDS = (("name", "名称", LONGEST_NAME), ("number", "文号", LONGEST_NUMBER))
MORE = (("issuer", "发文机关", LONGEST_NAME),)


def read_articles(text: str) -> tuple[Article, ...]:
    """A line that begins with 第三条 or 一、 begins an article; other lines go on with it."""
    found: list[Article] = []
    for line in filter(None, (one_line(part) for part in text.splitlines())):
        head = HEAD.match(line)
        if head:
            found.append(Article(head["number"].removesuffix("、"), line[head.end() :]))
        elif found:
            before = found[-1]
            found[-1] = Article(before.number, f"{before.text} {line}".strip())
        else:
            found.append(Article("", line))
    return tuple(found)


def read_date(text: str) -> date | None:
    """None for what is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def one_line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def tidy(draft: Draft) -> Draft:
    return replace(
        draft,
        key=draft.key.strip(),
        name=one_line(draft.name).removeprefix("《").removesuffix("》"),
        number=one_line(draft.number),
        issuer=one_line(draft.issuer),
        articles=tuple(Article(one_line(one.number), one_line(one.text)) for one in draft.articles),
    )


def faults_of(draft: Draft) -> list[FieldError]:
    """Of a tidy one."""
    return [*_words(draft), *_dates(draft), *_articles(draft)]


def _words(draft: Draft) -> Iterator[FieldError]:
    if not KEY.fullmatch(draft.key) or len(draft.key) > LONGEST_KEY:
        told = f"代码用小写字母、数字和连字符，最多 {LONGEST_KEY} 个，如 account-permission。"
        yield FieldError("key", "key", told)
    if not draft.name:
        yield FieldError("name", "required", "请填名称。")
    for name, label, most in (*WORDS, *MORE):
        if len(getattr(draft, name)) > most:
            yield FieldError(name, "too_long", f"{label}最多 {most} 个字，请写短一些。")


def _dates(draft: Draft) -> Iterator[FieldError]:
    since, until = draft.valid_from, draft.valid_to
    if since is None:
        yield FieldError("valid_from", "required", "请填施行日期，如 2026-11-01。")
    for name, day in (("valid_from", since), ("valid_to", until)):
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            told = f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。"
            yield FieldError(name, "range", told)
    if since and until and until < since:
        told = "有效期的最后一天早于施行日期，请核对；没有写有效期的，就不填。"
        yield FieldError("valid_to", "order", told)


def _articles(draft: Draft) -> Iterator[FieldError]:
    if len(draft.articles) > MOST_ARTICLES:
        told = f"条目最多 {MOST_ARTICLES} 条，只写章名也可以。"
        yield FieldError("articles", "too_many", told)
    for one in draft.articles:
        if len(one.number) + len(one.text) > LONGEST_ARTICLE:
            told = f"“{one.number or one.text[:10]}”最多 {LONGEST_ARTICLE} 个字，请只留要紧的。"
            yield FieldError("articles", "too_long", told)
            return


def told(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
