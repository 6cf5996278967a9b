#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""micrograd in one file, after Andrej Karpathy (2020): backpropagation, and neural networks.

    a = Value(2.0)
    b = Value(-3.0)
    out = a * b + b**2
    out.backward()
    print(out.data, a.grad, b.grad)  # 3.0 -3.0 -4.0

What b.grad says: if b grows by a small step h, out changes by about -4 * h. Two ways lead from b
to out. Through a * b, the change is a * h, which is 2 * h. Through b**2, it is about 2 * b * h,
which is -6 * h. Together they make -4 * h. Backpropagation finds such a number for every Value.

    node        a Value; those that it was computed from are its inputs
    leaf        a node without inputs: a number that was given, such as a weight of a network
    graph       the output, its inputs, their inputs, and so on; it ends at the leaves
    gradient    of a node: the derivative of the output with respect to that node
    partial     the derivative of a node with respect to one of its own inputs
    chain rule  a node adds (its gradient) * (partial) to the gradient of each of its inputs. In
                school: the derivative of f(g(x)) is f'(g(x)) * g'(x). Here f' is the gradient that
                has arrived at g, and g' is the partial of g with respect to x

The field calls computing the output the forward pass, finding the gradients the backward pass, and
both together reverse-mode automatic differentiation, or autograd.

Part 1: backpropagation, and what is built on it: networks and their training.
Part 2: the gradient as a graph, for derivatives of derivatives; as a program; and in C.
Part 3: pictures of graphs and of training.
Part 4: files, and the command line: `python micrograd.py` trains a network.
"""

from __future__ import annotations

import argparse
import array
import ast
import builtins
import collections
import contextlib
import ctypes
import functools
import html
import itertools
import json
import keyword
import linecache
import math
import numbers
import operator
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import weakref
from typing import Any, Callable, Iterable, Iterator, NamedTuple, NoReturn, Sequence, Tuple, Union

__all__ = ["Value", "topological_order", "unary", "binary", "dot", "gradcheck", "gradients"]
__all__ += ["exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "logaddexp", "softplus"]
__all__ += ["Module", "Neuron", "Layer", "MLP", "Optimizer", "SGD", "Adam", "train", "accuracy"]
__all__ += ["hinge_loss", "mse_loss", "binary_cross_entropy_with_logits", "cross_entropy"]
__all__ += ["make_moons", "trace", "Program", "SVG", "draw_dot", "draw_svg", "draw_curve"]
__all__ += ["draw_training", "draw_boundary", "save", "load"]

# ==================================================================================================
# Part 1: backpropagation
# All of backpropagation is in Value, topological_order, and the table of operations that begins
# with add. What lies between makes that table short, and raises errors. The other sections use it,
# to check derivatives and to train a network. If you know micrograd, read the table, and go on.
# ==================================================================================================

# --- Values and their gradients -------------------------------------------------------------------


class Value:
    """A number that remembers how it was computed.

    A leaf is made from a number, Value(2.0) or Value(2.0, "a"). Other nodes come from computing
    with Values: a * b. Written by hand, a * b is

        Value(a.data * b.data, "", (a, b), "*", (b.data, a.data))

    The last argument holds the partials: if a grows by h, the product grows by b.data * h, so its
    partial with respect to a is b.data, and with respect to b it is a.data.

    data       the number, a float; a < b compares these, a == b asks if both are the same node
    grad       the gradient: after out.backward(), the derivative of out with respect to this
    label      a name for people, "" if there is none
    _prev      the inputs, in order: a * a has (a, a)
    _op        the name of what computed it; "" for a leaf, "constant" for the 10 in 10 / a
    _partials  the partials with respect to the inputs, in the same order
    """

    # A node takes less memory if it can have no other attributes.
    __slots__ = ("data", "grad", "label", "_prev", "_op", "_partials")

    def __init__(
        self, data: float, label: str = "", inputs: Nodes = (), op: str = "", partials: Numbers = ()
    ) -> None:
        self.data: float = data if type(data) is float else number(data)
        self.grad = 0.0
        self.label = label
        self._prev = inputs
        self._op = op
        self._partials = partials
        is_tuple = type(partials) is tuple
        if not isinstance(label, str) or not is_tuple or len(partials) != len(inputs):
            by_hand = 'Value(a.data * b.data, "", (a, b), "*", (b.data, a.data))'
            got = f"{label=}, {inputs=}, {partials=}"
            raise TypeError(
                f"expected a text as label, and a partial for each input: {by_hand}; got {got}"
            )

    def __add__(self, other: Scalar) -> Value:
        return add(self, other)

    def __sub__(self, other: Scalar) -> Value:
        return sub(self, other)

    def __mul__(self, other: Scalar) -> Value:
        return mul(self, other)

    def __truediv__(self, other: Scalar) -> Value:
        return div(self, other)

    def __pow__(self, other: Scalar) -> Value:
        return power(self, other)

    # With a number on the left, as in 10 / a, Python calls these: self is a, and other is 10. (For
    # + and *, the order does not matter: 10 + a is computed as a + 10.)
    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Value:
        return sub(other, self)

    def __rtruediv__(self, other: float) -> Value:
        return div(other, self)

    def __rpow__(self, other: float) -> Value:
        return power(other, self)

    def __neg__(self) -> Value:
        return neg(self)

    def __abs__(self) -> Value:
        return absolute(self)

    def exp(self) -> Value:
        return exp(self)

    def log(self) -> Value:
        return log(self)

    def sqrt(self) -> Value:
        return sqrt(self)

    def sin(self) -> Value:
        return sin(self)

    def cos(self) -> Value:
        return cos(self)

    def tanh(self) -> Value:
        return tanh(self)

    def sigmoid(self) -> Value:
        return sigmoid(self)

    def relu(self) -> Value:
        return relu(self)

    def __lt__(self, other: Scalar) -> bool:
        return self.data < as_value(other).data

    def __le__(self, other: Scalar) -> bool:
        return self.data <= as_value(other).data

    def __gt__(self, other: Scalar) -> bool:
        return self.data > as_value(other).data

    def __ge__(self, other: Scalar) -> bool:
        return self.data >= as_value(other).data

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def _backward(self) -> None:
        """Apply the chain rule here:

            for v, partial in zip(self._prev, self._partials):
                v.grad += self.grad * partial

        If the output changes grad times as much as this node, and this node changes partial times
        as much as its input, then the output changes grad * partial times as much as the input.
        The input may act on the output in other ways, too. Their effects add up: hence +=.
        """
        grad, i = self.grad, 0
        for partial in self._partials:  # a count beside it takes less time than zip()
            self._prev[i].grad += grad * partial
            i += 1  # noqa: SIM113

    def backward(self) -> None:
        """Find the gradient of every node in the graph of this one, the output.

        Computed nodes start anew at 0. Leaves keep adding, so that the gradients of several outputs
        can be summed up: set their grad to 0 (or None) before a new step of training.

        To change each leaf a little, and see what becomes of the output, would take a computation
        for each leaf. Backwards, one walk through the graph finds all gradients.
        """
        order = topological_order(self)
        for v in order:
            if v._prev or v.grad is None:
                v.grad = 0.0
        self.grad += 1.0  # the output changes exactly as much as itself; and it may be a leaf
        for v in reversed(order):
            if v.grad:  # 0 has nothing to pass on
                v._backward()


def topological_order(*roots: Value) -> list[Value]:
    """Return all nodes of the graphs of roots, each once and after its inputs.

    Read backwards, each node comes after all that use it. In c + c * c, for example, c is used
    three times, and must receive all three parts of its grad before it passes anything on. This
    function would do:

        def visit(v):
            if v not in seen:
                seen.add(v)
                for u in v._prev:
                    visit(u)
                order.append(v)

    But Python allows only about 1000 calls inside each other, and a sum of 1000 numbers is deeper.
    The code below does the same. In waiting, each pair is a call that has not ended: its node, and
    the inputs that it still has to visit.
    """
    order: list[Any] = []
    seen: set[Value] = set()
    waiting: list[tuple[Value | None, Iterator[Value]]] = [(None, iter(roots))]
    while waiting:
        v, inputs = waiting[-1]
        for u in inputs:
            if u not in seen:
                seen.add(u)
                waiting.append((u, iter(u._prev)))
                break
        else:  # no input is left
            order.append(v)
            waiting.pop()
    return order[:-1]  # the last was no node, but the None that held the roots


# --- Operations: each states its value and its partials, once -------------------------------------

Scalar = Union[Value, float]
Values = Union[Scalar, Iterable[Scalar]]
Nodes = Tuple[Value, ...]
Numbers = Tuple[float, ...]
Parameters = Iterable[Value]
Formula = Callable[..., Any]  # such as lambda a, b: a * b
Function = Callable[..., Value]  # of Values; of numbers it may be a number


class Operation(str):
    """The name of an operation; it also keeps what Part 2 needs, and nothing before does."""

    partials: Callable[..., tuple[Any, ...]]
    text: str | None = None


def unary(op: str, value: Formula, partial: Formula, text: str | None = None) -> Function:
    """Return an operation as a function: given a Value, it returns one; given a number, a number.

        square = unary("square", lambda a: a * a, lambda a, y: 2.0 * a)

    value(a) is the result y for a number a, and partial(a, y) the derivative there; gradcheck()
    tells whether it is right. For Values, and without mistakes, this function would do:

        def function(a):
            y = value(a.data)
            return Value(y, "", (a,), op, (partial(a.data, y),))

    Programs, in Part 2, also need value as text, such as "a * a", unless op is the name of a
    function of math.
    """
    operation = Operation(op)
    operation.text = text
    operation.partials = lambda a, y: (partial(a, y),)

    def function(a: Any) -> Any:
        try:
            if not isinstance(a, Value):
                return value(number(a))
            # Somebody may have set a.data = 5: then it is 5.0 here.
            data = a.data if type(a.data) is float else number(a.data)
            y = value(data)
            return Value(y, "", (a,), operation, (partial(data, y),))
        except (ArithmeticError, TypeError, ValueError) as error:
            return failed(operation, (a,), error)

    function.__name__ = function.__qualname__ = op
    vars(function)["operation"] = operation
    return function


def binary(op: str, value: Formula, partials: Formula, text: str | None = None) -> Function:
    """Return an operation of two inputs as a function; given two numbers, it returns a number.

        mul = binary("*", lambda a, b: a * b, lambda a, b, y: (b, a))

    partials(a, b, y) are the derivatives with respect to a, and to b: that of a * b with respect to
    a is b. A number beside a Value becomes a leaf named "constant".
    """
    operation = Operation(op)
    operation.text = text
    operation.partials = partials

    def function(a: Any, b: Any) -> Any:
        try:
            if not isinstance(b, Value):
                if not isinstance(a, Value):
                    return value(number(a), number(b))
                b = Value(b, "", (), "constant")
            elif not isinstance(a, Value):
                a = Value(a, "", (), "constant")
            a_data, b_data = a.data, b.data
            if type(a_data) is not float or type(b_data) is not float:
                a_data, b_data = number(a_data), number(b_data)
            y = value(a_data, b_data)
            return Value(y, "", (a, b), operation, partials(a_data, b_data, y))
        except (ArithmeticError, TypeError, ValueError) as error:
            return failed(operation, (a, b), error)

    function.__name__ = function.__qualname__ = op
    vars(function)["operation"] = operation
    return function


def failed(operation: Operation, inputs: Sequence[Any], error: Exception) -> Any:
    """Raise error again, an arithmetic one with the operation and its numbers.

    For numbers that are unknown in trace() (Part 2), return a node instead, and for an operand that
    is no number NotImplemented.
    """
    if not isinstance(error, TypeError):
        data = ", ".join(str(v.data if isinstance(v, Value) else v) for v in inputs)
        raise type(error)(f"{operation} of {data}: {error}") from None
    if all(isinstance(v, Value) for v in inputs):
        for v in inputs:
            if isinstance(v.data, Unknown):
                return v.data.node(operation, inputs)
    elif operation in ("+", "-", "*", "/", "**") and not isinstance(inputs[-1], Unknown):
        return NotImplemented  # Python then asks the other operand
    raise error


def number(x: Any) -> float:
    """Return the real number x, which may be NumPy's, as a float; TypeError for anything else."""
    if type(x) is float or type(x) is int:  # most are: a short cut
        return float(x)
    is_complex = isinstance(x, numbers.Complex) and not isinstance(x, numbers.Real)
    if is_complex or hasattr(x, "__len__") or not hasattr(x, "__float__"):
        raise TypeError(f"expected a real number, got {type(x).__name__}")
    return float(x)


# Here a and b are the inputs, and y is the result: the derivative of exp(a) is exp(a), which is y.
# Partials call the functions of this page, which take numbers, and in Part 2 also Values.

add = binary("+", lambda a, b: a + b, lambda a, b, y: (1.0, 1.0))
sub = binary("-", lambda a, b: a - b, lambda a, b, y: (1.0, -1.0))
mul = binary("*", lambda a, b: a * b, lambda a, b, y: (b, a))
div = binary("/", lambda a, b: a / b, lambda a, b, y: (1.0 / b, -y / b))
neg = unary("neg", lambda a: -a, lambda a, y: -1.0)

exp = unary("exp", math.exp, lambda a, y: y)
log = unary("log", math.log, lambda a, y: 1.0 / a)
sqrt = unary("sqrt", math.sqrt, lambda a, y: 0.5 / y)
sin = unary("sin", math.sin, lambda a, y: cos(a))
cos: Function = unary("cos", math.cos, lambda a, y: -sin(a))
tanh = unary("tanh", math.tanh, lambda a, y: 1.0 - y * y)

# relu and abs have a kink at 0; their partial there is 0. step tells on which side of it a is.
step = unary("step", lambda a: 0.0 if a <= 0.0 else 1.0, lambda a, y: 0.0)
relu = unary("relu", lambda a: 0.0 if a <= 0.0 else a, lambda a, y: step(a))
absolute = unary("abs", abs, lambda a, y: step(a) - step(-a))

# The textbook has 1 / (1 + exp(-a)) and log(exp(a) + exp(b)), where exp can overflow. What follows
# computes the same, but no exp overflows; and sigmoid(-a) is 1 - y, but exact where y is near 1.
sigmoid: Function = unary(
    "sigmoid",
    lambda a: math.exp(min(a, 0.0)) / (1.0 + math.exp(-abs(a))),
    lambda a, y: y * sigmoid(-a),
)
logaddexp = binary(
    "logaddexp",
    lambda a, b: max(a, b) + math.log1p(math.exp(-abs(a - b) if a != b else 0.0)),  # also for inf
    lambda a, b, y: (exp(a - y), exp(b - y)),
)

# a ** b for a Value b. The second partial needs log(a), so a must be above 0.
power_of_values = binary("**", math.pow, lambda a, b, y: (b * a ** (b - 1.0), y * log(a)))


@functools.lru_cache(maxsize=256)
def power_of(n: float) -> Function:
    """Return the operation a ** n, which is named "**2" for 2.0; each n has one of its own."""
    name = f"**{int(n) if n.is_integer() else n}"
    # The general partial is an error for 0 at a = 0, and longer for the others.
    simple = {0.0: lambda a, y: 0.0, 1.0: lambda a, y: 1.0, 2.0: lambda a, y: 2.0 * a}
    partial = simple.get(n, lambda a, y: n * a ** (n - 1.0))
    if n.is_integer():
        return unary(name, lambda a: a**n, partial, f"a ** {n!r}")
    return unary(name, lambda a: math.pow(a, n), partial, f"pow(a, {n!r})")


def power(a: Any, b: Any) -> Value:
    if hasattr(b, "__float__") and not hasattr(b, "__len__"):
        return power_of(number(b) + 0.0)(a)  # which makes 0.0 of -0.0
    return power_of_values(a, b)


def dot(weights: Values, inputs: Values, bias: Scalar = 0.0) -> Value:
    """Return bias + weights[0] * inputs[0] + weights[1] * inputs[1] + ... as a single node."""
    w, x, b = as_values(weights), as_values(inputs), as_value(bias)
    if len(w) != len(x):
        raise ValueError(f"expected as many inputs as weights, {len(w)}, got {len(x)}")
    try:
        w_data = [v.data if type(v.data) is float else number(v.data) for v in w]
        x_data = [v.data if type(v.data) is float else number(v.data) for v in x]
        total = number(b.data)
        for wi, xi in zip(w_data, x_data):
            total += wi * xi
        return Value(total, "", (*w, *x, b), DOT, (*x_data, *w_data, 1.0))
    except TypeError as error:
        return failed(DOT, (*w, *x, b), error)  # type: ignore[no-any-return]


def dot_partials(*v: Any) -> tuple[Any, ...]:
    """Return the partials of a dot, for v = (w0, w1, x0, x1, bias, y): x0, x1, w0, w1, 1."""
    n = len(v) // 2 - 1
    return (*v[n : 2 * n], *v[:n], 1.0)


DOT = Operation("dot")
DOT.partials = dot_partials


def as_value(x: Scalar) -> Value:
    return x if isinstance(x, Value) else Value(x, "", (), "constant")


def as_values(xs: Values) -> list[Value]:
    return [x if isinstance(x, Value) else as_value(x) for x in listed(xs)]


def listed(xs: Any) -> list[Any]:
    """Return xs as a list; a Value or a number alone makes a list of one."""
    if type(xs) is list:  # most are, and the other question takes long
        return xs
    return list(xs) if isinstance(xs, Iterable) and not isinstance(xs, str) else [xs]


# --- Checking derivatives -------------------------------------------------------------------------
# Backpropagation is complete. What follows is built on it.


def gradcheck(
    f: Function, inputs: Values, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3
) -> bool:
    """Return True if gradients agree with (f(x + eps) - f(x - eps)) / (2 * eps); else RuntimeError.

    gradcheck(lambda a, b: a * b + b**2, [2.0, -3.0])
    """
    inputs = as_values(inputs)
    for i, (v, gradient) in enumerate(zip(inputs, gradients_found(as_value(f(*inputs)), inputs))):
        with kept([v]):
            v.data += eps
            above = f(*inputs).data
            v.data -= 2 * eps
            difference = (above - f(*inputs).data) / (2 * eps)
        if not abs(gradient - difference) <= atol + rtol * abs(difference):  # true of NaN, too
            found = f"backward() found {gradient}, central differences {difference}"
            raise RuntimeError(f"gradient for input {i} ({v.data}): {found}")
    return True


def gradients_found(out: Value, inputs: Sequence[Value]) -> list[float]:
    """Return the gradients that backward() finds for inputs, but leave every grad as it is."""
    with kept([*inputs, *topological_order(out)]):
        out.backward()
        return [v.grad for v in inputs]


@contextlib.contextmanager
def kept(values: Iterable[Value]) -> Iterator[None]:
    """Set grad of values to 0; at the end, whatever happens, give them data and grad back."""
    saved = [(v, v.data, v.grad) for v in values]
    for v, _, _ in saved:
        v.grad = 0.0
    try:
        yield
    finally:
        for v, data, grad in saved:
            v.data, v.grad = data, grad


# --- A network: Neuron, Layer, MLP ----------------------------------------------------------------


class Module:
    """Base class: a Module of your own has parameters(), a list of the Values to be trained."""

    def parameters(self) -> list[Value]:
        return []

    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0.0

    def named_parameters(self) -> dict[str, list[Any]]:
        """Return the parameters in lists (of lists), by name."""
        return {"parameters": list(self.parameters())}

    def state_dict(self) -> dict[str, list[Any]]:
        """Return the numbers of the parameters in lists (of lists), by name."""
        named = self.named_parameters()
        return {name: mapped(lambda v: number(v.data), named[name]) for name in named}

    def load_state_dict(self, state: dict[str, list[Any]]) -> None:
        """Set the parameters to what state_dict() gave; for a misfit, ValueError and no change."""
        named = self.named_parameters()
        if not isinstance(state, dict) or state.keys() != named.keys():
            raise ValueError(f"expected a dict of {', '.join(named)}, got {state!r:.99}")
        try:
            data = [x for name in named for x in numbers_like(named[name], state[name], name)]
        except (OverflowError, TypeError) as error:
            raise ValueError(f"expected lists of numbers: {error}") from None
        if not all(map(math.isfinite, data)):
            raise ValueError("expected finite numbers")
        for p, x in zip(flat([*named.values()]), data):
            p.data = x

    def __repr__(self) -> str:
        return type(self).__name__


class Neuron(Module):
    """nonlin(w[0] * x[0] + w[1] * x[1] + ... + b), for nin inputs x.

    nonlin, the activation, is "relu" (or True), "tanh", "sigmoid", or None (or False) for none.
    Weights come from rng.uniform(-1, 1), and b is 0.
    """

    activations = {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}

    def __init__(self, nin: int, nonlin: Any = True, rng: Any = random) -> None:
        self.nonlin = "relu" if nonlin is True else None if nonlin is False else nonlin
        if self.nonlin not in [*self.activations, None]:
            raise ValueError(f"nonlin must be 'relu', 'tanh', 'sigmoid' or None, got {nonlin!r}")
        self.w = [Value(rng.uniform(-1, 1), f"w{i}") for i in range(nin)]
        self.b = Value(0.0, "b")

    def __call__(self, x: Values) -> Value:
        out = dot(self.w, x, self.b)
        return self.activations[self.nonlin](out) if self.nonlin else out

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        name = {"relu": "ReLU", None: "Linear"}.get(self.nonlin) or str(self.nonlin).title()
        return f"{name}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that read the same nin inputs; it returns a list of outputs, or the only one."""

    def __init__(self, nin: int, nout: int, nonlin: Any = True, rng: Any = random) -> None:
        self.neurons = [Neuron(nin, nonlin, rng) for _ in range(nout)]

    def __call__(self, x: Values) -> Any:
        x = as_values(x)  # here, so that all neurons share the leaf of a number
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return list(dict.fromkeys(p for neuron in self.neurons for p in neuron.parameters()))

    def __repr__(self) -> str:
        return f"Layer of {self.neurons}"


class MLP(Module):
    """A multilayer perceptron, such as MLP(2, [16, 16, 1]): each layer reads the one before.

    The last has no activation: its outputs can be any number. The others need one, for two layers
    without are no better than one. nonlin can also be a list, with an activation for each layer.
    """

    def __init__(
        self, nin: int, nouts: Iterable[int], nonlin: Any = True, rng: Any = random
    ) -> None:
        if not isinstance(nouts, Iterable):
            raise TypeError(f"nouts must be a list of sizes, as in MLP(2, [4, 1]), got {nouts!r}")
        sizes = [nin, *nouts]
        n = len(sizes) - 1
        nonlins = nonlin if isinstance(nonlin, (list, tuple)) else [nonlin] * (n - 1) + [None]
        if not len(nonlins) == n > 0 or min(sizes) < 1:
            raise ValueError(
                f"expected layers of 1 or more, each with a nonlin, got {sizes}, {nonlin}"
            )
        self.layers = [Layer(*layer, rng) for layer in zip(sizes, sizes[1:], nonlins)]

    def __call__(self, x: Values, *more: object) -> Any:
        if more:
            raise TypeError(f"expected one list, as in model([1, 2]), got {(x, *more)}")
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        return list(dict.fromkeys(p for layer in self.layers for p in layer.parameters()))

    def named_parameters(self) -> dict[str, list[Any]]:
        """Return the parameters by the names that PyTorch gives to a list of Linear layers."""
        named: dict[str, list[Any]] = {}
        for i, layer in enumerate(self.layers):
            if isinstance(layer, Layer):
                named[f"layers.{i}.weight"] = [neuron.w for neuron in layer.neurons]
                named[f"layers.{i}.bias"] = [neuron.b for neuron in layer.neurons]
        is_all = {*flat([*named.values()])} == {*self.parameters()}  # not so in some derived class
        return named if is_all else super().named_parameters()

    def __repr__(self) -> str:
        return f"MLP of {self.layers}"


def mapped(f: Callable[[Any], Any], x: Any) -> Any:
    """Return x, or a list (of lists) for such a list, with f(y) in the place of each y in it."""
    return [mapped(f, y) for y in x] if isinstance(x, (list, tuple)) else f(x)


def flat(x: Any) -> list[Any]:
    """Return all that is in x, a list (of lists), as one list."""
    return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]


def numbers_like(like: Any, x: Any, where: str) -> list[float]:
    """Return the numbers in x as one list; ValueError unless its lists are as long as in like."""
    if isinstance(like, Value):
        return [number(x)]
    xs = listed(x)
    if len(xs) != len(like):
        raise ValueError(f"{where}: expected a list of {len(like)}, got {x!r:.99}")
    return [z for i, y in enumerate(xs) for z in numbers_like(like[i], y, f"{where}[{i}]")]


# --- Losses: how wrong outputs are, as a single Value ---------------------------------------------
# A score, or logit, is an output for two classes: its sign chooses one, and the larger it is, the
# surer the network. sigmoid(logit) is the probability of class 1. A good loss is -log of the
# probability of the right class: 0 where that is 1, and large where it is near 0.


def mse_loss(outputs: Values, targets: Values) -> Value:
    """Return the mean of (output - target) ** 2; ValueError unless as many targets as outputs."""
    return mean([(output - target) ** 2 for output, target in checked(as_values(outputs), targets)])


def hinge_loss(scores: Values, labels: Values) -> Value:
    """Return the mean of max(0, 1 - label * score); ValueError unless labels are -1 or 1."""
    pairs = checked(as_values(scores), labels, (-1, 1))
    return mean([relu(1.0 - label * score) for score, label in pairs])


def binary_cross_entropy_with_logits(logits: Values, labels: Values) -> Value:
    """Return the mean of -log(sigmoid(logit)) for labels 1, and -log(sigmoid(-logit)) for 0."""
    pairs = checked(as_values(logits), labels, (0, 1))
    return mean([softplus((1.0 - 2.0 * label) * logit) for logit, label in pairs])


def softplus(x: Scalar) -> Value:
    """Return log(1 + exp(x)), which is also -log(sigmoid(-x))."""
    return logaddexp(x, 0.0)


def cross_entropy(logits: Values, target: int | Sequence[Scalar]) -> Value:
    """Return -log(softmax(logits)[target]), for the logits of one sample and its class.

    softmax makes probabilities, which add up to 1: exp(logit) / (sum of all exp(logit)). If target
    is a list of probabilities, return the sum of -target[i] * log(softmax(logits)[i]).
    """
    logits = as_values(logits)
    log_sum = functools.reduce(logaddexp, logits)
    if isinstance(target, Iterable):
        return -dot(target, [logit - log_sum for logit in logits])
    k = operator.index(target)
    if not 0 <= k < len(logits):
        raise ValueError(f"target must be from 0 to {len(logits) - 1}, got {k}")
    return log_sum - logits[k]


def mean(values: list[Value]) -> Value:
    total = sum(values[1:], values[0])
    return total / len(values) if len(values) > 1 else total


def checked(outputs: list[Any], targets: Any, labels: Sequence[int] = ()) -> list[tuple[Any, Any]]:
    """Return each output with its target; ValueError unless known targets are among labels."""
    targets = [t if isinstance(t, Value) else number(t) for t in listed(targets)]
    if not len(outputs) == len(targets) > 0:
        got = f"{len(targets)} targets and {len(outputs)} outputs"
        raise ValueError(f"expected as many targets as outputs, and at least one, got {got}")
    for t in targets:
        if labels and not isinstance(t, Value) and t not in labels:
            raise ValueError(f"labels must be {labels[0]} or {labels[1]}, got {t:g}")
    return list(zip(outputs, targets))


# --- Optimizers: how to move the parameters, given their gradients --------------------------------


class Optimizer:
    """Base class: step() moves each parameter against its gradient; lr, the learning rate, how far.

    for step in range(100):
        loss = mse_loss([model(x) for x in X], y)
        optimizer.zero_grad()  # else this gradient would be added to the last
        loss.backward()
        optimizer.step()
    """

    def __init__(self, parameters: Parameters, lr: float, weight_decay: float) -> None:
        self.parameters = list(dict.fromkeys(parameters))
        self.lr = in_range("lr", lr)
        self.weight_decay = in_range("weight_decay", weight_decay)

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = 0.0


def in_range(name: str, x: float, low: float = 0.0, below: float = math.inf) -> float:
    if not low <= x < below:
        raise ValueError(f"{name} must be at least {low} and below {below}, got {x}")
    return number(x)


class SGD(Optimizer):
    """Gradient descent, data -= lr * grad, as torch.optim.SGD.

    weight_decay, an L2 penalty, adds weight_decay * data to grad. With momentum, part of the last
    step goes on: velocity = momentum * velocity + grad takes the place of grad.
    """

    def __init__(
        self, parameters: Parameters, lr: float, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum = in_range("momentum", momentum)
        self._velocity = [0.0] * len(self.parameters)

    def step(self) -> None:
        lr, momentum, decay = self.lr, self.momentum, self.weight_decay
        for i, p in enumerate(self.parameters):
            g = (p.grad or 0.0) + decay * p.data if decay else p.grad or 0.0
            if momentum:
                g = self._velocity[i] = momentum * self._velocity[i] + g
            p.data -= lr * g


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015, algorithm 1), with an L2 penalty, as torch.optim.Adam.

    data -= lr * m / (sqrt(v) + eps). m is a moving average of the gradient g, and v of g * g. Both
    start at 0; dividing by 1 - beta ** (number of steps) makes up for that.
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        beta1, beta2 = betas
        self.betas = in_range("betas", beta1, below=1.0), in_range("betas", beta2, below=1.0)
        self.eps = in_range("eps", eps, low=sys.float_info.min)  # so that it can be divided by
        self._t, self._m, self._v = 0, [0.0] * len(self.parameters), [0.0] * len(self.parameters)

    def step(self) -> None:
        self._t += 1
        lr, decay, eps, (beta1, beta2) = self.lr, self.weight_decay, self.eps, self.betas
        m_share, v_share = 1 - beta1**self._t, 1 - beta2**self._t
        for i, p in enumerate(self.parameters):
            g = (p.grad or 0.0) + decay * p.data
            m = self._m[i] = beta1 * self._m[i] + (1 - beta1) * g
            v = self._v[i] = beta2 * self._v[i] + (1 - beta2) * g * g
            p.data -= lr * (m / m_share) / (math.sqrt(v / v_share) + eps)


# --- Training on two moons ------------------------------------------------------------------------


def make_moons(
    n_samples: int = 100, *, shuffle: bool = True, noise: float = 0.0, random_state: Any = None
) -> tuple[list[list[float]], list[int]]:
    """Return points [x, y] on two interleaved half circles, and labels: 0 upper, 1 lower.

    As sklearn's. random_state is an int, a random.Random, or None for the random module.
    """
    if n_samples < 1 or noise and not 0 < noise < math.inf:
        raise ValueError(f"expected n_samples >= 1 and noise >= 0, got {n_samples} and {noise}")
    rng: Any = random if random_state is None else random_state
    if not hasattr(rng, "gauss"):
        rng = random.Random(operator.index(rng))
    points = []
    for label, n in enumerate((n_samples // 2, n_samples - n_samples // 2)):
        for t in [math.pi * i / max(1, n - 1) for i in range(n)]:
            x, y = math.cos(t), math.sin(t)
            points.append(([1 - x, 0.5 - y] if label else [x, y], label))
    if shuffle:
        rng.shuffle(points)
    if noise:
        points = [([x + rng.gauss(0, noise) for x in point], label) for point, label in points]
    return [point for point, _ in points], [label for _, label in points]


def train(
    model: Any,
    X: Iterable[Values],
    y: Iterable[float],
    steps: int = 100,
    lr: float = 1.0,
    alpha: float = 1e-4,
    callback: Callable[[int, float, float], object] | None = None,
    compile: bool = False,
) -> list[tuple[float, float]]:
    """Teach model to score points X above 0 where their label in y is 1, below where it is 0.

    This does what the loop in Optimizer does, but faster: its gradient is a program (Part 2), in C
    if compile is True.

    The loss is hinge_loss plus alpha times the sum of the squared parameters, whose gradient,
    2 * alpha * p, is SGD's weight_decay. The learning rate falls from lr towards lr / 10. Calls
    callback(step, loss, accuracy) after each step, and returns a list of all (loss, accuracy),
    which were measured before the parameters moved.
    """
    points, labels = labelled(X, y)
    examples = [(x, 2.0 * label - 1.0) for x, label in zip(points, labels)]  # for hinge_loss

    def f(x: list[Value], label: Value) -> tuple[Value, Value]:
        score = model(x)
        return hinge_loss(score, label) / len(examples), score

    program = trace(f, model.parameters(), examples[0])
    if compile:
        program.compile()
    rows = [program.row(example) for example in examples]
    alpha, lr = in_range("alpha", alpha), in_range("lr", lr)
    optimizer = SGD(program.parameters, lr, weight_decay=2 * alpha)
    history = []
    for step in range(steps):
        optimizer.zero_grad()
        losses, scores = zip(*program.run(rows))
        loss = sum(losses) + alpha * sum([p.data * p.data for p in program.parameters])
        history.append((loss, sum(map(is_right, scores, labels)) / len(rows)))
        optimizer.lr = lr * (1 - 0.9 * step / steps)
        optimizer.step()
        if callback:
            callback(step, *history[-1])
    return history


def accuracy(model: Callable[[Any], Any], X: Iterable[Values], y: Iterable[float]) -> float:
    """Return the share of points X with a score above 0 for label 1, or up to 0 for label 0."""
    points, labels = labelled(X, y)
    return sum(map(is_right, predict(model, points), labels)) / len(points)


def is_right(score: float, label: float) -> bool:
    return score > 0 if label else score <= 0


def labelled(X: Iterable[Values], y: Iterable[float]) -> tuple[list[list[float]], list[float]]:
    """Return points and labels as floats; ValueError unless each point has a label, 0 or 1."""
    points = [[number(x) for x in listed(point)] for point in X]
    return points, [label for _, label in checked(points, [number(label) for label in y], (0, 1))]


def predict(model: Callable[[Any], Any], X: list[list[float]]) -> list[float]:
    """Return the scores of the points X. Only a network is traced: it does the same for each."""
    if is_network(model):
        return trace(model, [], X[0]).batch(X)
    with kept(model.parameters if isinstance(model, Program) else []):
        return [as_value(model(x)).data for x in X]


def is_network(model: object) -> bool:
    """Tell whether model and its parts are of the classes above, and not of derived ones."""
    parts = getattr(model, "layers", getattr(model, "neurons", []))
    return type(model) in (MLP, Layer, Neuron) and all(map(is_network, parts))


# ==================================================================================================
# Part 2: the gradient as a graph, as a program, and in C
# It is for readers who want derivatives of derivatives, or speed. Backpropagation can be understood
# without it.
# ==================================================================================================

# --- The gradient as a graph ----------------------------------------------------------------------
# A partial of numbers is a number. The same formula of Values is a Value. So the chain rule can
# compute with Values, too. Then a gradient is the output of a graph, and has gradients itself.


def gradients(out: Value, inputs: Sequence[Value]) -> list[Value]:
    """Return the derivatives of out with respect to inputs, as Values.

        x = Value(2.0)
        [slope] = gradients(x**3, [x])  # 12.0, by 3 * x**2
        [bend] = gradients(slope, [x])  # 12.0, by 6 * x

    Their data equal what backward() would add to grad, unless data was changed since out was
    computed, or 0 and infinity meet, whose product may be NaN for one and 0 for the other. PyTorch
    calls this autograd.grad(out, inputs, create_graph=True). TypeError for partials that cannot
    take Values.
    """
    inputs = listed(inputs)
    found, _ = gradient_graph(out, inputs)
    return [as_value(found.get(v, 0.0)) for v in inputs]


def gradient_graph(out: Value, inputs: Iterable[Value]) -> tuple[dict[Value, Any], Value | None]:
    """Do what out.backward() does, with Values; return the gradients of nodes, and the gate.

    The gate is the input of a relu that is the only way from inputs to out, if there is one. Where
    its gradient is 0, so are those of inputs.
    """
    order, wanted = topological_order(out), set(inputs)
    between = set(wanted)  # the nodes that depend on inputs: only these need a gradient
    for v in order:
        if not between.isdisjoint(v._prev):
            between.add(v)
    found: dict[Value, Any] = {}
    terms: dict[Value, list[tuple[Any, Any]]] = {out: [(1.0, 1.0)]}  # of the gradients to come
    gate = None
    for v in reversed(order):
        if v in between and v in terms:
            found[v] = sum_of_products(terms.pop(v))
            for u, partial in zip(v._prev, partials_of(v) if v._prev else ()):
                if u in between and partial != 0.0:
                    terms.setdefault(u, []).append((found[v], partial))
            if v._op == "relu" and [*terms] == [*v._prev] and wanted.isdisjoint({*terms, *found}):
                gate = gate or v._prev[0]
    return found, gate


def sum_of_products(terms: list[tuple[Any, Any]]) -> Any:
    """Return the sum of gradient * partial, without a product where one is 1, -1 or a step."""
    gradient, partial = terms[0]
    if len(terms) > 1:
        return dot([gradient for gradient, _ in terms], [partial for _, partial in terms])
    if gradient != 1.0 and getattr(partial, "_op", "") is vars(step)["operation"]:
        return passed(partial._prev[0], gradient)
    if gradient == 1.0:
        return partial
    return gradient if partial == 1.0 else -gradient if partial == -1.0 else gradient * partial


# passed(a, b) is step(a) * b, without a product: what the input a of a relu gets of a gradient b.
passed = binary("passed", lambda a, b: 0.0 if a <= 0.0 else b, lambda a, b, y: (0.0, step(a)))


def partials_of(v: Value) -> tuple[Any, ...]:
    """Return the partials of v, as Values where they are not constant."""
    is_known, *inputs_known = [not isinstance(u.data, Unknown) for u in (v, *v._prev)]
    if is_known and not all(inputs_known):
        return v._partials  # v was computed before trace(), and keeps its number
    if not isinstance(v._op, Operation):
        raise TypeError(f"{v._op!r} was made by hand: make it by unary() or binary()")
    try:
        return v._op.partials(*v._prev, v)
    except TypeError as error:
        hint = "write them with functions of this file, cos(a) for math.cos(a)"
        raise TypeError(f"partials of {v._op} cannot take Values: {error}; {hint}") from None


# --- The gradient as a program --------------------------------------------------------------------
# trace() calls a function while the numbers of its inputs and parameters are unknown. So the graph
# that it makes is right for all numbers. A program has a line for each node of that graph, and of
# the graph of its gradients.


class Unknown:
    """The data of a Value while trace() calls f: it refuses to be looked at."""

    tracing = True

    def node(self, operation: Operation, inputs: Any) -> Value:
        """Return what operation makes of inputs: a node without a number or partials."""
        if not self.tracing:
            self.refuse()
        v = Value(0.0, "", inputs, operation, (0.0,) * len(inputs))
        v.data = v._partials = self  # type: ignore[assignment]
        return v

    def refuse(self, *_: object) -> NoReturn:
        raise TypeError(
            "trace() calls f while numbers are unknown: f cannot compare, print or round one, use "
            "math on it or call backward(); it can compute with Values, by relu(), exp() and so on"
            if self.tracing
            else "this Value is from a call of f by trace(), which did not know its number: what f "
            "keeps from one call to the next must be an input of f, and a result"
        )


LOOKS = """add sub mul truediv floordiv mod pow radd rsub rmul rtruediv rfloordiv rmod rpow neg pos
abs lt le gt ge eq ne hash bool int float complex index round trunc str format iter divmod rdivmod
copy deepcopy reduce_ex"""
for _name in LOOKS.split():
    setattr(Unknown, f"__{_name}__", Unknown.refuse)


def trace(f: Callable[..., Any], parameters: Iterable[Value], example: Any = ()) -> Program:
    """Return f and its gradient as a Program, which computes them without Values.

        program = trace(lambda x, y: (a * x - y) ** 2, [a], (1.0, 2.0))

    example shows what arguments f takes: a tuple holds several, anything else is the only one. An
    argument is a number or a list (of lists) of numbers; f gets Values in their place. It returns
    a Value, to be differentiated with respect to parameters, or a list or tuple with such a Value
    first. Other numbers and Values in f are constants.

    While f runs, no other thread may use the parameters, whose numbers are unknown, or the module
    random. TypeError if f looks at a number; RuntimeError if f changes one, or draws from random,
    or if the program does not find what f and backward() find for the example.
    """
    parameters, state, unknown = list(dict.fromkeys(parameters)), random.getstate(), Unknown()
    arguments = mapped(Value, example if isinstance(example, tuple) else [example])
    given = mapped(lambda v: Value(v.data), arguments)
    with kept(parameters):
        for v in (*parameters, *flat(given)):
            v.data = unknown
        try:
            program = Program(f(*mapped(as_value, given)), given, parameters)
            if any(v.data is not unknown for v in (*parameters, *flat(given))):
                raise RuntimeError("f changes data, which a program cannot")
        finally:
            unknown.tracing = False
    if random.getstate() != state:
        raise RuntimeError(
            "f draws from random, which a program cannot: make these numbers an input"
        )
    program._arguments = arguments
    program._example = arguments if isinstance(example, tuple) else arguments[0]
    results = [as_value(v) for v in listed(f(*mapped(lambda v: Value(v.data), arguments)))]
    expected = [v.data for v in results] + gradients_found(results[0], parameters)
    why = "does f draw random numbers, or change what it uses?"
    check(expected, program._found_by(program._loop), why)
    check(expected, program._found_by(lambda rows: [program._call(*rows[0])]), why)
    return program


def check(expected: list[float], found: list[float], why: str) -> None:
    """RuntimeError unless all numbers are equal."""
    if not all(map(math.isfinite, expected + found)):
        why = "some numbers are not finite"
    for x, y in itertools.zip_longest(expected, found):
        if x != y and (x == x or y == y):  # NaN is not equal to itself
            raise RuntimeError(f"expected {x}, but the program finds {y}: {why}")


# The operations of Part 1 that are no functions of math, in Python.
FORMULAS = {
    add: "a + b",
    sub: "a - b",
    mul: "a * b",
    div: "a / b",
    power_of_values: "pow(a, b)",
    neg: "-a",
    absolute: "abs(a)",
    step: "0.0 if a <= 0.0 else 1.0",
    relu: "0.0 if a <= 0.0 else a",
    sigmoid: "exp(min(a, 0.0)) / (1.0 + exp(-abs(a)))",
    passed: "0.0 if a <= 0.0 else b",
    logaddexp: "max(a, b) + log1p(exp(-abs(a - b) if a != b else 0.0))",
}
for _function, _formula in FORMULAS.items():
    vars(_function)["operation"].text = _formula
DOT.text = "dot"  # see written()


def formula_of(v: Value) -> str:
    """Return the operation of v in Python, in terms of a and b; TypeError if there is none."""
    op, text = v._op, getattr(v._op, "text", None)
    if not v._prev:
        raise TypeError("f puts an unknown number into a Value: compute with Values themselves")
    if not text and not hasattr(math, op):
        raise TypeError(f'{op!r} is not in math: give unary() or binary() a text, such as "a * a"')
    call = f"{op}({', '.join('ab'[: len(v._prev)])})"
    return text or (f"1.0 * {call}" if op in ("ceil", "floor", "trunc") else call)  # not an int


Line = Tuple[str, str, Sequence[str]]  # name = formula, with operands in the place of a and b

# What no variable can be called, in Python or in C. Other names of programs begin with "_".
C_WORDS = """auto case char const default do double enum extern fabs float fmax fmin goto grads int
inline long program register restrict results short signed sizeof static struct switch typedef union
unsigned void volatile math_errhandling HUGE_VAL HUGE_VALF HUGE_VALL INFINITY NAN"""
RESERVED = {*keyword.kwlist, *dir(builtins), *dir(math), *C_WORDS.split()}


def lines_of(
    nodes: list[Value], inputs: list[Value], parameters: list[Value], found: dict[Value, Any]
) -> tuple[list[Line], dict[Value, str]]:
    """Return the lines that compute nodes, and the names of all; that of a constant is its number.

    A label is a name, if it can be one and is used once. Else inputs are x0, x1, ..., parameters
    p0, p1, ..., nodes v0, v1, ..., and the gradient of v0 is dv0.
    """
    names = {v: repr(number(v.data)) for v in nodes if not isinstance(v.data, Unknown)}
    labels = collections.Counter(v.label for v in {*nodes, *inputs, *parameters})
    node_of = {g: v for v, g in reversed([*found.items()]) if g not in found}  # g is its gradient
    taken = set(RESERVED)

    def free_name(v: Value, name: str) -> str:
        if labels[v.label] == 1 and re.fullmatch(r"(?!FE_|FP_|MATH_)(?a:[A-Za-z]\w*)", v.label):
            name = v.label
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    names.update({v: free_name(v, f"x{i}") for i, v in enumerate(inputs)})
    names.update({v: free_name(v, f"p{i}") for i, v in enumerate(parameters)})
    taken |= {"x", "p"}  # in C, all inputs and all parameters
    lines: dict[Any, str] = {}
    for v in nodes:
        if v not in names:
            key = formula_of(v), tuple(names[u] for u in v._prev)
            if key not in lines:  # else it has been computed
                name = names.get(node_of.get(v, v), "")
                lines[key] = free_name(v, f"d{name}" if name.isidentifier() else f"v{len(lines)}")
            names[v] = lines[key]
    return [(name, *key) for key, name in lines.items()], names


def written(line: Line) -> str:
    """Return a line as text; a long sum in several, for no compiler takes endless expressions."""
    name, formula, operands = line
    if formula != "dot":
        places = {word: f"({x})" if x[0] == "-" else x for word, x in zip("ab", operands)}
        return f"{name} = " + re.sub(
            r"\b[ab]\b", lambda word: places.get(word[0], word[0]), formula
        )
    n = len(operands) // 2
    terms = [bias for bias in operands[2 * n :] if bias != "0.0"]
    for w, x in zip(operands[:n], operands[n:]):
        minus = w[1:] if w[0] == "-" else f"-{w}"
        terms.append({"1.0": w, "-1.0": minus}.get(x, x if w == "1.0" else f"{w} * {x}"))
    parts = [" + ".join(terms[i : i + 100]) for i in range(0, len(terms), 100)]
    return f"{name} = " + f"\n{name} = {name} + ".join(parts)


def block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, *lines]).replace("\n", "\n    ")


class Program:
    """A function and its gradient, as trace() found them; print(program) shows the text.

    program(...)         computes the function, and adds its gradients to grad of the parameters
    program.batch(rows)  does so for many rows of arguments
    program.compile()    has the C compiler make batch() faster
    program.source       a function of inputs and parameters in Python, which runs by itself; if
                         there are parameters, it returns the gradients, too
    program.c_source     a function in C99, and a loop over rows
    program.parameters   the parameters, each once

    Threads that run programs with the same parameters at once lose gradients.
    """

    _call: Callable[..., Any]
    _loop: Callable[[list[list[float]]], list[Any]]
    _arguments: list[Any]
    _example: Any  # of a row: all arguments, or the only one
    _native: Any = None  # the function batch() in C

    def __init__(self, result: Any, given: list[Any], parameters: list[Value]) -> None:
        self.parameters = parameters
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        if not results or not isinstance(results[0], Value):
            got = type(results[0] if results else result).__name__
            raise TypeError(f"f must return a Value, or a list or tuple with one first, got {got}")
        results, inputs = [as_value(v) for v in results], flat(given)
        found, gate = gradient_graph(results[0], parameters)
        derivatives = [as_value(found.get(p, 0.0)) for p in parameters]
        nodes = topological_order(*results, *derivatives)
        lines, names = lines_of(nodes, inputs, parameters, found)
        self._inputs, self._names, self._results, self._gradients = (
            [names[v] for v in values] for values in (inputs, parameters, results, derivatives)
        )
        self._out = ", ".join(self._results)
        if isinstance(result, (list, tuple)):
            self._out = f"[{self._out}]" if isinstance(result, list) else f"({self._out},)"
        # Where the gate is 0, so are all gradients: then nothing is left to do after first.
        self._gate = names.get(found[gate], "") if gate else ""
        known = {*self._results, self._gate}
        place = max((i for i, line in enumerate(lines, 1) if line[0] in known), default=0)
        self._first, self._rest = lines[:place], lines[place:]
        self._make_functions()

    def __call__(self, *arguments: Any) -> Any:
        """Return f(*arguments) in floats, and add its gradients to grad of the parameters.

        TypeError or ValueError unless arguments are such as in the example of trace().
        """
        if len(arguments) != len(self._arguments):
            raise TypeError(f"expected {len(self._arguments)} arguments, got {len(arguments)}")
        if not arguments:  # numbers_like() would take as long as a small program
            return self._call()
        return self._call(*numbers_like(self._arguments, arguments, "arguments"))

    def batch(self, rows: Iterable[Any]) -> list[Any]:
        """Return the list of f(*row) in floats for all rows; add the gradients of their sum.

        A row is such as the example of trace(). Where one fails, no grad is changed.
        """
        return self.run([self.row(row) for row in rows])

    def row(self, x: Any) -> list[float]:
        """Return the inputs for x, which must be such as the example of trace(), in one list."""
        return numbers_like(self._example, x, "row")

    def run(self, rows: list[list[float]]) -> list[Any]:
        """Do what batch() does, for rows that are lists of floats."""
        return self._run_in_c(self._native, rows) if self._native else self._loop(rows)

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        out = f"{self._out}, [{', '.join(self._gradients)}]" if self._names else self._out
        head = f"def program({', '.join(self._inputs + self._names)}):"
        text = block(head, [*map(written, self._first + self._rest), f"return {out}"]) + "\n"
        names = {*re.findall(r"\b[a-z]\w*", text)} & {*dir(math)}
        return f"from math import {', '.join(sorted(names))}\n\n\n{text}" if names else text

    def _make_functions(self) -> None:
        """Make _call(*inputs) and _loop(rows), in which _p0, _p1, ... are the parameters."""
        if sys.implementation.name == "pypy" and len(self._names) > 12_000:
            raise RuntimeError("PyPy crashes in programs of more than 12000 parameters")
        out, zero = self._out, f"if not {self._gate}:"
        first, (rest, grads) = [*map(written, self._first)], self._rest_inlined()
        call = [*[f"{name} = float(_p{i}.data)" for i, name in enumerate(self._names)], *first]
        loop = [*first, f"_results.append({out})"]
        if self._gate:
            call.append(block(zero, ["for _p in _all: _p.grad = _p.grad or 0.0", f"return {out}"]))
            loop.append(block(zero, ["continue"]))
        call += [*rest, *[f"_p{i}.grad = (_p{i}.grad or 0.0) + {g}" for i, g in enumerate(grads)]]
        loop += [*rest, *[f"_total{i} += {g}" for i, g in enumerate(grads)]]
        totals = ", ".join(f"_total{i}" for i in range(len(grads)))
        batch = [  # Python is fastest with the first 256 variables: these shall be the loop's
            " = ".join([*[text.split()[0] for text in first + rest], "_results = []"]),
            f"[{', '.join(self._names)}] = [float(_p.data) for _p in _all]",
            f"[{totals}] = [_p.grad or 0.0 for _p in _all]",
            block(f"for [{', '.join(self._inputs)}] in _rows:", loop),
            block(f"for _p, _total in zip(_all, [{totals}]):", ["_p.grad = _total"]),
            "return _results",
        ]
        text = block(f"def call({', '.join(self._inputs)}):", [*call, f"return {out}"])
        text += "\n\n" + block("def loop(_rows):", batch)
        name = f"<program {id(self)}>"  # with it, Python shows the line of an error
        linecache.cache[name] = len(text), None, text.splitlines(True), name
        weakref.finalize(self, linecache.cache.pop, name, None)
        space = {**vars(math), "_all": self.parameters}
        space.update((f"_p{i}", p) for i, p in enumerate(self.parameters))
        exec(compile(text, name, "exec"), space)
        self._call, self._loop = space["call"], space["loop"]

    def _rest_inlined(self) -> tuple[list[str], list[str]]:
        """Return the rest of the lines, and the gradients, in the form that is fastest in Python.

        What is used once stands where it is used, if that is in the gradient of a parameter, or
        behind the condition of a relu, where it need not always be computed.
        """
        uses = collections.Counter(x for line in self._rest for x in line[2])
        uses.update(self._gradients)
        last = {*self._gradients, *[x[1] for _, text, x in self._rest if text == FORMULAS[passed]]}
        texts: list[str] = []
        inlined: dict[str, str] = {}
        for name, formula, operands in self._rest:
            text = written((name, formula, [inlined.get(x, x) for x in operands]))
            can_fail = re.search(r"/|\*\*|\w\(", formula)  # then before any grad is changed
            is_long = "\n" in text or text.count("(") > 50
            if name in last and uses[name] == 1 and not can_fail and not is_long:
                inlined[name] = f"({text.split(' = ', 1)[1]})"
            else:
                texts.append(text)
        return texts, [inlined.get(g, g) for g in self._gradients]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the functions: __setstate__() makes them anew, in Python."""
        return {k: v for k, v in vars(self).items() if k not in ("_call", "_loop", "_native")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._make_functions()

    @property
    def c_source(self) -> str:
        names = dict(C_NUMBERS)
        names.update((name, f"x[{i}]") for i, name in enumerate(self._inputs))
        names.update((name, f"p[{i}]") for i, name in enumerate(self._names))

        def line_in_c(line: Line) -> str:
            name, formula, operands = line
            text = written((name, formula_in_c(formula), [names.get(x, x) for x in operands]))
            return f"double {text};".replace("\n", ";\n")

        results = [f"results[{i}] = {names.get(x, x)};" for i, x in enumerate(self._results)]
        stop = [f"if (!{self._gate})\n    return;"] if self._gate else []
        grads = [f"grads[{i}] += {names.get(g, g)};" for i, g in enumerate(self._gradients)]
        first, rest = map(line_in_c, self._first), map(line_in_c, self._rest)
        lines = [*first, *results, *stop, *rest, *grads]
        body = block("    (void)x, (void)p, (void)grads;", lines)
        return C_SOURCE.format(body=body, x=len(self._inputs), k=len(self._results))

    def _run_in_c(self, batch: Any, rows: list[list[float]]) -> list[Any]:
        """Do what batch() does by its function in C; where that cannot be, in Python."""
        n, k = len(self._inputs), len(self._results)
        x = array.array("d", itertools.chain.from_iterable(rows))
        p = array.array("d", [p.data for p in self.parameters])
        results = array.array("d", bytes(8 * k * len(rows)))
        grads = array.array("d", [p.grad or 0.0 for p in self.parameters])
        fit = {*map(len, rows)} == {n} and math.isfinite(sum(x) + sum(p))
        addresses = [part.buffer_info()[0] for part in (x, p, results, grads)]
        if not fit or batch(len(rows), *addresses):
            return self._loop(rows)
        for parameter, grad in zip(self.parameters, grads):
            parameter.grad = grad
        if self._out[0] not in "[(":
            return results.tolist()
        form = list if self._out[0] == "[" else tuple
        return [form(results[i : i + k]) for i in range(0, len(results), k)]

    def compile(self) -> Program:
        """Compile c_source with the C compiler, $CC or else cc, and return the program.

        From then on batch() runs it, and finds the same numbers, to the last bit. Where one becomes
        infinite or NaN, the rows run in Python, which raises what it always raises. RuntimeError
        with the words of the compiler, if it fails or is not there.
        """
        try:
            with tempfile.TemporaryDirectory() as folder:
                library = os.path.join(folder, "program.so")
                command = shlex.split(f"{os.environ.get('CC') or 'cc'} {C_OPTIONS}")
                command += ["-o", library]
                source = self.c_source.encode()
                subprocess.run(command, input=source, check=True, capture_output=True)
                batch = ctypes.CDLL(library).batch
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            words = getattr(error, "stderr", b"").decode(errors="replace")
            raise RuntimeError(f"the C compiler failed: {error}\n{words}") from None
        batch.argtypes = [ctypes.c_long, *[ctypes.c_void_p] * 4]
        found = self._found_by(functools.partial(self._run_in_c, batch))
        check(self._found_by(self._loop), found, "is a text wrong that unary() or binary() got?")
        self._native = batch
        return self

    def _found_by(self, run: Callable[[list[list[float]]], list[Any]]) -> list[float]:
        """Return results and gradients that run() finds for the example, but leave every grad."""
        row = [v.data for v in flat(self._arguments)]
        with kept(self.parameters):
            return [*listed(run([row])[0]), *[p.grad for p in self.parameters]]


# What C99 has, and computes as Python does.
C_SIGNS: dict[Any, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.USub: "-",
    ast.Eq: "==",
}
C_SIGNS.update({ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="})
C_FUNCTIONS = """acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh exp expm1 fabs floor
fmax fmin fmod log log10 log1p pow sin sinh sqrt tan tanh trunc"""


def in_c(node: Any) -> str:
    """Return the syntax tree of a formula as C; TypeError for what might not be the same there."""
    kind, sign = type(node), C_SIGNS.get(type(getattr(node, "op", 0)))
    if kind is ast.Name:
        return C_NUMBERS.get(node.id, str(node.id))
    if kind is ast.Constant:
        return C_NUMBERS.get(repr(float(node.value)), repr(float(node.value)))
    if kind is ast.IfExp and type(node.test) is ast.Compare and len(node.test.ops) == 1:
        comparison = C_SIGNS[type(node.test.ops[0])]
        test = f"{in_c(node.test.left)} {comparison} {in_c(node.test.comparators[0])}"
        return f"({test} ? {in_c(node.body)} : {in_c(node.orelse)})"
    if kind is ast.BinOp and sign:
        return f"({in_c(node.left)} {sign} {in_c(node.right)})"
    if kind is ast.BinOp and type(node.op) is ast.Pow:
        return f"pow({in_c(node.left)}, {in_c(node.right)})"
    if kind is ast.UnaryOp and sign:
        return f"({sign}{in_c(node.operand)})"
    if kind is ast.Call and isinstance(node.func, ast.Name):
        name = {"abs": "fabs", "max": "fmax", "min": "fmin"}.get(node.func.id, node.func.id)
        if name in C_FUNCTIONS.split() and len(node.args) <= 2:
            return f"{name}({', '.join(map(in_c, node.args))})"
    raise TypeError


@functools.lru_cache(maxsize=256)
def formula_in_c(formula: str) -> str:
    try:
        text = in_c(ast.parse(formula, mode="eval").body)
    except (KeyError, TypeError):
        raise TypeError(f"{formula!r} is nothing that C computes as Python does") from None
    return text[1:-1] if text[0] == "(" else text


C_NUMBERS = {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}
# -O0 compiles fast, and a batch takes little longer. -ffp-contract and -fno-builtin keep C from
# computing otherwise than Python.
C_OPTIONS = "-std=c99 -O0 -ffp-contract=off -fno-builtin -fPIC -shared -x c - -lm"
C_SOURCE = """\
#include <fenv.h>
#include <math.h>

/* Compute results from inputs x and parameters p, and add the gradient of the first to grads. */
void program(const double *x, const double *p, double *results, double *grads)
{{
{body}
}}

/* Do so for each row of inputs. Return 0 if nothing overflowed or was undefined. */
int batch(long rows, const double *x, const double *p, double *results, double *grads)
{{
    feclearexcept(FE_ALL_EXCEPT);
    for (long i = 0; i < rows; i++)
        program(x + i * {x}, p, results + i * {k}, grads);
    return fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
}}
"""

# ==================================================================================================
# Part 3: pictures
# Pictures of a graph, of a curve, and of what a network has learned about points [x, y]. Only the
# command line needs them.
# ==================================================================================================

BLUE, ORANGE, GREEN, INK, GREY = "#1d4ed8", "#c2410c", "#0f766e", "#0f172a", "#475569"


class SVG(str):
    """The text of an SVG picture, all ASCII; a Jupyter notebook shows the picture."""

    def __repr__(self) -> str:
        return f"<SVG picture, {len(self)} characters>"

    def _repr_svg_(self) -> str:
        return str(self)


def draw_page(left: float, top: float, width: float, height: float, content: list[str]) -> SVG:
    """Return content on white, as a picture that shrinks where there is less room."""
    view = f"{left:g} {top:g} {width:g} {height:g}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="{view}" style="max-width: 100%; height: auto" fill="none" font-size="12" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace">\n'
        f'<rect x="{left:g}" y="{top:g}" width="100%" height="100%" rx="8" fill="white"/>'
    )
    return SVG("\n".join([head, *content, "</svg>\n"]))


def draw_text(x: float, y: float, text: str, anchor: str = "start", color: str = INK) -> str:
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}"'
    return f'<text {place} xml:space="preserve">{escaped(text)}</text>'


def escaped(text: str) -> str:
    """Return text for XML and DOT, with U+FFFD for what has no look or turns all that follows."""
    bad = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    bad += "".join(c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn"))
    shown = html.escape("".join("\ufffd" if c in bad else c for c in text))
    return shown.encode("ascii", "xmlcharrefreplace").decode()


# --- Pictures of a graph --------------------------------------------------------------------------


def draw_dot(root: Value, rankdir: str = "LR") -> str:
    """Return root's graph as text in the DOT language of Graphviz, which draw_svg does not need.

    An edge into an operation bears its partial. ValueError for more than 300 nodes.
    """
    names = {v: f"v{i}" for i, v in enumerate(nodes_to_draw(root))}
    lines = ["digraph {", f"  rankdir={rankdir}"]
    for v, name in names.items():
        rows = "\n".join(map(escaped, rows_of(v)))
        lines.append(f"  {name} [shape=box, label={json.dumps(rows)}]")
        if v._prev:
            lines.append(f"  {name}op [label={json.dumps(escaped(v._op))}]")
            lines.append(f"  {name}op -> {name}")
        for u, partial in zip(v._prev, v._partials):
            lines.append(f'  {names[u]} -> {name}op [label="&times; {partial:g}"]')
    return "\n".join([*lines, "}\n"])


def nodes_to_draw(root: Value) -> list[Value]:
    order = topological_order(root)
    if len(order) > 300:
        raise ValueError(f"this graph has {len(order)} nodes, and a picture shows at most 300")
    return order


def rows_of(v: Value) -> list[str]:
    if v._op == "constant":
        return [f"{v.data:g}"]
    return [*filter(None, [str(v.label)]), f"data {v.data:g}", f"grad {v.grad or 0.0:g}"]


class Box(NamedTuple):
    """Rows of text in a box."""

    rows: list[str]
    fill: str
    ink: str

    def width(self) -> float:
        """Return pixels for the longest row; letters beyond Latin-1 may be wide."""
        return 16 + max(sum(7.3 if c < "\u0100" else 16 for c in row) for row in self.rows)

    def draw(self, left: float, middle: float) -> str:
        height = 10 + 17 * len(self.rows)
        top = middle - height / 2
        size = f'width="{self.width():g}" height="{height}" rx="5"'
        box = f'<rect x="{left:g}" y="{top:g}" {size} fill="{self.fill}" stroke="{self.ink}"/>'
        for i, row in enumerate(self.rows):
            box += draw_text(left + 8, top + 18 + 17 * i, row, "start", self.ink)
        return box


def boxes_of(v: Value, is_root: bool) -> list[Box]:
    """Return the box of v, after one for its operation, with a row for each partial."""
    if v._op == "constant":
        return [Box(rows_of(v), "#e2e8f0", GREY)]
    if not v._prev:
        return [Box(rows_of(v), "#dbeafe", BLUE)]
    operation = Box([v._op, *(f"\u00d7 {x:g}" for x in v._partials)], GREY, "#ffffff")
    return [operation, Box(rows_of(v), *(("#ffedd5", ORANGE) if is_root else ("#f1f5f9", INK)))]


class Place:
    """A place in a column: of the boxes of a node; or, without boxes, of edges that pass by."""

    def __init__(self, boxes: Sequence[Box] = ()) -> None:
        self.boxes = boxes
        self.width = sum(box.width() for box in boxes)
        self.height = 10 + 17 * max((len(box.rows) for box in boxes), default=0)
        self.middle = 0.0
        self.edges: tuple[list[Any], list[Any]] = [], []  # to inputs, to users: (place, offset)

    def join(self, user: Place, offset: float = 0.0) -> None:
        """Add an edge that ends at user, so far below its middle."""
        self.edges[1].append((user, offset))
        user.edges[0].append((self, -offset))


def draw_svg(root: Value) -> SVG:
    """Return a picture of root's graph, from left to right; ValueError for more than 300 nodes.

    An edge ends at its partial: the gradient of the node, times this, is what its input gets.
    """
    columns = columns_of(nodes_to_draw(root))
    arrange(columns)
    edges, boxes, right = "", [], 0.0
    for places in columns:
        left = right - max(place.width for place in places)
        for place in places:
            x = right - place.width
            for start, offset in place.edges[0]:
                y, end = start.middle, place.middle - offset
                edges += f"M{left - 60:g} {y:g}C{left - 30:g} {y:g} "
                edges += f"{left - 30:g} {end:g} {left:g} {end:g}H{x:g}"
            for box in place.boxes:
                boxes.append(box.draw(x, place.middle))
                x += box.width()
        right = left - 60
    top = min(place.middle - place.height / 2 for places in columns for place in places) - 24
    bottom = max(place.middle + place.height / 2 for places in columns for place in places) + 24
    lines = f'<path d="{edges}" stroke="#8b95a5" stroke-width="1.4"/>'
    return draw_page(left - 24, top, 48 - left, bottom - top, [lines, *boxes])


def columns_of(order: list[Value]) -> list[list[Place]]:
    """Return the columns from right to left: a node is left of all its users."""
    column = dict.fromkeys(order, 0)
    for v in reversed(order):
        for u in v._prev:
            column[u] = max(column[u], column[v] + 1)
    columns: list[dict[Value, Place]] = [{} for _ in range(max(column.values()) + 1)]
    for v in order:
        place = columns[column[v]][v] = Place(boxes_of(v, v is order[-1]))
        for row, u in enumerate(v._prev, 1):
            for i in range(column[u] - 1, column[v], -1):
                if u not in columns[i]:
                    columns[i][u] = Place()
                    columns[i + 1][u].join(columns[i][u])
            columns[column[v] + 1][u].join(place, 17 * row - 8.5 * len(v._prev))
    return [list(places.values()) for places in columns]


def arrange(columns: list[list[Place]]) -> None:
    """Order each column by the mean heights at its edges, in sweeps to the left and to the right.

    After Sugiyama, Tagawa and Toda (1981).
    """
    for sweep in range(7):
        for places in columns[-2::-1] if sweep % 2 else columns[1:]:
            for place in places:
                near = place.edges[1 - sweep % 2] or [(place, 0.0)]
                place.middle = sum(other.middle + offset for other, offset in near) / len(near)
            places.sort(key=lambda place: place.middle)
            mean = sum(place.middle for place in places) / len(places)
            free = -math.inf
            for place in places:  # 14 pixels apart
                place.middle = max(place.middle, free + place.height / 2)
                free = place.middle + place.height / 2 + 14
            mean -= sum(place.middle for place in places) / len(places)
            for place in places:
                place.middle += mean


# --- Pictures of training -------------------------------------------------------------------------


class Axis(NamedTuple):
    """A side of a frame: its name, the numbers and the pixels at its ends, the step of ticks."""

    name: str
    low: float
    high: float
    start: float
    end: float
    step: float

    def at(self, x: float) -> float:
        return self.start + (self.end - self.start) * (x - self.low) / (self.high - self.low)

    def ticks(self) -> Iterator[tuple[str, float]]:
        """Yield the multiples of step, with as many digits as tell them apart, and their pixels."""
        digits = max(6, math.ceil(math.log10(max(-self.low, self.high) / self.step)) + 1)
        for i in range(math.ceil(self.low / self.step), math.floor(self.high / self.step) + 1):
            yield f"{i * self.step:.{digits}g}", self.at(i * self.step)


def axis(name: str, low: float, high: float, start: float, end: float, whole: bool) -> Axis:
    """Return an axis with a tick for 1, 2 or 5 times a power of 10, at its ends, too, if whole."""
    least = max(high - low, 1e-300) / 5
    power = 10.0 ** math.floor(math.log10(least))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= least)
    if whole:
        low, high = step * math.floor(low / step), step * math.ceil(high / step)
    return Axis(name, low, high, start, end, step)


def draw_frame(x: Axis, y: Axis) -> str:
    texts = [draw_text(x.start, y.end - 9, y.name)]
    texts.append(draw_text((x.start + x.end) / 2, y.start + 36, x.name, "middle"))
    texts += [draw_text(at, y.start + 18, text, "middle") for text, at in x.ticks()]
    texts += [draw_text(x.start - 8, at + 4, text, "end") for text, at in y.ticks()]
    path = f"M{x.start} {y.start}H{x.end}V{y.end}H{x.start}z"
    return f'<path d="{path}" stroke="{INK}"/>{"".join(texts)}'


def draw_curve(numbers: Iterable[float], name: str = "loss") -> SVG:
    """Return a picture of numbers, such as losses, over steps; with gaps for what is not finite."""
    return draw_page(0, 0, 424, 214, [curve(list(numbers), name)])


def curve(numbers: list[float], name: str, least: float = 0.0) -> str:
    """Return a curve in a frame, from 0 to least or more."""
    finite = [0.0, least, *(x for x in numbers if abs(x) < 1e300)]  # more might overflow
    across = axis("step", 0, max(5, len(numbers)), 100, 400, True)
    up = axis(name, min(finite), max(finite) if any(finite) else 1.0, 160, 40, True)
    path = ""
    for good, run in itertools.groupby(enumerate(numbers, 1), lambda pair: abs(pair[1]) < 1e300):
        if good:  # h0 makes a dot of a single point
            path += "M" + "L".join(f"{across.at(i):g} {up.at(x):g}" for i, x in run) + "h0"
    line = f'<path d="{path}" stroke="{GREEN}" stroke-width="3" stroke-linecap="round"/>'
    return draw_frame(across, up) + line


def survey(model: Any, X: Any, y: Any, columns: int, rows: int) -> tuple[Any, Any, Axis, Axis]:
    """Return scores in a grid around points, the points in it, wrong ones last, and its axes.

    A point is (column, row, label, whether the model is right).
    """
    points, labels = labelled(X, y)
    for point in points:
        if len(point) != 2 or not all(abs(coordinate) < 1e300 for coordinate in point):
            raise ValueError(f"a point to draw must be two numbers below 1e300, got {point}")
    axes = []
    for name, xs, start, end in zip("01", zip(*points), (0, rows - 1), (columns - 1, 0)):
        low, high = min(xs), max(xs)
        margin = (high - low) / 20 or abs(low) or 1.0
        axes.append(axis(f"x[{name}]", low - margin, high + margin, start, end, False))
    x, y = axes
    dx, dy = (x.high - x.low) / (columns - 1), (y.high - y.low) / (rows - 1)
    grid = [[x.low + dx * i, y.high - dy * j] for j in range(rows) for i in range(columns)]
    scores = predict(model, points + grid)
    table = [scores[i : i + columns] for i in range(len(points), len(scores), columns)]
    placed = [
        (x.at(point[0]), y.at(point[1]), int(label), is_right(score, label))
        for point, score, label in zip(points, scores, labels)
    ]
    return table, sorted(placed, key=operator.itemgetter(3), reverse=True), x, y


def draw_boundary(model: Any, X: Any, y: Any, columns: int = 72) -> str:
    """Return 20 lines of text with the points, and dots where model scores above 0; and a legend.

    ValueError for less than 2 columns, points that are not two finite numbers, and as in train.
    """
    if columns < 2:
        raise ValueError(f"columns must be at least 2, got {columns}")
    scores, points, _, _ = survey(model, X, y, columns, 20)
    cells = [["." if score > 0 else " " for score in row] for row in scores]
    for i, j, label, right in points:
        cells[round(j)][round(i)] = "ox"[label] if right else "#"
    legend = "o label 0   x label 1   # misclassified   . score above 0"
    return "\n".join(["".join(row).rstrip() for row in cells] + [legend])


def draw_training(model: Any, X: Any, y: Any, history: Iterable[tuple[float, float]]) -> SVG:
    """Return a picture of points, of scores, and of the pairs (loss, accuracy) in history."""
    scores, points, across, up = survey(model, X, y, 121, 76)
    pairs = list(history)
    legend = "blue: label 0, orange: label 1, ring: misclassified, lines: score -1, 0, 1"
    content = [
        f'<g transform="translate(130 40) scale(4)">{draw_plane(scores)}</g>',
        draw_frame(across._replace(start=130, end=610), up._replace(start=340, end=40)),
        draw_text(130, 404, legend),
        f'<g transform="translate(600)">{curve([loss for loss, _ in pairs], "loss")}</g>',
    ]
    shares = [100 * share for _, share in pairs]
    content.append(f'<g transform="translate(600 180)">{curve(shares, "accuracy, %", 100)}</g>')
    for i, j, label, right in points:
        circle = f'<circle cx="{130 + 4 * i:g}" cy="{40 + 4 * j:g}"'
        content.append(f'{circle} r="4.5" fill="{(BLUE, ORANGE)[label]}" stroke="white"/>')
        if not right:
            content.append(f'{circle} r="8" stroke="{INK}" stroke-width="2"/>')
    return draw_page(0, 0, 1024, 428, content)


def draw_plane(scores: list[list[float]]) -> str:
    """Return the squares between neighbours in a grid, shaded by score, and lines at -1, 0, 1."""
    shades: dict[str, str] = {}
    for j, (upper, lower) in enumerate(zip(scores, scores[1:])):
        for i, corners in enumerate(zip(upper, upper[1:], lower, lower[1:])):
            mean = sum(math.tanh(score / 2) for score in corners) / 4
            depth = 0 if math.isnan(mean) else round(24 * mean)
            color = f"hsl({18 if depth > 0 else 224}, 70%, {100 - 1.2 * abs(depth):g}%)"
            shades[color] = shades.get(color, "") + f"M{i} {j + 0.5}h1"
    paths = [f'<path d="{path}" stroke="{color}"/>' for color, path in shades.items()]
    picture = f'<g shape-rendering="crispEdges">{"".join(paths)}</g>'
    for level, width in ((-1, 0.25), (0, 0.6), (1, 0.25)):
        picture += f'<path d="{contour(scores, level)}" stroke="{INK}" stroke-width="{width}"/>'
    return picture


def contour(scores: list[list[float]], level: float) -> str:
    """Return the path of the lines where scores are level, if they change evenly in between."""
    path = ""
    for j, i in itertools.product(range(len(scores) - 1), range(len(scores[0]) - 1)):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        ends = []
        for (x, y), (right, down) in zip(corners, corners[1:]):
            a, b = scores[y][x] - level, scores[down][right] - level
            if (a > 0) != (b > 0) and math.isfinite(a - b):
                share = a / (a - b)
                ends.append(f"{x + share * (right - x):.4g} {y + share * (down - y):.4g}")
        path += "".join(f"M{a}L{b}" for a, b in zip(ends[::2], ends[1::2]))
    return path


# ==================================================================================================
# Part 4: files, and the command line
# How a network is kept, and what `python micrograd.py` does.
# ==================================================================================================

# --- Files ----------------------------------------------------------------------------------------

Path = Union[str, bytes, "os.PathLike[Any]"]


def save(model: Module, path: Path) -> None:
    """Write the numbers of model and its activations to path, as JSON.

    OSError where path cannot be written, ValueError for a number that JSON does not have, because
    training diverged; then an older file is still there.
    """
    try:
        text = json.dumps({"model": repr(model), **model.state_dict()}, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"a parameter is infinite or NaN; did training diverge? {error}") from None
    write_file(path, text)


def load(model: Module, path: Path | None = None) -> None:
    """Set model, which must be made as the one that was saved, to what is in path.

    OSError where path cannot be read, ValueError where it does not fit; then nothing is changed.
    """
    if path is None:
        raise TypeError(f"expected load(model, path), got only {model!r:.99}")
    with open(path, encoding="utf-8") as file:
        try:
            state = json.load(file)
            made = state.pop("model", repr(model)) if isinstance(state, dict) else repr(model)
            if made != repr(model):
                raise ValueError(f"it is for {made}, not for {model!r}")
            model.load_state_dict(state)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"cannot load {os.fsdecode(path)}: {error}") from None


def write_file(path: Path, text: str) -> None:
    """Write text to path, or, if that fails, leave all as it was.

    A new file in a folder of its own, beside the old one, takes its place when it is complete.
    """
    target = target_of(path)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as folder:
        part = os.path.join(folder, "part")
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        if os.path.exists(target):
            shutil.copymode(target, part)
        os.replace(part, target)


def target_of(path: Path) -> str:
    """Return the file that path, or the link there, stands for; OSError for anything else."""
    name = os.fsdecode(path)
    target = os.path.realpath(name)
    is_writable = os.path.isfile(target) and os.access(target, os.W_OK)
    is_name = os.path.basename(name) not in ("", ".", "..")
    is_stdout = target == os.path.realpath("/dev/fd/1")  # which is still being written
    if not is_name or is_stdout or os.path.lexists(target) and not is_writable:
        raise OSError(f"{name!r} is not a regular file of its own that can be written")
    return target


# --- The command line -----------------------------------------------------------------------------


def between(low: float, high: float) -> Callable[[str], float]:
    """Return a type for argparse: a number from low to high, an int if low is one."""

    def parse(text: str) -> float:
        x = type(low)(text)
        if not low <= x <= high:
            raise argparse.ArgumentTypeError(f"expected {low} to {high}, got {text}")
        return x

    parse.__name__ = type(low).__name__  # which argparse names where text is no number
    return parse


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="micrograd.py",
        description="Train a network to tell two moons apart.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add, million = parser.add_argument, 1_000_000
    add("--steps", type=between(0, million), default=100, help="steps of training")
    add("--samples", type=between(1, million), default=100, help="points to learn from")
    add("--noise", type=between(0.0, 1e6), default=0.1, help="how far points are off the moons")
    add("--hidden", type=between(1, 10_000), default=[16, 16], nargs="+", help="hidden layers")
    add("--lr", type=between(0.0, 1e6), default=1.0, help="learning rate: how far a step goes")
    add("--seed", type=int, default=0, help="start of the random numbers")
    add("--compile", action="store_true", help="train in C")
    add("--save", metavar="FILE", help="write the network to a file, as JSON")
    add("--load", metavar="FILE", help="begin with the network in a file")
    add("--svg", metavar="FILE", help="draw the training into a file")
    args = parser.parse_args(argv)
    sizes = [2, *args.hidden, 1]
    if sum(n * (m + 1) for m, n in zip(sizes, sizes[1:])) > 100_000:
        parser.error("--hidden makes more than 100000 parameters")
    targets = []
    for path in (args.save, args.svg):
        try:
            if path is not None:
                targets.append(target_of(path))
                tempfile.TemporaryFile(dir=os.path.dirname(targets[-1])).close()
        except OSError as error:
            parser.error(f"{path}: {error.strerror or error}")
    if args.svg is not None:
        others = [os.path.realpath(path) for path in (args.save, args.load) if path is not None]
        if targets[-1] in others:
            parser.error("--svg names the file of --save or --load")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Train as the arguments say, and return the exit status."""
    args = parse_arguments(argv)
    try:
        return run(args)
    except KeyboardInterrupt:
        return complain("interrupted", 130)  # as the shell reports a death by Ctrl-C
    except (ArithmeticError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.filename is None:
            # Nobody reads standard output, and Python must not try again to write the rest.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if isinstance(error, BrokenPipeError) else complain(error, 1)


def complain(problem: object, status: int) -> int:
    print(f"micrograd.py: error: {problem}", file=sys.stderr)
    return status


def run(args: argparse.Namespace) -> int:
    rng = random.Random(args.seed)
    X, y = make_moons(args.samples, noise=args.noise, random_state=rng)
    new = make_moons(1000, noise=args.noise, random_state=rng)
    model = MLP(2, [*args.hidden, 1], rng=rng)
    if args.load is not None:
        load(model, args.load)
    sizes = " -> ".join(map(str, [2, *args.hidden, 1]))
    print(f"MLP {sizes}, {len(model.parameters())} parameters, {len(X)} points", flush=True)
    history: list[tuple[float, float]] = []

    def show(step: int, loss: float, share: float) -> None:
        history.append((loss, share))
        if step % 10 == 0 or step == args.steps - 1:
            print(f"step {step:3}  loss {loss:.4f}  accuracy {100 * share:5.1f} %", flush=True)

    stopped: BaseException | None = None
    try:
        train(model, X, y, args.steps, args.lr, callback=show, compile=args.compile)
    except (KeyboardInterrupt, OSError) as error:  # OSError: nobody reads what is printed
        stopped = error
    status = 130 if stopped else 0
    lines = [f"stopped after {len(history)} of {args.steps} steps"] if stopped else []
    for path in filter(None, (args.save, args.svg) if history or not stopped else ()):
        try:
            if path == args.save:
                save(model, path)
            else:
                write_file(path, draw_training(model, X, y, history))
            lines.append(f"wrote {path!a}")
        except (OSError, ValueError) as error:
            status = complain(f"{path}: {error}", 1)
    if isinstance(stopped, OSError):
        raise stopped
    for points, kind in (((X, y), "points"), (new, "new points")):
        share = 100 * accuracy(model, *points)
        lines.append(f"accuracy on {len(points[0])} {kind}: {share:.1f} %")
    print("\n".join([*lines, draw_boundary(model, X, y)]), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
