#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""micrograd in one file: backpropagation over single numbers, and a neural network on top.

    a = Value(2.0)
    b = Value(-3.0)
    out = a * b + b ** 2
    out.backward()
    print(out.data, a.grad, b.grad)
    # 3.0 -3.0 -4.0: out is 3, and changes -3 times as much as a small change of a, -4 times for b

The words, in the order in which the file needs them:

    Value       a number that remembers how it was computed
    node        a Value as part of a graph; the Values that it was computed from are its inputs
    leaf        a node without inputs: a number that was given, such as a weight of a network
    graph       a node, its inputs, their inputs, and so on down to the leaves
    partial     the derivative of a node with respect to one of its inputs, the others held fixed
    gradient    the derivative of the last node of a graph, the output, with respect to any node
    chain rule  a node adds (its gradient) * (partial) to the gradient of each of its inputs
    backward()  applies the chain rule to every node, from the output down to the leaves
    trace()     writes the same computation down as a program without Values, which is fast

`python micrograd.py` trains a network on two moons. After micrograd by Andrej Karpathy (2020)."""
from __future__ import annotations
import argparse, contextlib, html, itertools, json, keyword, math, operator, os, random, re
import shutil, sys, unicodedata
from typing import Any, Callable, Iterable, Iterator, Sequence

__all__ = ["Adam", "Layer", "MLP", "Module", "Neuron", "Optimizer", "Program", "SGD", "SVG",
           "Value", "accuracy", "binary_cross_entropy_with_logits", "call", "cross_entropy", "dot",
           "draw_boundary", "draw_dot", "draw_svg", "draw_training", "gradcheck", "hinge_loss",
           "load", "make_moons", "mse_loss", "save", "softplus", "topological_order", "trace",
           "train", "where"]

# --- Value: a number that remembers how it was computed ----------------------------------------
def lifted(operation: Callable[[Value, Value], Any]) -> Callable[[Value, Any], Any]:
    """Let the second operand be a number, too: it becomes a leaf."""
    def method(a: Value, b: Any) -> Any:
        if not isinstance(b, Value):
            try:
                b = Value(b, (), "constant")
            except TypeError:
                return NotImplemented  # so that Python asks b
        return operation(a, b)
    return method

class Value:
    """A number that remembers how it was computed.

    data       the number, a float
    grad       its gradient: after out.backward(), the derivative of out with respect to this
    label      a name for people, "" if none
    _prev      its inputs: a tuple in order, so a * a has (a, a)
    _op        what computed it; for a leaf "", or "constant" for a number, as the 10 in 10 / a
    _partials  the partials with respect to its inputs, in the same order
    Values compare by data, but == asks for the same object. Operations raise what they raise on
    floats, and a ValueError where the result is not real, or for a root at 0. TypeError for data
    that is no real number or a label that is no string, ValueError for a missing partial."""
    __slots__ = ("data", "grad", "label", "_prev", "_op", "_partials")
    def __init__(self, data: Any, inputs: tuple[Value, ...] = (), op: str = "",
                 partials: tuple[float, ...] = (), label: str = "") -> None:
        if len(inputs) != len(partials):
            raise ValueError(f"got {len(inputs)} inputs, but {len(partials)} partials")
        if label and not isinstance(label, str):
            raise TypeError(f"a label must be a string, got {type(label).__name__}")
        self.data: float = data if type(data) is float else number(data)  # faster than a call
        self.grad, self.label = 0.0, label
        self._prev, self._op, self._partials = inputs, op, partials
    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"

    # Each states its value, inputs, name and partials. call(f, x) is f(x), for trace() to see.
    __add__ = lifted(lambda a, b: Value(a.data + b.data, (a, b), "+", (1.0, 1.0)))
    __sub__ = lifted(lambda a, b: Value(a.data - b.data, (a, b), "-", (1.0, -1.0)))
    __mul__ = lifted(lambda a, b: Value(a.data * b.data, (a, b), "*", (b.data, a.data)))
    __truediv__ = lifted(lambda a, b: Value(
        a.data / b.data, (a, b), "/", (1.0 / b.data, -a.data / b.data / b.data)))
    def __neg__(self) -> Value:
        return Value(-self.data, (self,), "neg", (-1.0,))
    def __pow__(self, other: Any) -> Any:
        """self ** other; if other is a Value, as exp(log(self) * other), for self above 0."""
        if isinstance(other, Value):
            return (self.log() * other).exp()
        if not hasattr(other, "__float__") or hasattr(other, "__len__"):
            return NotImplemented
        x, n = self.data, number(other)
        return Value(power(x, n), (self,), f"**{other}", (
            n * power(x, n - 1.0) if isinstance(other, Symbol) or n else 0.0,))
    def exp(self) -> Value:
        y = call(math.exp, self.data)
        return Value(y, (self,), "exp", (y,))
    def log(self) -> Value:
        """The natural logarithm; ValueError unless data is above 0."""
        return Value(call(math.log, self.data), (self,), "log", (1.0 / self.data,))
    def relu(self) -> Value:
        """max(0, data), with slope 0 at 0."""
        x = self.data
        return Value(where(x <= 0.0, 0.0, x), (self,), "relu", (where(x <= 0.0, 0.0, 1.0),))
    def tanh(self) -> Value:
        y = call(math.tanh, self.data)
        return Value(y, (self,), "tanh", (1.0 - y * y,))
    def sigmoid(self) -> Value:
        """1 / (1 + exp(-data)), by an exp that cannot overflow."""
        small = call(math.exp, -call(abs, self.data))
        y = where(self.data < 0.0, small, 1.0) / (1.0 + small)
        return Value(y, (self,), "sigmoid", (small / (1.0 + small) ** 2.0,))
    # With a number on the left, Python asks the Value on the right: here b is self, a the number.
    __radd__, __rmul__ = __add__, __mul__
    __rsub__ = lifted(lambda b, a: a - b)
    __rtruediv__ = lifted(lambda b, a: a / b)
    __rpow__ = lifted(lambda b, a: a ** b)
    __lt__ = lifted(lambda a, b: a.data < b.data)
    __le__ = lifted(lambda a, b: a.data <= b.data)
    __gt__ = lifted(lambda a, b: a.data > b.data)
    __ge__ = lifted(lambda a, b: a.data >= b.data)
    def _backward(self) -> None:
        """Apply the chain rule here: add grad * partial to the grad of each input."""
        grad, i = self.grad, 0
        for partial in self._partials:  # zip() would make backward() a fifth slower
            self._prev[i].grad += grad * partial
            i += 1
    def backward(self) -> None:
        """Find the gradient of every node in the graph of this one, the output.

        A leaf adds it to its grad, until you reset that to 0 (or None); other nodes start anew."""
        order = topological_order(self)
        for v in order:
            v.grad = 0.0 if v._prev else v.grad or 0.0
        self.grad += 1.0  # the derivative of the output with respect to itself
        for v in reversed(order):  # so v.grad is complete before v passes it on
            if v.grad:  # 0 has nothing to pass on
                v._backward()

def topological_order(root: Value) -> list[Value]:
    """Return all nodes of root's graph, each once and after its inputs."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [root]  # no recursion: Python allows 1000 nested calls, a sum is deeper
    while stack:
        v = stack.pop()
        if v is None:  # the mark above a node whose inputs have all been listed
            order.append(stack.pop())
        elif v not in seen:
            seen.add(v)
            if not seen.issuperset(v._prev):
                stack += (v, None, *v._prev[::-1])
            else:  # all are listed: an input seen but still waiting would wait for v, a cycle
                order.append(v)
    return order

def number(x: Any) -> Any:
    """Return the real number x as a float; TypeError if it is anything else."""
    if type(x) is float or type(x) is int:  # most are: a short cut
        return float(x)
    if isinstance(x, Symbol):  # it stands in for a number while trace() runs
        return x.named()
    if hasattr(x, "__float__") and not (hasattr(x, "__len__") or isinstance(x, complex)):
        return float(x)  # NumPy's numbers, too, but not its arrays
    raise TypeError(f"expected a real number, got {type(x).__name__}")
def as_value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x, (), "constant")
def as_values(xs: Any) -> list[Value]:
    """Return xs in a list, with numbers made Values; a Value alone is a list of one."""
    return list(map(as_value, [xs] if isinstance(xs, Value) else xs))

def call(function: Callable[..., Any], *args: float) -> Any:
    """Return function(*args), of math or abs, min, max; operations call so, for trace() to see."""
    for x in args:
        if isinstance(x, Symbol):
            return x.call(function, args)
    try:
        return function(*args)
    except (ValueError, OverflowError) as error:
        raise type(error)(f"{function.__name__}({', '.join(map(str, args))}): {error}") from None
def where(condition: Any, x: float, y: float) -> Any:
    """Return x if condition else y, both numbers; operations choose so, for trace() to see."""
    return condition.where(x, y) if isinstance(condition, Symbol) else x if condition else y
def power(x: float, n: float) -> Any:
    """Return x ** n; ValueError where Python returns a complex number."""
    return x ** n if isinstance(n, float) and n.is_integer() else call(math.pow, x, n)

def dot(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = 0.0) -> Value:
    """Return bias + weights[0] * inputs[0] + weights[1] * inputs[1] + ... as a single node.

    All may be Values or numbers. ValueError for different lengths."""
    w, x, b = as_values(weights), as_values(inputs), as_value(bias)
    if len(w) != len(x):
        raise ValueError(f"expected as many inputs as weights, {len(w)}, got {len(x)}")
    w_data, x_data, total = [v.data for v in w], [v.data for v in x], b.data
    for wi, xi in zip(w_data, x_data):
        total += wi * xi
    return Value(total, (*w, *x, b), "dot", (*x_data, *w_data, 1.0))  # d (w * x) / d w is x

# --- Checking derivatives ----------------------------------------------------------------------
@contextlib.contextmanager
def kept(values: Iterable[Value]) -> Iterator[None]:
    """Give values their present data and grad back at the end, whatever happens."""
    saved = [(v, v.data, v.grad) for v in values]
    try:
        yield
    finally:
        for v, data, grad in saved:
            v.data, v.grad = data, grad

def gradients_of(out: Value, inputs: Sequence[Value]) -> list[float]:
    """Return the gradients that backward() finds for inputs, but leave every grad as it is."""
    values = [*inputs, *topological_order(out)]
    with kept(values):
        for v in values:
            v.grad = 0.0
        out.backward()
        return [v.grad for v in inputs]

def gradcheck(f: Callable[..., Value], inputs: Any, eps: float = 1e-6, atol: float = 1e-5,
              rtol: float = 1e-3) -> bool:
    """Compare the gradients of f(*inputs) with central differences; True if they agree.

    As torch.autograd.gradcheck, for a Value or a sequence of Values and numbers; RuntimeError for
    the first for which not |gradient - difference| <= atol + rtol * |difference|."""
    inputs = as_values(inputs)
    for i, (v, gradient) in enumerate(zip(inputs, gradients_of(f(*inputs), inputs))):
        with kept([v]):
            v.data += eps
            above = f(*inputs).data
            v.data -= 2 * eps
            difference = (above - f(*inputs).data) / (2 * eps)
        if not abs(gradient - difference) <= atol + rtol * abs(difference):  # true of NaN, too
            raise RuntimeError(f"gradient for input {i} ({v.data}): backward() found {gradient}, "
                               f"central differences {difference}")
    return True

# --- The network: Neuron, Layer, MLP -----------------------------------------------------------
class Module:
    """Base class of all that has parameters, the Values that training changes."""
    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """Yield PyTorch's names, and lists (of lists) of Values; for your own Module to define."""
        raise NotImplementedError("define named_parameters()")
    def parameters(self) -> list[Value]:
        """Return the parameters in one list."""
        return [p for _, values in self.named_parameters() for p in flat(values)]
    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0.0
    def state_dict(self) -> dict[str, Any]:
        """Return the parameters as floats in lists (of lists), by name."""
        return {name: numbers_in(values) for name, values in self.named_parameters()}
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set the parameters to what state_dict() gave; for a misfit, ValueError and no change."""
        named = dict(self.named_parameters())
        if not isinstance(state, dict) or state.keys() != named.keys():
            raise ValueError(f"expected a dict of {', '.join(named)}, got {state!r:.99}")
        for p, x in [pair for name in named for pair in matched(name, named[name], state[name])]:
            p.data = x
def flat(values: Any) -> list[Value]:
    return [values] if isinstance(values, Value) else [p for v in values for p in flat(v)]
def numbers_in(values: Any) -> Any:
    return number(values.data) if isinstance(values, Value) else [numbers_in(v) for v in values]
def matched(name: str, values: Any, numbers: Any) -> list[tuple[Value, float]]:
    """Return each Value in values with its number; ValueError for the first that has none."""
    if isinstance(values, Value):
        if isinstance(numbers, (int, float)) and abs(numbers) <= sys.float_info.max:
            return [(values, float(numbers))]
        raise ValueError(f"{name}: expected a finite number, got {numbers!r:.99}")
    if not isinstance(numbers, (list, tuple)) or len(numbers) != len(values):
        raise ValueError(f"{name}: expected a list of {len(values)}, got {numbers!r:.99}")
    return [pair for i, v in enumerate(values) for pair in matched(f"{name}[{i}]", v, numbers[i])]

class Neuron(Module):
    """nonlin(w[0] * x[0] + w[1] * x[1] + ... + b), for nin inputs x.

    nonlin is "relu" (or True), "tanh", "sigmoid", or None (or False) for a linear neuron. Weights
    come from rng.uniform(-1, 1), b is 0. ValueError for another nonlin or number of inputs."""
    def __init__(self, nin: int, nonlin: Any = True, rng: Any = random) -> None:
        self.nonlin = {True: "relu", False: None}.get(nonlin, nonlin)
        if self.nonlin not in ("relu", "tanh", "sigmoid", None):
            raise ValueError(f"nonlin must be 'relu', 'tanh', 'sigmoid' or None, got {nonlin!r}")
        self.w, self.b = [Value(rng.uniform(-1, 1)) for _ in range(nin)], Value(0.0)
    def __call__(self, x: Any) -> Any:
        out = dot(self.w, x, self.b)
        return getattr(out, self.nonlin)() if self.nonlin else out
    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        yield from (("weight", self.w), ("bias", self.b))
    def __repr__(self) -> str:
        name = {"relu": "ReLU", None: "Linear"}.get(self.nonlin) or self.nonlin.title()
        return f"{name}Neuron({len(self.w)})"

class Layer(Module):
    """nout neurons that read the same nin inputs; a list of their outputs, or the only one."""
    def __init__(self, nin: int, nout: int, nonlin: Any = True, rng: Any = random) -> None:
        self.neurons = [Neuron(nin, nonlin, rng) for _ in range(nout)]
    def __call__(self, x: Any) -> Any:
        x = as_values(x)  # here, so that the neurons share the leaf of a number
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs
    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        yield "weight", [neuron.w for neuron in self.neurons]
        yield "bias", [neuron.b for neuron in self.neurons]
    def __repr__(self) -> str:
        return f"Layer of {self.neurons}"

class MLP(Module):
    """Layers of the sizes nouts. The last is linear; if all were, one would do as well."""
    def __init__(self, nin: int, nouts: Any, nonlin: Any = True, rng: Any = random) -> None:
        self.layers = [Layer(n, nout, nonlin if i < len(nouts) else None, rng)
                       for i, (n, nout) in enumerate(zip([nin, *nouts], nouts), 1)]
    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x
    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        for i, layer in enumerate(self.layers):
            for name, values in layer.named_parameters():
                yield f"layers.{i}.{name}", values
    def __repr__(self) -> str:
        return f"MLP of {self.layers}"

# --- Losses: how wrong the outputs of a network are, as a single Value -------------------------
def hinge_loss(scores: Any, labels: Iterable[float]) -> Any:
    """Return the mean of max(0, 1 - label * score); ValueError unless labels are -1 or 1."""
    both = zip(*checked(as_values(scores), labels, (-1, 1)))
    return mean([(1.0 - label * score).relu() for score, label in both])

def mse_loss(outputs: Any, targets: Iterable[float]) -> Any:
    """Return the mean of (output - target) ** 2; ValueError unless as many targets as outputs."""
    both = zip(*checked(as_values(outputs), targets))
    return mean([(output - target) ** 2 for output, target in both])

def binary_cross_entropy_with_logits(logits: Any, labels: Iterable[float]) -> Any:
    """Return the mean of -log(p), for p the probability of the label, which the logit stands for:
    sigmoid(logit) for 1, sigmoid(-logit) for 0; and -log(sigmoid(x)) is softplus(-x). ValueError
    unless labels are 0 or 1, one for each logit."""
    both = zip(*checked(as_values(logits), labels, (0, 1)))
    return mean([softplus((1.0 - 2.0 * label) * logit) for logit, label in both])

def softplus(x: Value) -> Value:
    """Return log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)), where no exp overflows."""
    small = call(math.exp, -call(abs, x.data))
    y = where(x.data < 0.0, 0.0, x.data) + call(math.log1p, small)
    return Value(y, (x,), "softplus", (where(x.data < 0.0, small, 1.0) / (1.0 + small),))

def cross_entropy(logits: Iterable[Any], target: Any) -> Any:
    """Return -log(softmax(logits)[target]), for the logits of one sample and its class.

    softmax(logits) adds up to 1: exp(logit) / (sum of all exp). If target is a list of
    probabilities, return the sum of -target[i] * log(softmax(logits)[i]). ValueError for a target
    out of range or of another length, or less than two logits."""
    logits = as_values(logits)
    if len(logits) < 2:
        raise ValueError(f"expected at least two logits, got {len(logits)}")
    # log(softmax) is logit - log(sum of exp). Less a constant, it is the same; no exp overflows.
    largest = as_value(call(max, *[z.data for z in logits]))
    shifted = [z - largest for z in logits]
    log_sum = sum([z.exp() for z in shifted[1:]], shifted[0].exp()).log()
    if hasattr(target, "__len__"):
        return -dot(target, [z - log_sum for z in shifted])
    k = operator.index(target)
    if not 0 <= k < len(logits):
        raise ValueError(f"target must be from 0 to {len(logits) - 1}, got {k}")
    return log_sum - shifted[k]
def mean(values: list[Any]) -> Any:
    return sum(values[1:], values[0]) / len(values)
def checked(outputs: Any, targets: Any, labels: Any = ()) -> tuple[list[Any], list[Any]]:
    """Return both as lists, of one length; each target must be in labels, if these are given."""
    outputs, targets = list(outputs), list(map(number, targets))
    if not len(outputs) == len(targets) > 0:
        raise ValueError(f"expected as many targets as outputs, and at least one, got "
                         f"{len(targets)} targets and {len(outputs)} outputs")
    for x in targets:
        if labels and not isinstance(x, Symbol) and x not in labels:
            raise ValueError(f"labels must be {labels[0]} or {labels[1]}, got {x:g}")
    return outputs, targets

# --- Optimizers: how to move the parameters, given their gradients -----------------------------
class Optimizer:
    """Base class: step() moves the parameters; lr is the learning rate, which you may change."""
    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float) -> None:
        self.parameters, self.lr, self.weight_decay = list(parameters), lr, weight_decay
    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = 0.0

class SGD(Optimizer):
    """Gradient descent with momentum (keep some of the last step) and L2 penalty, as in PyTorch:
    g = grad + weight_decay * data;  velocity = momentum * velocity + g;  data -= lr * velocity"""
    def __init__(self, parameters: Iterable[Value], lr: float, momentum: float = 0.0,
                 weight_decay: float = 0.0) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum, self._velocity = momentum, [0.0] * len(self.parameters)
    def step(self) -> None:
        lr, momentum, decay = map(number, (self.lr, self.momentum, self.weight_decay))
        for i, p in enumerate(self.parameters):
            g = (p.grad or 0.0) + decay * p.data if decay else p.grad or 0.0
            if momentum:
                g = self._velocity[i] = momentum * self._velocity[i] + g
            p.data -= lr * g

class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015, algorithm 1), with L2 penalty, as torch.optim.Adam has it.

    A parameter moves by lr * m / sqrt(v), for m a moving average of its gradient g, and v of
    g * g. Both start at 0; dividing by 1 - beta ** (number of steps) makes up for that."""
    def __init__(self, parameters: Iterable[Value], lr: float = 0.001, betas: Any = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.betas, self.eps, self._t = betas, eps, 0
        self._m, self._v = [0.0] * len(self.parameters), [0.0] * len(self.parameters)
    def step(self) -> None:
        self._t += 1
        lr, decay, eps, beta1, beta2 = map(number, (
            self.lr, self.weight_decay, self.eps, *self.betas))
        m_share, v_share = 1 - beta1 ** self._t, 1 - beta2 ** self._t
        for i, p in enumerate(self.parameters):
            g = (p.grad or 0.0) + decay * p.data
            m = self._m[i] = beta1 * self._m[i] + (1 - beta1) * g
            v = self._v[i] = beta2 * self._v[i] + (1 - beta2) * g * g
            p.data -= lr * (m / m_share) / (math.sqrt(v / v_share) + eps)

# --- The traced program: a function and its gradient, written out without Values ---------------
# trace() calls a function once with Symbols in the place of numbers. A Symbol does not compute: if
# x has the text "x0", then 2.0 * x has the text "2.0 * x0". So each operation above, as it stands,
# states the text of its value and of its partials, and _backward() that of the gradients. The
# data of a node, or a gradient that goes several ways, gets a line and goes on as a name.

CONDITIONAL, COMPARISON, SUM, PRODUCT, NEGATIVE, POWER, ATOM = range(7)  # ATOM binds tightest
class Symbol:
    """An expression in a program that is being written: its text, such as "x0 + v3"; how tightly
    it binds, here SUM; and the lines of the program so far, expressions by name."""
    def __init__(self, text: str, binds: int, lines: dict[str, str]) -> None:
        self.text, self.binds, self.lines = text, binds, lines
    def named(self, name: str = "") -> Any:
        """Return the name of this expression, which gets a line if it has none."""
        if self.binds == ATOM:
            return self
        if not name.isidentifier() or name in self.lines:
            name = f"v{len(self.lines)}"
        self.lines[name] = f"float({self.text})" if self.binds == COMPARISON else self.text
        return Symbol(name, ATOM, self.lines)
    def call(self, function: Callable[..., Any], args: Iterable[Any]) -> Any:
        if function.__module__ not in ("math", "builtins"):
            raise TypeError(f"call() takes functions of math and abs, min, max, got {function!r}")
        name = ("math." if function.__module__ == "math" else "") + function.__name__
        return Symbol(f"{name}({', '.join(map(text_of, args))})", POWER, self.lines).named()
    def where(self, x: Any, y: Any) -> Any:
        text = f"{text_of(x, COMPARISON)} if {text_of(self, COMPARISON)} else {text_of(y)}"
        return Symbol(text, CONDITIONAL, self.lines)
    def __neg__(self) -> Any:
        return Symbol(f"-{text_of(self, NEGATIVE)}", NEGATIVE, self.lines)
    def __float__(self) -> float:
        raise TypeError("trace() runs f once for all numbers: f cannot branch on one, or hand it "
                        "to math.sin: use relu() or, for numbers, where() and call(math.sin, x)")
    __bool__ = __index__ = __hash__ = __float__  # type: ignore[assignment]

def text_of(x: Any, at_least: int = CONDITIONAL) -> str:
    """Return the text of a number or Symbol, in parentheses if it binds less than that."""
    if not isinstance(x, Symbol):
        text = repr(number(x)) if math.isfinite(x) else f"float('{x}')"
        x = Symbol(text, NEGATIVE if text[0] == "-" else ATOM, {})
    elif len(x.text) > 400:  # Python compiles no endless expressions
        x = x.named()
    return x.text if x.binds >= at_least else f"({x.text})"
def infix(x: Any, sign: str, y: Any, binds: int) -> Any:
    """Return the Symbol for x sign y, where x or y or both are Symbols."""
    if isinstance(y, Value):
        return NotImplemented
    left, right = text_of(x, binds if sign in "+-*/" else binds + 1), text_of(y, binds + 1)
    if sign == "+" and left == "0.0" or sign == "*" and left == "1.0":
        return y
    if sign == "*" and right in ("1.0", "-1.0") or sign == "**" and right == "1.0":
        return x if right == "1.0" else -x
    if sign == "*" and right[0] == "(" and re.match(r"\(0.0 if \w+ <= 0.0 else 1.0\)$", right):
        return Symbol(f"{right[1:-4]}{text_of(x)}", CONDITIONAL, y.lines)  # x through a ReLU
    return Symbol(f"{left} {sign} {right}", binds, (x if isinstance(x, Symbol) else y).lines)
for _name, _sign, _binds in zip(
        "add sub mul truediv pow lt le gt ge eq ne".split(), "+ - * / ** < <= > >= == !=".split(),
        [SUM, SUM, PRODUCT, PRODUCT, POWER] + 6 * [COMPARISON]):
    setattr(Symbol, f"__{_name}__", lambda x, y, s=_sign, b=_binds: infix(x, s, y, b))
    setattr(Symbol, f"__r{_name}__", lambda y, x, s=_sign, b=_binds: infix(x, s, y, b))

class Program:
    """A function and its gradient, as trace() wrote them down.

    source      the text, which runs by itself with Python's standard library
    function    the function in it, of the inputs and the data of the parameters; it returns the
                result or, if there are parameters, the result and the gradients"""
    def __init__(self, parameters: list[Value], texts: dict[str, str]) -> None:
        self.source, self.parameters, self._texts = texts["function"], parameters, texts
    def __call__(self, *inputs: float) -> Any:
        """Return f(*inputs) in floats; add its gradients to grad of the parameters."""
        return self._call(*map(number, inputs)) if inputs else self._call()
    def batch(self, rows: Iterable[Iterable[float]]) -> Any:
        """Return the list of f(*row) in floats for all rows; add the gradients of their sum."""
        return self._batch([list(map(number, row)) for row in rows])
    def __getattr__(self, name: str) -> Any:  # compiles a text when it is first asked for
        if name not in vars(self).get("_texts", ()):
            raise AttributeError(name)
        namespace: dict[str, Any] = {f"P{i}": p for i, p in enumerate(self.parameters)}
        namespace.update(math=math, parameters=self.parameters)
        exec(self._texts[name], namespace)
        return vars(self).setdefault(name, namespace["program"])

def trace(f: Callable[..., Any], parameters: Iterable[Value], example: Any = ()) -> Program:
    """Return f and its gradient as a Program, which computes them without Values.

    f is called with a Symbol for each number in example. It returns a Value, to be differentiated
    with respect to parameters, or a list or tuple whose first is such a Value. Other numbers and
    Values in f are constants. RuntimeError if the program differs from f(*example) and backward(),
    as when f draws random numbers; TypeError if f branches on a number or calls math.sin on it."""
    parameters, example = list(dict.fromkeys(parameters)), list(map(number, example))
    inputs = [f"x{i}" for i in range(len(example))]
    data = [f"p{i}" for i in range(len(parameters))]
    lines = dict.fromkeys([*inputs, *data], "")
    with kept(parameters):
        for p, name in zip(parameters, data):
            p.data = Symbol(name, ATOM, lines)  # type: ignore[assignment]
        result = f(*[Symbol(name, ATOM, lines) for name in inputs])
        if not isinstance((as_list(result) or [0])[0], Value):
            raise TypeError(f"f must return a Value, or a list with one first, got {result!r}")
        values = list(map(as_value, as_list(result)))
        order = topological_order(values[0])
        labels = [(text_of(v.data), v.label) for v in (*parameters, *order)]
        gate, gradients = write_gradients(order, parameters)
        out = ", ".join([text_of(v.data) for v in values])
    if isinstance(result, (list, tuple)):
        out = f"[{out}]" if isinstance(result, list) else f"({out},)"
    program = Program(parameters, texts_of(lines, inputs, data, out, gradients, gate, labels))
    results = list(map(as_value, as_list(f(*example))))
    expected = [*[v.data for v in results], *gradients_of(results[0], parameters)]
    with kept(parameters):
        for p in parameters:
            p.grad = 0.0
        found = [*as_list(program.batch([example])[0]), *[p.grad for p in parameters]]
    for x, y in zip(expected, found):
        if x != y and (x == x or y == y):  # NaN is not equal to itself
            raise RuntimeError(f"for {example}, f computes {x} and the program {y}: does f draw "
                               f"random numbers, or change what it uses?")
    return program
def as_list(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]
def write_gradients(order: list[Value], parameters: list[Value]) -> tuple[str, list[str]]:
    """Do what backward() does, with Symbols; return the gate, and the gradients of parameters. The
    gate is the first gradient with several uses: all later ones are made from it, 0 if it is."""
    gate, wanted = "", set(parameters)
    with kept([*order, *parameters]):
        for v in (*order, *parameters):
            v.grad = 0.0
        order[-1].grad = 1.0
        for v in reversed(order):
            if sum(u._prev != () or u in wanted for u in v._prev) > 1:
                if isinstance(v.grad, Symbol):
                    v.grad = v.grad.named(f"d{text_of(v.data)}")
                gate = gate or text_of(v.grad)
            v._backward()
        return gate, [text_of(p.grad) for p in parameters]
def texts_of(lines: dict[str, str], inputs: list[str], data: list[str], out: str,
             gradients: list[str], gate: str, labels: list[tuple[str, str]]) -> dict[str, str]:
    """Return the texts of program() for numbers alone, for the parameters P0, ..., for rows."""
    x, totals = ", ".join(inputs), [f"total_{p}" for p in data]
    needed = set(re.findall(r"\w+", " ".join([out, *gradients])))
    for name, text in reversed(list(lines.items())):  # a line needs only lines above it
        needed.update(re.findall(r"\w+", text) if name in needed else ())
    body = [f"{name} = {text}" for name, text in lines.items() if text and name in needed]
    own = [f"d{p}" if " " in g else g for p, g in zip(data, gradients)]
    last = [f"d{p} = {g}" for p, g in zip(data, gradients) if " " in g]
    steps = [*body, *last, *[f"P{i}.grad = (P{i}.grad or 0.0) + {g}" for i, g in enumerate(own)]]
    loop = [*body, *map("total_{} += {}".format, data, gradients), f"results.append({out})"]
    if gate in needed and gate[0] == "d" and " else " in lines[gate]:
        k = body.index(f"{gate} = {lines[gate]}") + 1
        loop[k:k] = [f"if not {gate}:", f"    results.append({out})", "    continue"]
        steps[k:k] = [f"if not {gate}:", f"    return {out}"]
    texts = {
        "function": [f"def program({', '.join(inputs + data)}):", *body, *last,
                     f"return {out}, [{', '.join(own)}]" if data else f"return {out}"],
        "_call": [f"def program({x}):", *[f"{p} = P{i}.data" for i, p in enumerate(data)], *steps,
                  f"return {out}"],
        "_batch": ["def program(rows):",  # in which the names that come first are the fastest
                   " = ".join([*[line.split()[0] for line in body], "results = []"]),
                   f"[{', '.join(data)}] = [p.data for p in parameters]",
                   f"[{', '.join(totals)}] = [p.grad or 0.0 for p in parameters]",
                   f"for [{x}] in rows:", *[f"    {line}" for line in loop],
                   f"for p, total in zip(parameters, [{', '.join(totals)}]):",
                   "    p.grad = total", "return results"]}
    joined = {name: "\n    ".join(text) + "\n" for name, text in texts.items()}
    joined["function"] = "import math\n\n\n" * ("math." in joined["function"]) + joined["function"]
    names: dict[str, str] = {}  # labels that are identifiers, in the place of names
    taken = {*re.findall(r"\w+", " ".join(joined.values())), *keyword.kwlist, "__debug__"}
    for name, label in labels:
        if re.match(r"(?a)[^\W\d]\w*\Z", label) and not taken & {label, f"d{label}"}:
            taken |= {label, f"d{label}"}
            names.update({name: label, f"d{name}": f"d{label}"})
    return {key: re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text) if names else text
            for key, text in joined.items()}

# --- Data: two moons ---------------------------------------------------------------------------
def make_moons(n_samples: int = 100, *, shuffle: bool = True, noise: float | None = None,
               random_state: Any = None) -> tuple[list[list[float]], list[int]]:
    """Return points [x, y] on two interleaved half circles, and labels: 0 upper, 1 lower.

    After sklearn.datasets.make_moons: noise is a standard deviation, random_state an int, a
    random.Random, or None for the random module. ValueError for n_samples < 1 or noise < 0."""
    if n_samples < 1 or noise is not None and not 0 <= noise < math.inf:
        raise ValueError(f"expected n_samples >= 1 and noise >= 0, got {n_samples} and {noise}")
    rng = random if random_state is None else random_state
    if not hasattr(rng, "gauss"):
        rng = random.Random(operator.index(random_state))
    points = []
    for label, n in enumerate((n_samples // 2, n_samples - n_samples // 2)):
        for t in [math.pi * i / max(1, n - 1) for i in range(n)]:
            x, y = math.cos(t), math.sin(t)
            points.append(([1 - x, 0.5 - y] if label else [x, y], label))
    if shuffle:
        rng.shuffle(points)
    if noise is not None:
        points = [([x + rng.gauss(0, noise) for x in point], label) for point, label in points]
    return [point for point, _ in points], [label for _, label in points]

# --- Training ----------------------------------------------------------------------------------
def train(model: Any, X: Any, y: Any, steps: int = 100, lr: float = 1.0, alpha: float = 1e-4,
          callback: Callable[[int, float, float], Any] | None = None) -> list[tuple[float, float]]:
    """Teach model to score points X above 0 where their label in y is 1, below where it is 0.

    Each step computes the loss over all points, and moves every parameter against its gradient.
    The loss is hinge_loss plus alpha times the sum of the squared parameters, whose gradient,
    2 * alpha * p, is SGD's weight decay. The learning rate falls from lr towards lr / 10.
    Calls callback(step, loss, accuracy) after each step and returns the list of (loss, accuracy),
    both from before it moved. ValueError unless each point has a label; what trace() raises."""
    X, y = checked([list(map(number, x)) for x in X], y, (0, 1))
    rows = [[*x, 2.0 * label - 1.0] for x, label in zip(X, y)]  # labels are -1 and 1 from here
    def f(*row: float) -> tuple[Value, Value]:
        score = model(row[:-1])
        return hinge_loss(score, row[-1:]) / len(rows), score
    parameters = model.parameters()
    program = trace(f, parameters, rows[0])
    optimizer = SGD(parameters, lr, weight_decay=2 * alpha)
    history = []
    for step in range(steps):
        optimizer.zero_grad()
        losses, scores = zip(*program.batch(rows))
        loss = sum(losses) + alpha * sum([p.data * p.data for p in parameters])
        history.append((loss, sum(map(is_right, scores, y)) / len(y)))
        optimizer.lr = lr * (1 - 0.9 * step / steps)
        optimizer.step()
        if callback:
            callback(step, *history[-1])
    return history

def accuracy(model: Callable[[list[float]], Any], X: Any, y: Any) -> Any:
    """The share of points X with a score above 0 if their label in y is 1, or up to 0 for 0."""
    X, y = checked([list(map(number, x)) for x in X], y, (0, 1))
    return sum(map(is_right, predict(model, X), y)) / len(y)
def is_right(score: float, label: float) -> bool:
    return score > 0 if label else score <= 0
def predict(model: Callable[[list[float]], Any], X: list[list[float]]) -> Any:
    """Return the scores that model gives the points X."""
    try:
        return trace(lambda *x: as_value(model(list(x))), (), X[0]).batch(X)
    except Exception:  # it cannot be traced: what is wrong with model itself is raised again here
        return [as_value(model(x)).data for x in X]

def save(model: Module, path: Any) -> None:
    """Write model.state_dict() to path as JSON, all or, with an OSError or ValueError, nothing."""
    try:
        text = json.dumps(model.state_dict(), allow_nan=False)
    except ValueError:
        raise ValueError("training diverged: a parameter is infinite or NaN") from None
    os.replace(write_part(path, text), path)

def load(model: Module, path: Any) -> None:
    """Set model to what save wrote to path; OSError if it cannot be read, ValueError if bad."""
    with open(path, encoding="utf-8") as file:
        try:
            model.load_state_dict(json.load(file))
        except (ValueError, RecursionError) as error:  # which json raises for too many brackets
            raise ValueError(f"cannot load {path}: {error}") from None
def write_part(path: Any, text: str) -> str:
    """Write text to a file beside path, to be renamed to path then, and return its name."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(f"{path} is not a file")
    with open(f"{path}.part", "w", encoding="utf-8") as file:
        file.write(text)
    return f"{path}.part"

# --- Drawing a graph ---------------------------------------------------------------------------
BLUE, ORANGE, GREEN, PURPLE, INK = "#1d4ed8", "#c2410c", "#0f766e", "#7e22ce", "#0f172a"
LEAF, NODE, ROOT = ("#dbeafe", BLUE), ("#f1f5f9", INK), ("#ffedd5", ORANGE)  # fill and ink
CONSTANT, OPERATION = ("#e2e8f0", "#475569"), ("#475569", "#ffffff")

class SVG(str):
    """The text of an SVG picture, all ASCII; a Jupyter notebook shows the picture."""
    def _repr_svg_(self) -> str:
        return str(self)

def draw_dot(root: Value, rankdir: str = "LR") -> str:
    """Return root's graph in Graphviz's DOT language; ValueError for more than 300 nodes."""
    names = {v: f"v{i}" for i, v in enumerate(nodes_to_draw(root))}
    lines = ["digraph {", f"  rankdir={rankdir}"]
    for v, name in names.items():
        rows = "\n".join(map(escaped, rows_of(v)))
        label, op = [json.dumps(x, ensure_ascii=False) for x in (rows, escaped(v._op))]
        lines.append(f"  {name} [shape=box, label={label}]")
        if v._prev:
            lines += [f"  {name}op [label={op}]", *[f"  {names[u]} -> {name}op" for u in v._prev]]
            lines.append(f"  {name}op -> {name}")
    return "\n".join([*lines, "}\n"])

def draw_svg(root: Value) -> SVG:
    """Return a picture of root's graph, from left to right; ValueError for more than 300 nodes."""
    order = nodes_to_draw(root)
    users = {v: [u for u in order if v in u._prev] for v in order}
    slot = 24 + 17 * max(len(rows_of(v)) for v in order)
    column: dict[Value, int] = {}
    for v in reversed(order):  # left of all that use it
        column[v] = 1 + max([column[u] for u in users[v]], default=-1)
    place: dict[Value, tuple[float, float, float]] = {}  # left, right, and height of the middle
    right, edges, boxes = 0.0, "", []
    for i in range(max(column.values()) + 1):
        nodes = [v for v in order if column[v] == i]
        nodes.sort(key=lambda v: sum(place[u][2] for u in users[v]) / max(1, len(users[v])))
        for k, v in enumerate(nodes):
            left, y = right, slot * (k - (len(nodes) - 1) / 2)
            color = NODE if v._prev else CONSTANT if v._op == "constant" else LEAF
            texts = [(rows_of(v), ROOT if v is root else color), ([v._op], OPERATION)]
            for rows, (fill, ink) in texts if v._prev else texts[:1]:
                left -= width_of(rows)
                boxes.append(draw_box(left, y, rows, fill, ink))
            place[v] = left, right, y
        right = min(place[v][0] for v in nodes) - 60
    for v, u in [(v, u) for v in order for u in v._prev]:
        left, (_, start, y), end = place[v][0], place[u], place[v][2]
        edges += f"M{start:g} {y:g}C{start + 30:g} {y:g} {left - 30:g} {end:g} {left:g} {end:g}"
    boxes.insert(0, f'<path d="{edges}" stroke="#8b95a5" stroke-width="1.4"/>')
    height = slot * max(list(column.values()).count(i) for i in column.values())
    return draw_page(right + 48, -height / 2, -right - 36, height, boxes)
def nodes_to_draw(root: Value) -> list[Value]:
    order = topological_order(root)
    if len(order) > 300:
        raise ValueError(f"this graph has {len(order)} nodes, and a picture shows at most 300")
    return order
def rows_of(v: Value) -> list[str]:
    rows = [f"data {v.data:g}", f"grad {v.grad or 0.0:g}"]
    return [f"{v.data:g}"] if v._op == "constant" else [v.label, *rows] if v.label else rows
def draw_box(x: float, y: float, rows: list[str], fill: str, ink: str) -> str:
    top = y - 5 - 8.5 * len(rows)
    texts = [draw_text(x + 8, top + 18 + 17 * i, row, ink) for i, row in enumerate(rows)]
    return (f'<rect x="{x:g}" y="{top:g}" width="{width_of(rows):g}" height="{2 * (y - top):g}" '
            f'rx="5" fill="{fill}" stroke="{ink}"/>{"".join(texts)}')
def width_of(rows: list[str]) -> float:
    """Return the pixels that a box needs for lines of text; what is not ASCII may be wide."""
    return 16 + max(sum(7.3 if c.isascii() else 16 for c in row) for row in rows)
def draw_text(x: float, y: float, text: str, color: str = INK, anchor: str = "start") -> str:
    return (f'<text x="{x:g}" y="{y:g}" fill="{color}" text-anchor="{anchor}" '
            f'xml:space="preserve">{escaped(text)}</text>')
def escaped(text: str) -> str:
    """Return text for XML and DOT, with U+FFFD for what has no look or turns all that follows."""
    bad = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    bad += "".join(c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn"))
    return html.escape("".join("\ufffd" if c in bad else c for c in text))
def draw_page(x: float, y: float, width: float, height: float, content: list[str]) -> SVG:
    size = f'width="{width:g}" height="{height:g}" viewBox="{x:g} {y:g} {width:g} {height:g}"'
    page = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} fill="none" font-size="12" '
            f'font-family="ui-monospace, Menlo, Consolas, monospace">', *content, "</svg>\n"]
    return SVG("\n".join(page).encode("ascii", "xmlcharrefreplace").decode())

# --- Drawing what a network has learned about points [x, y] ------------------------------------
def draw_boundary(model: Any, X: Any, y: Any, columns: int = 72, color: bool = False) -> str:
    """Return 20 lines of text with the points, and dots where model scores above 0; and a legend.

    ValueError for less than 2 columns, points that are not two finite numbers, and as in train."""
    if columns < 2:
        raise ValueError(f"columns must be at least 2, got {columns}")
    scores, points, _, _ = survey(model, X, y, columns, 20)
    cells = [["." if score > 0 else " " for score in row] for row in scores]
    for i, j, label, right in points:
        cells[round(j)][round(i)] = "ox"[label] if right else "#"
    def painted(char: str, score: float) -> str:
        ink, ground = {"o": 117, "x": 221, "#": 231}.get(char, 209), 52 if score > 0 else 17
        return f"\x1b[38;5;{ink};48;5;{ground}m{char}\x1b[0m" if color else char
    lines = ["".join(map(painted, *pair)).rstrip(" ") for pair in zip(cells, scores)]
    legend = [painted(text[0], text[0] in "x.") + text[1:] for text in (
        "o label 0", "x label 1", "# misclassified", ". score above 0")]
    return "\n".join([*lines, ("   " if columns >= 57 else "\n").join(legend)])  # 57 for one line

def draw_training(model: Any, X: Any, y: Any, history: Iterable[tuple[float, float]]) -> SVG:
    """Return a picture of points, scores, and the finite pairs (loss, accuracy) in history."""
    history = list(history)
    scores, points, xs, ys = survey(model, X, y, 121, 76)
    content = ['<rect width="100%" height="100%" rx="8" fill="white"/>',
               '<svg x="130" y="40" width="480" height="300" viewBox="0 0 120 75">',
               draw_plane(scores), "</svg>", *draw_axes(130, 480, 40, 300, xs, ys, "x[0]", "x[1]")]
    for i, j, label, right in points:
        circle = f'<circle cx="{130 + 4 * i:g}" cy="{40 + 4 * j:g}"'
        content.append(f'{circle} r="4.5" fill="{(BLUE, ORANGE)[label]}" stroke="white"/>')
        if not right:
            content.append(f'{circle} r="8" stroke="{INK}" stroke-width="2"/>')
    content.append(draw_text(130, 404, "blue: label 0, orange: label 1, ring: misclassified, "
                                       "lines: score -1, 0, 1"))
    content += draw_curve(40, "loss", GREEN, 0, [loss for loss, _ in history])
    content += draw_curve(220, "accuracy, %", PURPLE, 100, [100 * share for _, share in history])
    return draw_page(0, 0, 1024, 428, content)
def survey(model: Any, X: Any, y: Any, columns: int, rows: int) -> Any:
    """Return scores in a grid around points, the points in it, wrong ones last, and its ranges."""
    X, y = checked([list(map(number, x)) for x in X], y, (0, 1))
    ranges = []
    for x in X:
        if len(x) != 2 or not all(abs(coordinate) < 1e300 for coordinate in x):
            raise ValueError(f"a point to draw must be two numbers below 1e300, got {x}")
    for low, high in zip(map(min, zip(*X)), map(max, zip(*X))):
        margin = (high - low) / 20 or abs(low) or 1.0
        ranges.append([low - margin, high + margin])
    (left, right), (bottom, top) = ranges
    dx, dy = (right - left) / (columns - 1), (top - bottom) / (rows - 1)
    grid = [[left + dx * i, top - dy * j] for j in range(rows) for i in range(columns)]
    scores = predict(model, [*X, *grid])
    points = [((x[0] - left) / dx, (top - x[1]) / dy, int(label), is_right(score, label))
              for x, label, score in zip(X, y, scores)]
    table = [scores[i:i + columns] for i in range(len(X), len(scores), columns)]
    return table, sorted(points, key=lambda point: not point[3]), *ranges
def draw_plane(scores: list[list[float]]) -> str:
    """Shade a grid of scores, blue below 0 and orange above, with lines at -1, 0 and 1."""
    paths: dict[Any, str] = {}
    for j, i in itertools.product(range(len(scores)), range(len(scores[0]))):
        level = round(8 * math.tanh(scores[j][i] / 2)) if scores[j][i] == scores[j][i] else 0
        pen = (BLUE, ORANGE)[level > 0], 1, abs(level) / 16
        paths[pen] = paths.get(pen, "") + f"M{i - 0.5} {j}h1"
    paths[INK, 0.25, 1] = contour(scores, -1) + contour(scores, 1)
    paths[INK, 0.6, 1] = contour(scores, 0)
    return "".join(f'<path d="{d}" stroke="{color}" stroke-width="{width}" '
                   f'stroke-opacity="{opacity}"/>' for (color, width, opacity), d in paths.items())
def contour(grid: list[list[float]], level: float) -> str:
    """Return the path between neighbours in grid of which one is above level and one is not."""
    d = ""
    for j, row in enumerate(grid):
        for i, z in enumerate(row):
            if i and (z > level) != (row[i - 1] > level):
                d += f"M{i - 0.5} {j - 0.5}v1"
            if j and (z > level) != (grid[j - 1][i] > level):
                d += f"M{i - 0.5} {j - 0.5}h1"
    return d
def draw_curve(top: float, name: str, color: str, least: float, numbers: list[float]) -> list[str]:
    """Draw the finite numbers over the steps, with an axis from 0 at least up to least."""
    points = [(step, x) for step, x in enumerate(numbers) if abs(x) < 1e300]
    low, high = min([0.0, *(x for _, x in points)]), max([least, *(x for _, x in points)])
    high += (high - low) / 20 or 1
    last = max(4, len(numbers) - 1)
    line = "L".join(f"{700 + 300 * step / last:g} {top + 120 * (high - x) / (high - low):g}"
                    for step, x in points)
    return [*draw_axes(700, 300, top, 120, [0, last], [low, high], "step", name, color),
            f'<path d="M{line}h0" stroke="{color}" stroke-width="3" stroke-linecap="round"/>'
            if line else ""]  # h0 makes a single step a dot
def draw_axes(left: float, width: float, top: float, height: float, xs: list[float],
              ys: list[float], x_name: str, y_name: str, color: str = INK) -> list[str]:
    """Draw a frame with names and numbers at two sides, whose ranges are xs and ys."""
    bottom, dx, dy = top + height, width / (xs[1] - xs[0]), height / (ys[1] - ys[0])
    return [f'<path d="M{left} {top}h{width}v{height}h-{width}z" stroke="{INK}"/>',
            draw_text(left, top - 9, y_name, color),
            draw_text(left + width / 2, bottom + 36, x_name, INK, "middle"),
            *[draw_text(left + dx * (tick - xs[0]), bottom + 18, f"{tick:.10g}", INK, "middle")
              for tick in ticks(*xs)],
            *[draw_text(left - 8, bottom + 4 - dy * (tick - ys[0]), f"{tick:.10g}", INK, "end")
              for tick in ticks(*ys)]]
def ticks(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2, 2.5 or 5 times a power of 10 from low to high, at most 5."""
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if 4 * m * power >= high - low)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]

# --- The command line --------------------------------------------------------------------------
def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a network to tell two moons apart.")
    for name, kind, default, text in (
            ("steps", int, 100, "steps of training (default: 100)"),
            ("samples", int, 100, "points to learn from (default: 100)"),
            ("noise", float, 0.1, "standard deviation from the half circles (default: 0.1)"),
            ("hidden", int, [16, 16], "neurons in each hidden layer (default: 16 16)"),
            ("lr", float, 1.0, "learning rate: how far a step goes (default: 1.0)"),
            ("seed", int, 0, "start of the random numbers (default: 0)"),
            ("save", str, None, "write the network to a file, as JSON"),
            ("load", str, None, "begin with the network in a file"),
            ("svg", str, None, "draw the network's training to a file")):
        parser.add_argument(f"--{name}", type=kind, default=default, help=text,
                            nargs="+" if name == "hidden" else None)
    args = parser.parse_args(argv)
    amounts = args.steps, args.noise, args.lr
    if min(args.samples, *args.hidden) < 1 or not all(0 <= x <= 1000000 for x in amounts):
        parser.error("--samples and --hidden begin at 1, --steps, --noise, --lr go 0 to 1000000")
    if sum(m * (n + 1) for n, m in zip([2, *args.hidden], [*args.hidden, 1])) > 100000:
        parser.error("--hidden makes more than 100000 parameters")
    return args

def main(argv: Sequence[str] | None = None) -> int:
    """Train as the arguments say, and return the exit status."""
    try:
        return run(parse_arguments(argv))
    except KeyboardInterrupt:
        print("\nmicrograd.py: interrupted", file=sys.stderr)
        return 130  # as the shell reports a death by Ctrl-C
    except OSError as error:  # of standard output: Python must not try again to write the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # this comes when nobody reads on: | head -1
            print(f"micrograd.py: error: {error}", file=sys.stderr)
        return 1

def run(args: argparse.Namespace) -> int:
    rng = random.Random(args.seed)
    X, y = make_moons(args.samples, noise=args.noise, random_state=rng)
    new = make_moons(1000, noise=args.noise, random_state=rng)
    model = MLP(2, [*args.hidden, 1], rng=rng)
    try:
        if args.load:
            load(model, args.load)
        for path in filter(None, (args.save, args.svg)):
            os.remove(write_part(path, ""))
    except (OSError, ValueError) as error:
        print(f"micrograd.py: error: {error}", file=sys.stderr)
        return 2
    print("MLP", " -> ".join(map(str, [2, *args.hidden, 1])), end=", ")
    print(len(model.parameters()), "parameters,", len(X), "points", flush=True)
    history: list[tuple[float, float]] = []
    terminal, problem, status = bool(sys.stdout) and sys.stdout.isatty(), "", 0
    def show(step: int, loss: float, share: float) -> None:
        history.append((loss, share))
        last = step == args.steps - 1
        if terminal or step % 10 == 0 or last:
            text = f"step {step:3}  loss {loss:.4f}  accuracy {100 * share:5.1f} %"
            end = "\r" if terminal and not last else "\n"
            print(text.ljust(60 * terminal), end=end, flush=True)
    try:
        train(model, X, y, args.steps, args.lr, callback=show)
    except KeyboardInterrupt:
        status = 130
        print(f"\nstopped after {len(history)} of {args.steps} steps", flush=True)
    for path in filter(None, (args.save, args.svg)):
        print(f"writing {path}", flush=True)
        try:
            if path == args.save:
                save(model, path)
            else:
                os.replace(write_part(path, draw_training(model, X, y, history)), path)
        except (OSError, ValueError) as error:
            status, problem = 1, f"micrograd.py: error: {path}: {error}"
    print(f"accuracy on the {len(X)} points: {100 * accuracy(model, X, y):.1f} %")
    print(f"accuracy on {len(new[0])} new points: {100 * accuracy(model, *new):.1f} %")
    columns = min(72, shutil.get_terminal_size().columns - 1) if terminal else 72
    color = terminal and not os.environ.get("NO_COLOR")
    print(draw_boundary(model, X, y, max(2, columns), color), flush=True)
    if problem:
        print(problem, file=sys.stderr)
    return status
if __name__ == "__main__":
    sys.exit(main())
