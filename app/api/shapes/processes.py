"""Processes, their forms, bundles that are uploaded, findings of the lint."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

from app.api.shapes.base import Answer, Moment
from app.core.errors import Fault, Invalid
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.service.bundling import File, form_of, text_of
from app.processes.service.publishing import Bundle


class Choice(Answer):
    value: str
    label: str


class Component(BaseModel):
    """One part of a form, in the vocabulary of form-js."""

    model_config = ConfigDict(extra="allow")

    type: str
    key: str | None = Field(default=None, description="answers 里的键；说明文字没有")
    label: str | None = None
    readonly: bool = Field(default=False, description="由系统填写或这一步不能改，不要放进 answers")
    values: list[Choice] | None = None
    validate_: dict[str, Any] | None = Field(
        default=None,
        alias="validate",
        description="required min max minLength maxLength pattern check unique",
    )
    components: list["Component"] | None = None


class FormShape(BaseModel):
    model_config = ConfigDict(extra="allow")

    key: str
    title: str
    components: list[Component]


class _AsForm:
    """Describes a plain dict as a form: `forms.describe` is its only author, so none is checked."""

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(FormShape.__pydantic_core_schema__)


FormDict = Annotated[dict[str, Any], _AsForm()]


class ProcessRow(Answer):
    key: str
    title: str
    category: str
    version: int

    @classmethod
    def of(cls, loaded: engine.Loaded) -> "ProcessRow":
        return cls(
            key=loaded.key, title=loaded.title, category=loaded.category, version=loaded.number
        )


class ProcessShape(ProcessRow):
    may_start: bool
    form: FormDict | None = Field(description="申请表；没有申请表的流程为 null")
    documents: list[str]


class VersionShape(Answer):
    key: str
    version: int
    title: str
    category: str
    state: Literal["draft", "published", "retired"]
    sha256: str
    created_at: Moment
    published_at: Moment | None

    @classmethod
    def of(cls, version: ProcessVersion) -> "VersionShape":
        return cls(
            key=version.key,
            version=version.number,
            title=version.title,
            category=version.category,
            state=version.state.value,
            sha256=version.sha256,
            created_at=version.created_at,
            published_at=version.published_at,
        )


class FindingShape(Answer):
    element: str
    severity: Literal["error", "warning"]
    message: str
    remedy: str
    rule: str  # as docs/process-authors/rules.md lists it; empty where a room judged

    @classmethod
    def of(cls, finding: engine.Finding) -> "FindingShape":
        return cls(
            element=finding.element,
            severity=finding.severity,
            message=finding.message,
            remedy=finding.remedy,
            rule=finding.rule,
        )


class Findings(Answer):
    findings: list[FindingShape]


@dataclass(frozen=True)
class BundleUpload:
    """The files of one process in a multipart body.

    The name of a form is its own `key`, of a print template its file name without `.html`.
    """

    MEDIA: ClassVar[str] = "multipart/form-data"
    LIMIT: ClassVar[int] = 5_000_000

    bundle: Bundle

    @classmethod
    def read(cls, asked: Request) -> "BundleUpload":
        """Raises: Invalid, UnsupportedMediaType, RequestEntityTooLarge."""
        if asked.mimetype != cls.MEDIA:
            raise UnsupportedMediaType
        models = asked.files.getlist("bpmn")
        if len(models) != 1:
            raise Invalid([Fault("bpmn", "required", "要有一个名为 bpmn 的流程图文件。")])
        strange = set(asked.files) - {"bpmn", "forms", "documents"} | set(asked.form)
        if strange:
            name = min(strange)
            raise Invalid([Fault(name, "unknown_field", "只收 bpmn、forms、documents 三种文件。")])
        return cls(
            Bundle(
                models[0].read(),
                dict(form_of(_file(file)) for file in asked.files.getlist("forms")),
                {
                    file.path.stem: text_of(file)
                    for file in map(_file, asked.files.getlist("documents"))
                },
            )
        )

    @classmethod
    def schema(cls) -> dict[str, Any]:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}}
        return {
            "type": "object",
            "required": ["bpmn"],
            "additionalProperties": False,
            "properties": {
                "bpmn": {"type": "string", "format": "binary"},
                "forms": {**files, "description": "表单定义，JSON"},
                "documents": {**files, "description": "打印模板，HTML"},
            },
        }


def _file(file: FileStorage) -> File:
    return File(file.filename or file.name or "", file.read())
