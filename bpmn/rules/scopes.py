"""What begins and what ends: the main process, called processes, subprocesses, starts and ends."""

from collections.abc import Iterator

from bpmn import xml
from bpmn.rules.findings import found
from bpmn.rules.model import Model, Node, Scope
from bpmn.types import Finding


def check(model: Model) -> Iterator[Finding]:
    yield from _calls(model)
    for scope in model.scopes:
        if not scope.of("endEvent"):
            remedy = "请在每条路的末端画一个结束事件。"
            where = "子流程" if scope.parent else "流程"
            yield found("end-missing", scope.element, f"{where}没有结束事件。", remedy)
        yield from _starts(model, scope)


def _starts(model: Model, scope: Scope) -> Iterator[Finding]:
    starts = scope.of("startEvent")
    plain = [start for start in starts if not start.definitions]
    if model.is_main(scope):
        if not starts:
            remedy = "请画一个开始事件。"
            yield found("start-missing", scope.element, "流程没有开始事件。", remedy)
        yield from _same_messages(starts)
        if len(plain) > 1:
            message = f"流程有 {len(plain)} 个开始事件没有触发条件。"
            remedy = "请只留一个,其余改为定时或消息开始事件。"
            yield found("start-twice", scope.element, message, remedy)
        return
    where = "子流程" if scope.parent else "被调用的流程"
    if len(starts) != 1:
        code = "start-twice" if starts else "start-missing"
        message = f"{where}有 {len(starts)} 个开始事件。"
        yield found(code, scope.element, message, "请画且只画一个。")
    for start in starts:
        if "form" in start.properties:
            message = f"{where}的开始事件不能有表单。"
            remedy = "请在它之后画一个用户任务,把 form 写在用户任务上。"
            yield found("inner-form", start.element, message, remedy)


def _same_messages(starts: list[Node]) -> Iterator[Finding]:
    seen: set[str] = set()
    for start in starts:
        if start.trigger == "message" and start.name in seen:
            message = "两个开始事件等同一个消息。"
            yield found("start-same-message", start.element, message, "请只留一个,其后用网关分开。")
        seen.add(start.name)


def _calls(model: Model) -> Iterator[Finding]:
    if not model.processes:
        yield found("process-count", model.root, "文件中没有流程。", "请画一个流程。")
    main = model.mains
    if len(main) > 1:
        message = f"文件中有 {len(main)} 个流程没有被调用,不知道从哪一个开始。"
        remedy = "请只留一个主流程,其他的由调用活动调用,或拆成几个文件。"
        yield found("process-count", model.root, message, remedy)
    for scope in main:
        if scope.element.get("isExecutable") in ("false", "0"):
            remedy = "请把 isExecutable 改为 true。"
            yield found("main-not-executable", scope.element, "主流程标为不可执行。", remedy)
    for call in model.of("callActivity"):
        name = xml.local(call.element.get("calledElement"))
        process = model.called(call)
        if not name:
            message = "没有写明调用哪个流程。"
            remedy = "请在 calledElement 中写同一文件中流程的 id。"
            yield found("call-unknown", call.element, message, remedy)
        elif process is None:
            message = f"这个文件中没有流程 {name}。"
            yield found("call-unknown", call.element, message, "请把被调用的流程画在同一个文件中。")
        elif _leads_to(model, process, call.scope.process):
            message = f"流程 {name} 又会调用到自己。"
            remedy = "请用排他网关画出循环,不要循环调用。"
            yield found("call-recursion", call.element, message, remedy)


def _leads_to(model: Model, start: Scope, wanted: Scope) -> bool:
    """Tell whether a process calls the wanted one, directly or through others."""
    seen: set[Scope] = set()
    todo = [start]
    while todo:
        process = todo.pop()
        if process is wanted:
            return True
        if process not in seen:
            seen.add(process)
            todo += [called for call in model.calls[process] if (called := model.called(call))]
    return False
