"""Which variables a template uses, where, and which of them it cannot do without."""

from dataclasses import dataclass

from jinja2 import nodes

from prospecting.content.allowed import Source, beginning, canonical, path_of


@dataclass(frozen=True)
class Use:
    """One variable in a template: its canonical path, its place, and whether the letter fails where it is missing."""

    path: str
    line: int
    column: int
    needed: bool


def uses(tree: nodes.Template, source: Source) -> list[Use]:
    """Every variable of the checked `tree` in order of appearance; guarded ones (if, or, default) are not needed."""
    found: list[Use] = []

    def note(node: nodes.Node | None, sure: frozenset[str], *, printed: bool) -> None:
        if node is None:
            return
        path = canonical(names) if (names := path_of(node)) else None
        if path:
            found.append(Use(path, *source.place(beginning(node)), needed=printed and path not in sure))
            return
        match node:
            case nodes.Filter(name="default" | "d"):
                note(node.node, sure, printed=False)
                for argument in node.args:
                    note(argument, sure, printed=printed)
            case nodes.Test():
                note(node.node, sure, printed=False)
            case nodes.Or():
                note(node.left, sure, printed=False)
                note(node.right, sure, printed=printed)
            case nodes.And():
                note(node.left, sure, printed=printed)
                note(node.right, sure | held(node.left), printed=printed)
            case nodes.CondExpr():
                note(node.test, sure, printed=False)
                note(node.expr1, sure | held(node.test), printed=printed)
                note(node.expr2, sure | held(nodes.Not(node.test)), printed=printed)
            case nodes.If():
                note(node.test, sure, printed=False)
                block(node.body, sure | held(node.test))
                rest = sure | held(nodes.Not(node.test))
                for each in node.elif_:
                    note(each.test, rest, printed=False)
                    block(each.body, rest | held(each.test))
                block(node.else_, rest)
            case nodes.For():
                note(node.iter, sure, printed=False)
                note(node.test, sure, printed=False)
                block(node.body, sure)
                block(node.else_, sure)
            case _:
                for child in node.iter_child_nodes():
                    note(child, sure, printed=printed)

    def block(body: list[nodes.Node], sure: frozenset[str]) -> None:
        for node in body:
            note(node, sure, printed=True)

    block(tree.body, frozenset())
    return found


def held(test: nodes.Node) -> frozenset[str]:
    """The variables that certainly have a value where `test` is true."""
    names = path_of(test)
    if names:
        path = canonical(names)
        return frozenset({path}) if path else frozenset()
    match test:
        case nodes.Test(name="defined"):
            return held(test.node)
        case nodes.And():
            return held(test.left) | held(test.right)
        case nodes.Not(node=nodes.Not() as inner):
            return held(inner.node)
        case nodes.Not(node=nodes.Test(name="undefined") as inner):
            return held(inner.node)
        case nodes.Compare(ops=[nodes.Operand(op="eq", expr=nodes.Const(value=value))]) if value:
            return held(test.expr)
    return frozenset()
