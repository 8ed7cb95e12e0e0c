"""The types an author wrote, evaluated: also under `from __future__ import annotations`, also `X | Y` on 3.9."""

import inspect
import sys
import typing

UNKNOWN = typing.Any


def of_function(function):
    """(parameters without self, {name: type}, return type). What cannot be evaluated counts as unknown."""
    function = inspect.unwrap(function)
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    scope = getattr(function, "__globals__", {})
    types = {p.name: evaluate(p.annotation, scope) for p in parameters}
    return parameters, types, evaluate(signature.return_annotation, scope, empty=None)


def of_class(cls):
    """{field: type} of a dataclass or TypedDict, inherited fields included."""
    # A TypedDict has only dict among its bases, and its own table holds what it inherits.
    types = {}
    for base in reversed(cls.__mro__):
        scope = vars(sys.modules[base.__module__]) if base.__module__ in sys.modules else {}
        for name, annotation in base.__dict__.get("__annotations__", {}).items():
            types[name] = evaluate(annotation, scope)
    return types


def evaluate(annotation, scope, empty=UNKNOWN):
    """The type an annotation means; `empty` for none at all, unknown for one that fails to evaluate."""
    if annotation is inspect.Parameter.empty:
        return empty
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    # A name that only exists for type checkers must not stop a capability that works.
    try:
        return eval(annotation, scope)
    except TypeError:
        return _evaluate_with_unions(annotation, scope)
    except Exception:
        return UNKNOWN


def _evaluate_with_unions(annotation, scope):
    try:
        return eval(_unions_spelled_out(annotation), {"__union__": typing.Union, **scope})
    except Exception:
        return UNKNOWN


def _unions_spelled_out(annotation):
    """`int | None` as `Union[int, None]`: before 3.10 a type has no `|`."""
    import ast

    class Rewrite(ast.NodeTransformer):
        def visit_BinOp(self, node):
            self.generic_visit(node)
            if not isinstance(node.op, ast.BitOr):
                return node
            pair = ast.Tuple(elts=[node.left, node.right], ctx=ast.Load())
            return ast.Subscript(value=ast.Name(id="__union__", ctx=ast.Load()), slice=pair, ctx=ast.Load())

    tree = ast.fix_missing_locations(Rewrite().visit(ast.parse(annotation, mode="eval")))
    return compile(tree, "<annotation>", "eval")
