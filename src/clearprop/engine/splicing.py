"""Functions put in the place of their calls, in the text of a program, before Numba sees it.

Numba would do the same (`inline="always"`), and spend a fifth of its time on it.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping
from copy import deepcopy

MARK = "spliced"


def with_calls_spliced(text: str) -> str:
    """Return a program in which what functions marked `@spliced` do stands where they are called.

    A function of one expression may be called anywhere. Another is called as a statement, or where
    its result gets a name or is returned; it returns at its end alone.

    >>> print(with_calls_spliced('''
    ... @spliced
    ... def add(x, total):
    ...     for i in range(len(x)):
    ...         total += x[i]
    ...     return total
    ...
    ... def mean(x, y, i):
    ...     total = add(x[i], 0.0)
    ...     return total / len(x)
    ... '''))
    def mean(x, y, i):
        x_2 = x[i]
        total_2 = 0.0
        for i_2 in range(len(x_2)):
            total_2 += x_2[i_2]
        total = total_2
        return total / len(x)
    """
    module = ast.parse(text)
    marked = {node.name: node for node in functions_in(module) if is_marked(node)}
    if not marked:
        return text
    for function in marked.values():
        check(function)
    module.body = [node for node in module.body if node not in marked.values()]
    taken = {*module_names(module), *vars(builtins)}
    for node in functions_in(module):
        Caller(node, marked, taken).visit(node)
    return ast.unparse(ast.fix_missing_locations(module))


class Caller(ast.NodeTransformer):
    """Puts functions in the place of their calls within another, whose names they leave alone."""

    def __init__(
        self, caller: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef], taken: set[str]
    ) -> None:
        self.functions, self.open = functions, list[str]()
        self.taken = taken | names_in(caller)
        self.own = stored_in(caller) | {argument.arg for argument in caller.args.args}

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """Replace a call that is a statement."""
        call = self.spliced_call(node.value)
        return self.generic_visit(node) if call is None else self.spliced(call)[0]

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """Replace a call whose result gets a name."""
        call = self.spliced_call(node.value)
        if call is None:
            return self.generic_visit(node)
        statements, result = self.spliced(call)
        return [*statements, ast.Assign(node.targets, result)]

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        """Replace a call whose result is returned."""
        call = self.spliced_call(node.value)
        if call is None:
            return self.generic_visit(node)
        statements, result = self.spliced(call)
        return [*statements, ast.Return(result)]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a call within an expression."""
        if self.spliced_call(node) is None:
            return self.generic_visit(node)
        statements, result = self.spliced(node)
        if statements:
            raise ValueError(f"not a function of one expression: {ast.unparse(node)}")
        return result

    def spliced_call(self, node: ast.AST | None) -> ast.Call | None:
        """Return a node where it is a call to be replaced."""
        match node:
            case ast.Call(ast.Name(name)) if name in self.functions:
                return node
        return None

    def spliced(self, call: ast.Call) -> tuple[list[ast.stmt], ast.expr]:
        """Return the statements that take a call's place, and its result."""
        assert isinstance(call.func, ast.Name)
        function = self.functions[call.func.id]
        self.check(call, function)
        statements, result = parts_of(function)
        parameters = [argument.arg for argument in function.args.args]
        changed = stored_in(function)
        given, before = dict[str, ast.expr](), list[ast.stmt]()
        for parameter, argument in zip(parameters, call.args, strict=True):
            value = self.visit(argument)
            simple = isinstance(value, ast.Name | ast.Constant) and parameter not in changed
            if simple or not statements:
                given[parameter] = value
            else:
                given[parameter] = self.new_name(parameter)
                before.append(ast.Assign([stored(given[parameter])], value))
        for name in sorted(changed.difference(parameters)):
            given[name] = self.new_name(name)
        renamed = Renamed(given)
        body = [renamed.visit(deepcopy(statement)) for statement in statements]
        self.open.append(function.name)
        found = before + self.each(body), self.visit(renamed.visit(deepcopy(result)))
        self.open.pop()
        return found

    def check(self, call: ast.Call, function: ast.FunctionDef) -> None:
        """Raise ValueError where a call cannot be replaced by what the function does."""
        words = ast.unparse(call)
        if function.name in self.open:
            raise ValueError(f"it calls itself: {words}")
        if call.keywords or len(call.args) != len(function.args.args):
            raise ValueError(f"not its arguments, one by one: {words}")
        inner = stored_in(function) | {argument.arg for argument in function.args.args}
        if hidden := (names_in(function) - inner) & self.own:
            raise ValueError(f"the caller has a {hidden.pop()} of its own: {words}")

    def each(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Replace the calls in some statements."""
        found = list[ast.stmt]()
        for statement in statements:
            replaced = self.visit(statement)
            found += replaced if isinstance(replaced, list) else [replaced]
        return found

    def new_name(self, name: str) -> ast.Name:
        """Return a name like this one that nothing in the caller has."""
        tried, number = name, 1
        while tried in self.taken:
            number += 1
            tried = f"{name}_{number}"
        self.taken.add(tried)
        return ast.Name(tried, ast.Load())


class Renamed(ast.NodeTransformer):
    """Puts what is given in the place of names."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return what stands for a name."""
        found = self.given.get(node.id, node)
        return stored(found) if isinstance(node.ctx, ast.Store) else deepcopy(found)


def check(function: ast.FunctionDef) -> None:
    """Raise ValueError where a function returns before its end: its caller would."""
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    if any(node is not function.body[-1] for node in returns):
        raise ValueError(f"{function.name} returns before its end")


def parts_of(function: ast.FunctionDef) -> tuple[list[ast.stmt], ast.expr]:
    """Return a function's statements without its docstring, and what it returns at the end."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    match statements:
        case [*before, ast.Return(ast.expr() as result)]:
            return before, result
    return statements, ast.Constant(None)


def stored(name: ast.expr) -> ast.expr:
    """Return a name as the target of an assignment."""
    assert isinstance(name, ast.Name)
    return ast.Name(name.id, ast.Store())


def functions_in(module: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions of a module."""
    return [node for node in module.body if isinstance(node, ast.FunctionDef)]


def is_marked(function: ast.FunctionDef) -> bool:
    """Return whether a function takes the place of its calls."""
    match function.decorator_list:
        case [ast.Name(mark)]:
            return mark == MARK
    return False


def names_in(node: ast.AST) -> set[str]:
    """Return the names that occur in a node, those of parameters among them."""
    names = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
    return names | {found.arg for found in ast.walk(node) if isinstance(found, ast.arg)}


def stored_in(function: ast.FunctionDef) -> set[str]:
    """Return the names that a function gives values to."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def module_names(module: ast.Module) -> Iterator[str]:
    """Yield what a module's functions may call and read by name."""
    for node in module.body:
        match node:
            case ast.Import(names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name for alias in names)
            case ast.FunctionDef(name):
                yield name
            case ast.Assign():
                yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
