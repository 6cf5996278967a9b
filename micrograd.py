#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""micrograd in one file: backpropagation over single numbers, and a neural network on top.

The words, in the order in which the file needs them:

    Value       a real number that remembers how it was computed
    leaf        a Value without inputs, such as a weight of a network
    node        a Value that an operation computed from other Values, its inputs
    graph       a Value, its inputs, their inputs, and so on down to the leaves
    partial     the derivative of one node with respect to one of its inputs, the others held fixed
    gradient    the derivative of the last node of a graph, the output, with respect to any Value
                in it: how much the output changes for a small change of that Value
    chain rule  a node adds (gradient of the node) * (partial) to the gradient of each input
    backward()  applies the chain rule to every node, from the output down to the leaves

`python micrograd.py` trains a network on two moons; `python micrograd.py --help` tells more.
After micrograd by Andrej Karpathy (2020).
"""

import gc
import math
import os
import random
import reprlib
import sys
from contextlib import contextmanager
from itertools import accumulate, chain, combinations, compress, groupby
from numbers import Integral, Real
from operator import index, itemgetter

# ---------------------------------------------------------------------------------------------
# Value: a number that remembers how it was computed
# ---------------------------------------------------------------------------------------------

# What counts as a plain number. Real alone would do, as it includes NumPy's numbers, too, but
# isinstance finds float and int several times faster than it asks an abstract class.
NUMBER = (float, int, Real)


def number(x):
    """Return the real number x as a float; TypeError if it is anything else."""
    if isinstance(x, NUMBER):
        return float(x)
    raise TypeError(f"expected a real number, got {type(x).__name__}")


class Value:
    """A real number that remembers how it was computed.

    data       the number, a float
    grad       its gradient: after out.backward(), the derivative of out with respect to this
    label      a name for people, "" if none
    _op        the operation that computed it, "" if none did
    _prev      the inputs of that operation: a tuple in order, so a*a has (a, a)
    _partials  the partials with respect to these, in the same order; () stands for all 0

    Plain numbers in an expression are constants: they are no Values and are not in _prev. What
    raises ZeroDivisionError or OverflowError between floats does so between Values, too, and
    what has no real result, such as the log of -1, raises a ValueError.
    """

    __slots__ = ("data", "grad", "label", "_op", "_prev", "_partials")

    def __init__(self, data, label=""):
        self.data = number(data)
        self.grad = 0.0
        self.label = label
        self._op = ""
        self._prev = ()
        self._partials = ()

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    # Each operation states its value, its name, its inputs and its partials; node, below this
    # class, makes a Value of them. NotImplemented tells Python to ask the other operand, whose
    # __radd__ then computes the sum, and to raise a TypeError if that cannot either.

    def __add__(self, other):
        if isinstance(other, Value):
            return node(self.data + other.data, "+", (self, other), (1.0, 1.0))
        if isinstance(other, NUMBER):
            return node(self.data + float(other), "+", (self,), (1.0,))
        return NotImplemented

    __radd__ = __add__

    def __mul__(self, other):
        if isinstance(other, Value):
            return node(self.data * other.data, "*", (self, other), (other.data, self.data))
        if isinstance(other, NUMBER):
            y = float(other)
            return node(self.data * y, "*", (self,), (y,))
        return NotImplemented

    __rmul__ = __mul__

    def __neg__(self):
        return node(-self.data, "neg", (self,), (-1.0,))

    def __sub__(self, other):
        if isinstance(other, Value):
            return node(self.data - other.data, "-", (self, other), (1.0, -1.0))
        if isinstance(other, NUMBER):
            return node(self.data - float(other), "-", (self,), (1.0,))
        return NotImplemented

    def __rsub__(self, other):  # other - self
        if isinstance(other, NUMBER):
            return node(float(other) - self.data, "-", (self,), (-1.0,))
        return NotImplemented

    def __truediv__(self, other):
        if isinstance(other, Value):
            x, y = self.data, other.data
            return node(x / y, "/", (self, other), (1 / y, -x / y / y))  # y * y may underflow
        if isinstance(other, NUMBER):
            y = float(other)
            return node(self.data / y, "/", (self,), (1 / y,))
        return NotImplemented

    def __rtruediv__(self, other):  # other / self
        if isinstance(other, NUMBER):
            x, y = float(other), self.data
            return node(x / y, "/", (self,), (-x / y / y,))
        return NotImplemented

    def __pow__(self, other):
        if isinstance(other, Value):
            x = self.data
            power, slope = _power(x, other.data)
            return node(power, "**", (self, other), (slope, _by_exponent(x, power)))
        if isinstance(other, NUMBER):
            power, slope = _power(self.data, float(other))
            return node(power, "**", (self,), (slope,))
        return NotImplemented

    def __rpow__(self, other):  # other ** self
        if isinstance(other, NUMBER):
            x = float(other)
            power, _ = _power(x, self.data)
            return node(power, "**", (self,), (_by_exponent(x, power),))
        return NotImplemented

    def exp(self):
        y = math.exp(self.data)
        return node(y, "exp", (self,), (y,))

    def log(self):
        """The natural logarithm; ValueError unless data is above 0."""
        x = self.data
        if x <= 0:
            raise ValueError(f"log of {x}: expected a number above 0")
        return node(math.log(x), "log", (self,), (1 / x,))

    def relu(self):
        """max(0, data), with slope 0 at 0; NaN stays NaN."""
        if self.data <= 0:
            return node(0.0, "relu", (self,), ())
        return node(self.data, "relu", (self,), (1.0,))

    # The slopes of tanh and sigmoid are 1 - y*y and y*(1 - y), but for large x, y rounds to 1 and
    # these to 0: learning would stop where it should only be slow. Multiplied out with a power
    # of e that is at most 1, so that nothing overflows, they are the fractions below.

    def tanh(self):
        small = math.exp(-2 * abs(self.data))
        return node(math.tanh(self.data), "tanh", (self,), (4 * small / (1 + small) ** 2,))

    def sigmoid(self):
        """1 / (1 + exp(-data))"""
        small = math.exp(-abs(self.data))
        y = (small if self.data < 0 else 1) / (1 + small)
        return node(y, "sigmoid", (self,), (small / (1 + small) ** 2,))

    def _backward(self):
        """Apply the chain rule here: add grad * partial to the grad of each input."""
        grad = self.grad
        if not grad:
            return  # as when every path to the output leads through a ReLU that is off
        inputs = self._prev
        i = 0  # zip is slower: most of all to make one for the one or two inputs of + or *
        for partial in self._partials:
            inputs[i].grad += grad * partial
            i += 1

    def backward(self):
        """Find the gradient of every Value in the graph of this one, the output.

        In leaves it is added to the grad that is there, until you reset that to 0, as zero_grad
        does for a network. In nodes it replaces what an earlier backward() left.
        """
        order, graph = topological_order(self)
        earlier = []
        for v in graph:
            if v.grad:
                if not v._prev:
                    earlier.append((v, v.grad))
                v.grad = 0.0

        self.grad = 1.0
        for v in reversed(order):  # so that all that uses v has added to v.grad before v is asked
            v._backward()

        for v, grad in earlier:  # last, so that what was there does not change how this rounds
            v.grad += grad


_new = object.__new__  # looking this up for every node would cost a tenth of making it


def node(data, op, inputs, partials):
    """Return the Value that an operation computed from other Values.

    data      its value, a float
    op        a short name for the operation
    inputs    a tuple of the Values that it was computed from
    partials  a tuple of its derivatives with respect to each of them; () if all are 0

    For the sake of speed nothing is checked here: of an operation of your own, gradcheck does it.
    """
    out = _new(Value)  # past __init__, which would check again that data is a number
    out.data = data
    out.grad = 0.0
    out.label = ""
    out._op = op
    out._prev = inputs
    out._partials = partials
    return out


def topological_order(root):
    """Return the nodes of root's graph in a list, inputs first, and all its Values in a set.

    Depth-first search: it follows one input to the leaves before it turns to the next, and lists
    a node when all behind it is listed. The stack is a list of our own because Python's allows
    only about a thousand calls, and a graph can be deeper: a sum of 2000 Values is.
    """
    order, graph, stack = [], set(), [root]
    while stack:
        v = stack.pop()
        if v is None:  # below this mark is a node, and all that was above has been listed
            order.append(stack.pop())
        elif v not in graph:
            graph.add(v)
            inputs = v._prev
            if inputs:  # else a leaf, which is not listed
                # A short cut, for most nodes: inputs that have all been seen are leaves or have
                # been listed. For a node that has been seen but not listed waits for v to be
                # listed first: it was computed from v, and so it is no input of v.
                if graph.issuperset(inputs):
                    order.append(v)
                else:
                    stack.append(v)
                    stack.append(None)
                    stack.extend(inputs)
    return order, graph


def _power(x, y):
    """Return x ** y and its derivative with respect to x, which for y = 0 is 0 everywhere."""
    power = x ** y
    if type(power) is complex:
        raise ValueError(f"{x} ** {y} is not a real number")
    try:
        return power, y * x ** (y - 1) if y else 0.0
    except ZeroDivisionError:  # 0 to a power between 0 and 1: the curve starts vertically
        return power, math.inf
    except OverflowError:  # but the power is not too large: divide, which gives inf if it must
        return power, y * power / x


def _by_exponent(x, power):
    """Return the derivative of power = x ** y with respect to y.

    Where there is none, it is 0 for x = 0 and NaN for x < 0, as in PyTorch.
    """
    return power * (math.log(x) if x > 0 else 0.0 if x == 0 else math.nan)


def dot(weights, inputs, bias=0.0):
    """Return bias + weights[0] * inputs[0] + weights[1] * inputs[1] + ... as a single node.

    All of them may be Values or numbers. Value and gradients are those of the sum written out
    from left to right, in a fraction of its time and memory. Different lengths: ValueError.
    """
    weights, inputs = tuple(weights), tuple(inputs)
    if len(weights) != len(inputs):
        raise ValueError(f"dot needs as many inputs as weights, got {len(inputs)} "
                         f"and {len(weights)}")
    terms = (bias, *chain.from_iterable(zip(weights, inputs)))  # in the order of the formula
    numbers, values, mask = _split(terms)
    w, x = numbers[1::2], numbers[2::2]
    total = numbers[0]
    for wi, xi in zip(w, x):
        total += wi * xi
    partials = (1.0, *chain.from_iterable(zip(x, w)))  # of bias, and of w * x for w and for x
    return node(total, "dot", values, tuple(compress(partials, mask)))


def _split(terms):
    """Return the numbers that terms stand for, the Values among them, and which of them are."""
    terms = tuple(terms)
    mask = [isinstance(v, Value) for v in terms]
    numbers = [v.data if is_value else number(v) for v, is_value in zip(terms, mask)]
    return numbers, tuple(compress(terms, mask)), mask


def gradcheck(f, inputs, eps=1e-6, atol=1e-5, rtol=1e-3):
    """Compare the gradients of f(*inputs) with central differences; True if they agree.

    The central difference is (f(x + eps) - f(x - eps)) / (2 * eps), for one input x at a time.
    After torch.autograd.gradcheck: inputs is a Value or a sequence of them (numbers in it become
    Values), f returns a Value, and |gradient - difference| <= atol + rtol * |difference| has to
    hold for each input; a RuntimeError names the first for which it does not, and both numbers.
    Where f has a kink, as relu at 0, or eps is lost in the rounding of a large input, the two
    differ with good reason. data and grad are afterwards what they were, in inputs and in
    everything f used.
    """
    if not number(eps) > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    inputs = (inputs,) if isinstance(inputs, Value) else inputs
    inputs = [v if isinstance(v, Value) else Value(v) for v in inputs]
    out = f(*inputs)
    if not isinstance(out, Value):
        raise TypeError(f"f must return a Value, got {type(out).__name__}")
    _, graph = topological_order(out)
    for v in graph:
        if len(v._partials) not in (0, len(v._prev)):
            raise ValueError(f"a node {v._op!r} has {len(v._prev)} inputs, but "
                             f"{len(v._partials)} partials")
    saved = [(v, v.grad) for v in (*inputs, *graph)]
    for v, _ in saved:
        v.grad = 0.0
    try:
        out.backward()
        gradients = [v.grad for v in inputs]
    finally:
        for v, grad in saved:
            v.grad = grad

    def f_with(v, data):
        before, v.data = v.data, data
        try:
            return f(*inputs).data
        finally:
            v.data = before

    for i, (v, gradient) in enumerate(zip(inputs, gradients)):
        difference = (f_with(v, v.data + eps) - f_with(v, v.data - eps)) / (2 * eps)
        if not abs(gradient - difference) <= atol + rtol * abs(difference):  # true of NaN, too
            raise RuntimeError(f"gradient for input {i} ({v.data}): backward() found {gradient}, "
                               f"central differences {difference}")
    return True


# ---------------------------------------------------------------------------------------------
# The network: Neuron, Layer, MLP
# ---------------------------------------------------------------------------------------------

ACTIVATIONS = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", None: "Linear"}


class Module:
    """Base class of all that has parameters, the Values that training changes."""

    def parameters(self):
        return []

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0

    def _named(self):
        """Return the parameters in nested lists, under the names that PyTorch has for them."""
        return {str(i): p for i, p in enumerate(self.parameters())}

    def state_dict(self):
        """Return the numbers of all parameters: a dict from names to floats or lists of them.

        json keeps them exactly, if none is infinite or NaN.
        """
        return {name: _numbers_of(values) for name, values in self._named().items()}

    def load_state_dict(self, state):
        """Set the parameters to the numbers in state, which has the form that state_dict() gives.

        If it is no dict, a name is missing or unexpected, a list has another length, or an entry
        is no finite number, a ValueError says what and where, and no parameter has changed.
        """
        if not isinstance(state, dict):
            raise ValueError(f"this state does not fit: a {type(state).__name__}, not a dict")
        parameters = self._named()
        problems = [f"{name} is missing" for name in parameters if name not in state]
        problems += [f"{name!r} is unexpected" for name in state if name not in parameters]
        for name, values in parameters.items():
            if name in state:
                problems += _mismatches(name, values, state[name])
        if problems:
            raise ValueError("this state does not fit: " + "; ".join(problems))
        for name, values in parameters.items():
            _set_numbers(values, state[name])


class Neuron(Module):
    """nonlin(w[0] * x[0] + w[1] * x[1] + ... + b), for nin inputs x.

    nonlin is "relu" (or True), "tanh", "sigmoid", or None (or False) for a linear neuron. Several
    layers of linear neurons could compute no more than one layer: it takes bends between them.
    Weights w are drawn from rng.uniform(-1, 1), the bias b is 0.
    """

    def __init__(self, nin, nonlin=True, rng=random):
        _check_size(nin)
        self.nonlin = _check_activation(nonlin)
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)

    def __call__(self, x):
        x, values, mask = _read(x, len(self.w))
        return self._forward(x, values, mask)

    def _forward(self, x, values, mask):
        """What dot(self.w, inputs, self.b) and then nonlin give, for inputs that _read has read.

        It is written out because two thirds of the time of training go by here. A ReLU and its
        sum are one node: the slope of a ReLU is 1 or 0, so either the partials of the sum are
        those of both, or all are 0.
        """
        total = self.b.data
        i = 0  # as in _backward
        for v in self.w:
            total += v.data * x[i]
            i += 1
        inputs = (*self.w, *values, self.b)
        if self.nonlin == "relu" and total <= 0:
            return node(0.0, "relu", inputs, ())
        partials = (*x, *[v.data for v in compress(self.w, mask)], 1.0)
        if self.nonlin == "relu":
            return node(total, "relu", inputs, partials)
        out = node(total, "dot", inputs, partials)
        return getattr(out, self.nonlin)() if self.nonlin else out

    def parameters(self):
        return [*self.w, self.b]

    def _named(self):
        return {"weight": self.w, "bias": self.b}

    def __repr__(self):
        return f"{ACTIVATIONS[self.nonlin]}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that read the same nin inputs; a list of their outputs, or the only one."""

    def __init__(self, nin, nout, nonlin=True, rng=random):
        _check_size(nout)
        self.neurons = [Neuron(nin, nonlin, rng) for _ in range(nout)]

    def __call__(self, x):
        x, values, mask = _read(x, len(self.neurons[0].w))  # once, not once for every neuron
        out = [neuron._forward(x, values, mask) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def _named(self):
        return {"weight": [n.w for n in self.neurons], "bias": [n.b for n in self.neurons]}

    def __repr__(self):
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: nin inputs, then a layer for each size in nouts.

    The last layer is linear, the others have nonlin.
    """

    def __init__(self, nin, nouts, nonlin=True, rng=random):
        sizes = [nin, *nouts]
        if len(sizes) == 1:
            raise ValueError("nouts must name the size of at least one layer")
        for size in sizes:
            _check_size(size)
        nonlin = _check_activation(nonlin)
        self.layers = [Layer(n, nout, nonlin if i < len(sizes) - 2 else None, rng)
                       for i, (n, nout) in enumerate(zip(sizes, sizes[1:]))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def _named(self):
        return {f"layers.{i}.{name}": values for i, layer in enumerate(self.layers)
                for name, values in layer._named().items()}

    def __repr__(self):
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def _check_size(n):
    if index(n) < 1:
        raise ValueError(f"a layer needs at least 1 input and 1 neuron, got {n}")


def _check_activation(nonlin):
    """Return the key of nonlin in ACTIVATIONS."""
    if isinstance(nonlin, bool):
        return "relu" if nonlin else None
    if nonlin not in tuple(ACTIVATIONS):
        raise ValueError(f"nonlin must be 'relu', 'tanh', 'sigmoid' or None, got {nonlin!r}")
    return nonlin


def _read(x, nin):
    """Split the inputs of a layer; a Value alone, as a layer of one neuron gives, is one input."""
    x = _split((x,) if isinstance(x, Value) else x)
    if len(x[0]) != nin:
        raise ValueError(f"expected {nin} inputs, got {len(x[0])}")
    return x


def _numbers_of(values):
    return values.data if isinstance(values, Value) else [_numbers_of(v) for v in values]


def _set_numbers(values, numbers):
    if isinstance(values, Value):
        values.data = float(numbers)
    else:
        for pair in zip(values, numbers):
            _set_numbers(*pair)


def _mismatches(name, values, numbers):
    """Return the first thing in which numbers do not fit nested lists of Values, in a list."""
    if isinstance(values, Value):
        try:
            if isinstance(numbers, NUMBER) and math.isfinite(numbers):
                return []
        except OverflowError:  # a whole number beyond all floats
            pass
        return [f"{name} is {reprlib.repr(numbers)}, not a finite number"]
    if not isinstance(numbers, (list, tuple)):
        return [f"{name} is {reprlib.repr(numbers)}, not a list"]
    if len(numbers) != len(values):
        return [f"{name} has {len(numbers)} entries instead of {len(values)}"]
    for i, pair in enumerate(zip(values, numbers)):
        problems = _mismatches(f"{name}[{i}]", *pair)
        if problems:
            return problems
    return []


# ---------------------------------------------------------------------------------------------
# Losses: how wrong the outputs of a network are, each a single node
# ---------------------------------------------------------------------------------------------

def hinge_loss(scores, labels):
    """Return the mean of max(0, 1 - label * score); labels are -1 or 1.

    It is 0 when every score is beyond 1 on the side of its label: also called max-margin loss.
    ValueError if there are no scores, the numbers of scores and labels differ, or a label is
    neither -1 nor 1.
    """
    def hinge(score, label):
        label = _one_of((-1, 1), label)
        lack = 1 - label * score
        return (0.0, 0.0) if lack <= 0 else (lack, -label)

    return _mean("hinge_loss", hinge, scores, labels)


def mse_loss(outputs, targets):
    """Return the mean of (output - target)^2.

    ValueError if there are no outputs, or the numbers of outputs and targets differ.
    """
    def square(output, target):
        error = output - number(target)
        return error * error, 2 * error

    return _mean("mse_loss", square, outputs, targets)


def binary_cross_entropy_with_logits(logits, labels):
    """Return the mean of -log(p), where p = sigmoid(logit) for label 1, 1 - sigmoid for label 0.

    A logit stands for a probability: sigmoid(logit) is that of label 1.
    ValueError if there are no logits, the numbers of logits and labels differ, or a label is
    neither 0 nor 1.
    """
    def minus_log_p(logit, label):
        sign = 1 if _one_of((0, 1), label) else -1
        x = sign * logit  # p = sigmoid(x), so -log(p) = log(1 + exp(-x)), whose slope is p - 1
        small = math.exp(-abs(x))
        one_minus_p = (small if x > 0 else 1) / (1 + small)
        return max(-x, 0.0) + math.log1p(small), -sign * one_minus_p

    return _mean("binary_cross_entropy_with_logits", minus_log_p, logits, labels)


def cross_entropy(logits, target):
    """Return -log(softmax(logits)[target]), for the logits of one sample and its class.

    softmax turns logits into probabilities that add up to 1: exp(logits[i]), divided by the sum
    of all of these. ValueError if there are no logits or target is not in range(len(logits)),
    TypeError if it is no integer.
    """
    z, values, mask = _split(logits)
    if not z:
        raise ValueError("cross_entropy needs at least one logit")
    if not 0 <= index(target) < len(z):
        raise ValueError(f"target must be a class from 0 to {len(z) - 1}, got {target}")
    # Relative to the largest logit, no exp overflows. That one has exp 1, so all together have
    # 1 + rest; log1p(rest) is its logarithm even where 1 + rest would round to 1.
    top = max(range(len(z)), key=z.__getitem__)
    e = [math.exp(x - z[top]) for x in z]
    rest = sum(e[:top] + e[top + 1:])
    loss = z[top] - z[target] + math.log1p(rest)
    partials = [x / (1 + rest) for x in e]
    partials[target] = -sum(e[:target] + e[target + 1:]) / (1 + rest)  # softmax - 1
    return node(loss, "cross_entropy", values, tuple(compress(partials, mask)))


def _mean(op, rule, outputs, targets):
    """Return the mean of rule(output, target), which gives a loss and its slope, as one node."""
    outputs, values, mask = _split(outputs)
    targets = tuple(targets)
    n = len(outputs)
    if not n or n != len(targets):
        raise ValueError(f"{op} needs as many outputs as targets, and at least one, "
                         f"got {n} and {len(targets)}")
    total, slopes = 0.0, []
    for output, target in zip(outputs, targets):
        loss, slope = rule(output, target)
        total += loss
        slopes.append(slope / n)
    return node(total / n, op, values, tuple(compress(slopes, mask)))


def _one_of(labels, label):
    if label in labels:
        return labels[labels.index(label)]  # an int, even if label is NumPy's 8 bits without sign
    raise ValueError(f"labels must be {labels[0]} or {labels[1]}, got {label!r}")


# ---------------------------------------------------------------------------------------------
# Optimizers: how to move the parameters, given their gradients
# ---------------------------------------------------------------------------------------------

class Optimizer:
    """Base class: step() moves parameters, lr is the learning rate, which you may change."""

    def __init__(self, parameters, lr, weight_decay):
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("there are no parameters to optimize")
        for p in self.parameters:
            if not isinstance(p, Value):
                raise TypeError(f"parameters must be Values, got {type(p).__name__}")
        self.lr = _from_zero("lr", lr)
        self.weight_decay = _from_zero("weight_decay", weight_decay)

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0.0


class SGD(Optimizer):
    """Gradient descent with momentum and L2 penalty, as torch.optim.SGD has it.

    g = grad + weight_decay * data;  velocity = momentum * velocity + g;  data -= lr * velocity
    ValueError for no parameters or a negative rate, TypeError for parameters that are not Values.
    """

    def __init__(self, parameters, lr, momentum=0.0, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay)
        self.momentum = _from_zero("momentum", momentum)
        self._velocity = [0.0] * len(self.parameters)

    def step(self):
        for i, p in enumerate(self.parameters):
            g = p.grad
            if self.weight_decay:
                g += self.weight_decay * p.data
            if self.momentum:
                g += self.momentum * self._velocity[i]
                self._velocity[i] = g
            p.data -= self.lr * g


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015, algorithm 1), with L2 penalty, as torch.optim.Adam has it.

    While its gradient is steady, each parameter moves by about lr, however large that gradient
    is: along m, a moving average of the gradient g, divided by the root of v, one of g * g. Both
    start at 0; in step t that 0 still has weight beta ** t in them, and dividing by
    1 - beta ** t makes up for it.
    ValueError for no parameters, a negative rate, an eps of 0 or below, or a beta outside [0, 1);
    TypeError for parameters that are not Values.
    """

    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(parameters, lr, weight_decay)
        self.betas = tuple(number(beta) for beta in betas)
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be two numbers in [0, 1), got {betas}")
        self.eps = number(eps)
        if not self.eps > 0:
            raise ValueError(f"eps must be above 0, got {eps}")
        self._t = 0
        self._m = [0.0] * len(self.parameters)
        self._v = [0.0] * len(self.parameters)

    def step(self):
        self._t += 1
        beta1, beta2 = self.betas
        m_weight, v_weight = 1 - beta1 ** self._t, 1 - beta2 ** self._t
        for i, p in enumerate(self.parameters):
            g = p.grad + self.weight_decay * p.data
            m = self._m[i] = beta1 * self._m[i] + (1 - beta1) * g
            v = self._v[i] = beta2 * self._v[i] + (1 - beta2) * g * g
            p.data -= self.lr * (m / m_weight) / (math.sqrt(v / v_weight) + self.eps)


def _from_zero(name, x):
    x = number(x)
    if x >= 0:
        return x
    raise ValueError(f"{name} must be 0 or more, got {x}")


# ---------------------------------------------------------------------------------------------
# Data: two moons
# ---------------------------------------------------------------------------------------------

def make_moons(n_samples=100, *, shuffle=True, noise=None, random_state=None):
    """Return points [x, y] on two interleaved half circles, and labels: 0 upper, 1 lower.

    After sklearn.datasets.make_moons: noise is the standard deviation of what is added to the
    coordinates; random_state is an int, a random.Random, or None for the random module itself.
    ValueError for n_samples below 1, a negative or infinite noise or another random_state.
    """
    if index(n_samples) < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")
    noise = None if noise is None else number(noise)
    if noise is not None and not 0 <= noise < math.inf:
        raise ValueError(f"noise must be a finite number from 0 up, got {noise}")
    if random_state is None:
        rng = random
    elif isinstance(random_state, Integral):
        rng = random.Random(int(random_state))
    elif isinstance(random_state, random.Random):
        rng = random_state
    else:
        raise ValueError(f"random_state must be an int, a Random or None, got {random_state!r}")

    def half_circle(n):
        angles = [math.pi * i / max(1, n - 1) for i in range(n)]
        return [(math.cos(t), math.sin(t)) for t in angles]

    outer, inner = n_samples // 2, n_samples - n_samples // 2
    points = [([x, y], 0) for x, y in half_circle(outer)]
    points += [([1 - x, 0.5 - y], 1) for x, y in half_circle(inner)]
    if shuffle:
        rng.shuffle(points)
    if noise is not None:
        points = [([x + rng.gauss(0, noise), y + rng.gauss(0, noise)], label)
                  for (x, y), label in points]
    return [point for point, _ in points], [label for _, label in points]


# ---------------------------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------------------------

@contextmanager
def paused_collector():
    """Switch Python's cycle collector off, and back to what it was, whatever happens.

    A graph has no cycles and is freed as soon as its last name goes. The collector would look
    through its thousands of tuples in vain: for a tenth to a fifth of the time of a step.
    """
    enabled = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if enabled:
            gc.enable()


def train(model, X, y, steps=100, lr=1.0, alpha=1e-4, report=None):
    """Teach model to score points X above 0 where their label in y is 1, below where it is 0.

    Full-batch gradient descent: each step computes the loss over all points, and moves every
    parameter against its gradient. The loss is hinge_loss plus alpha times the sum of all squared
    parameters (an L2 penalty, which keeps them small and the border between the labels smooth);
    the learning rate falls from lr towards lr / 10.

    Calls report(step, loss, accuracy) after each step, and returns the list of (loss, accuracy),
    both from before the step moved the parameters. ValueError if there are no points, the numbers
    of points and labels differ, a label is neither 0 nor 1, or steps, lr or alpha is negative.
    """
    if index(steps) < 0:
        raise ValueError(f"steps must be 0 or more, got {steps}")
    lr, alpha = _from_zero("lr", lr), _from_zero("alpha", alpha)
    X, y = _check_points(X, y)
    labels = [2 * label - 1 for label in y]
    parameters = model.parameters()
    optimizer = SGD(parameters, lr)
    history = []
    with paused_collector():
        for step in range(steps):
            scores = [model(x) for x in X]
            squares = dot(parameters, parameters)
            loss = hinge_loss(scores, labels) + alpha * squares
            history.append((loss.data, _share_right(scores, y)))

            optimizer.zero_grad()
            loss.backward()
            optimizer.lr = lr * (1 - 0.9 * step / steps)
            optimizer.step()

            del scores, squares, loss  # frees this graph before the next one is built
            if report:
                report(step, *history[-1])
    return history


def accuracy(model, X, y):
    """The share of the points X that model scores above 0 if their label in y is 1, else not.

    NaN is always wrong. ValueError if there are no points, the numbers of points and labels
    differ, or a label is neither 0 nor 1.
    """
    X, y = _check_points(X, y)
    return _share_right([model(x) for x in X], y)


def _share_right(scores, y):
    scores, _, _ = _split(scores)
    return sum(map(_is_right, scores, y)) / len(y)


def _is_right(score, label):
    return score > 0 if label else score <= 0


def _check_points(X, y):
    X, y = list(X), [_one_of((0, 1), label) for label in y]
    if not len(X) == len(y) > 0:
        raise ValueError(f"expected at least one point, and as many labels, got {len(X)} points "
                         f"and {len(y)} labels")
    return X, y


def save(model, path):
    """Write model.state_dict() to path as JSON: all of it or, with an error, nothing.

    OSError if the file cannot be written, ValueError if a parameter is infinite or NaN.
    """
    import json  # only where it is needed: importing this file should not wait for it

    write_file(path, json.dumps(model.state_dict(), allow_nan=False))


def write_file(path, text):
    """Write text, which is ASCII, to path: all of it or, with an OSError, nothing."""
    import shutil

    path, part = check_target(path)
    file = open(part, "x", encoding="ascii")
    try:
        with file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the new name without its text
        if os.path.exists(path):
            shutil.copymode(path, part)
        os.replace(part, path)
    except BaseException:
        os.remove(part)
        raise


def check_target(path):
    """Raise an OSError if it can be told beforehand that write_file could not write to path.

    Returns where path leads, past symbolic links, and the name of a file beside it, to write to
    before that one is replaced.
    """
    path = os.path.realpath(path)
    if os.path.exists(path):
        if not os.path.isfile(path):
            raise OSError(f"cannot write to {path}: it is not a regular file")
        open(path, "r+b").close()
    part = f"{path}.{os.urandom(8).hex()}.part"
    try:
        open(part, "xb").close()
    except OSError as error:
        error.filename = path  # rather than a part that nobody has heard of
        raise
    os.remove(part)
    return path, part


def load(model, path):
    """Set model to what save wrote to path; OSError if it cannot be read, ValueError if bad."""
    import json

    with open(path, encoding="utf-8") as file:
        try:
            model.load_state_dict(json.load(file))
        except (ValueError, RecursionError) as error:  # what json raises for what it cannot read
            raise ValueError(f"cannot load {path}: {error}") from error


# ---------------------------------------------------------------------------------------------
# The command line
# ---------------------------------------------------------------------------------------------

def parse_arguments(argv):
    import argparse  # only here, so that a program that imports this file starts faster

    def checked(kind, is_fine, wanted):
        def convert(text):
            try:
                x = kind(text)
            except ValueError:
                x = None
            if x is None or not is_fine(x):
                raise argparse.ArgumentTypeError(f"expected {wanted}, got {text!r}")
            return x
        return convert

    count = checked(int, lambda n: 1 <= n <= 10 ** 6, "a whole number from 1 to 1000000")
    count_or_0 = checked(int, lambda n: 0 <= n <= 10 ** 6, "a whole number from 0 to 1000000")
    amount = checked(float, lambda x: 0 <= x <= 1e6, "a number from 0 to 1000000")
    parser = argparse.ArgumentParser(description="""
        Train a small neural network to tell two moons apart: interleaved half circles of points.
        It is shown nothing but the points and which moon each belongs to.""")
    parser.add_argument("--steps", type=count_or_0, default=100, metavar="N", help="""
        how many times all parameters are moved a little (default: %(default)s)""")
    parser.add_argument("--samples", type=count, default=100, metavar="N", help="""
        how many points there are to learn from (default: %(default)s)""")
    parser.add_argument("--noise", type=amount, default=0.1, metavar="X", help="""
        how far the points stray from the half circles, as a standard deviation
        (default: %(default)s)""")
    parser.add_argument("--hidden", type=count, default=[16, 16], metavar="N", nargs="+", help="""
        how many neurons each hidden layer has: with more, the border between the moons can
        wind more (default: 16 16)""")
    parser.add_argument("--lr", type=amount, default=1.0, metavar="X", help="""
        the learning rate, how far a step goes: with too small a rate nothing is learned, with
        too large a one steps overshoot (default: %(default)s)""")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="""
        the start of the random numbers: the same seed gives the same points and the same network
        (default: %(default)s)""")
    parser.add_argument("--save", metavar="FILE", help="""
        write the trained network to FILE, as JSON, also if you stop it with Ctrl-C""")
    parser.add_argument("--load", metavar="FILE", help="""
        begin with the network in FILE, which has to have the same --hidden""")
    parser.add_argument("--svg", metavar="FILE", help="""
        draw what the network learned, and how its loss and accuracy went, to FILE, as SVG, also
        if you stop it with Ctrl-C""")
    return parser.parse_args(argv)


def main(argv=None):
    """Train as the arguments say, and return the exit status."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # the path of a file may need it
    try:
        try:
            return run(parse_arguments(argv))
        finally:
            print(end="", flush=True)  # what cannot be written should fail here, not at exit
    except KeyboardInterrupt:
        return 130  # as the shell reports a death by SIGINT
    except BrokenPipeError:
        # Nobody reads on (| head). Python would try to write the rest at exit, and complain: let
        # it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as the shell reports a death by SIGPIPE


def run(args):
    rng = random.Random(args.seed)
    X, y = make_moons(args.samples, noise=args.noise, random_state=rng)
    X_new, y_new = make_moons(1000, noise=args.noise, random_state=rng)
    model = MLP(2, [*args.hidden, 1], rng=rng)
    try:
        if args.load is not None:
            load(model, args.load)
        for path in (args.save, args.svg):
            if path is not None:
                check_target(path)
        if args.svg is not None:
            for path in (args.save, args.load):
                if path is not None and os.path.realpath(path) == os.path.realpath(args.svg):
                    raise ValueError(f"--svg would overwrite the network in {path}")
    except (OSError, ValueError) as error:
        print(f"micrograd.py: error: {error}", file=sys.stderr)
        return 2
    shape = " -> ".join(map(str, [2, *args.hidden, 1]))
    print(f"MLP {shape}, {len(model.parameters())} parameters, {len(X)} points", flush=True)

    history, status = [], 0
    show = progress_bar if sys.stdout and sys.stdout.isatty() else progress_line

    def report(step, loss, accuracy):
        history.append((loss, accuracy))
        loss = f"{loss:.4f}" if loss < 1e6 else f"{loss:.4g}"
        show(step, args.steps, f"loss {loss}  accuracy {100 * accuracy:5.1f} %")

    try:
        train(model, X, y, args.steps, args.lr, report=report)
    except KeyboardInterrupt:
        status = 130
        print(f"\nstopped after {len(history)} of {args.steps} steps")
    for path, write in (
            (args.save, lambda: save(model, args.save)),
            (args.svg, lambda: write_file(args.svg, draw_training(model, X, y, history)))):
        if path is not None:
            try:
                write()
            except (OSError, ValueError) as error:
                print(f"micrograd.py: error: cannot save to {path}: {error}", file=sys.stderr)
                status = 1
            else:
                print(f"saved in {path}")
    print(f"accuracy on the {len(X)} points: {100 * accuracy(model, X, y):.1f} %")
    print(f"accuracy on {len(X_new)} new points: {100 * accuracy(model, X_new, y_new):.1f} %")
    print(draw_boundary(model, X, y, **picture_options()))
    return status


def progress_line(step, steps, text):
    """Print every tenth step, and the last, for a file or a pipe."""
    if step % 10 == 0 or step == steps - 1:
        print(f"step {step:{len(str(steps))}}  {text}", flush=True)


def progress_bar(step, steps, text):
    """Draw the step over the one before, in one line of the terminal."""
    import shutil  # only here: importing this file should not wait for it

    columns = shutil.get_terminal_size().columns
    text = f" {step + 1}/{steps}  {text}"
    room = min(40, columns - len(text) - 3)
    filled = room * (step + 1) // steps
    line = f"[{'#' * filled}{'.' * (room - filled)}]{text}"[:columns - 1].ljust(columns - 1)
    print("\r" + line, end="" if step < steps - 1 else "\n", flush=True)


def picture_options():
    """Return the options of draw_boundary that standard output can take."""
    import shutil

    if not (sys.stdout and sys.stdout.isatty()):
        return {}
    columns = max(2, min(72, shutil.get_terminal_size().columns - 1))
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if os.name == "nt" and "WT_SESSION" not in os.environ:
        color = False  # the older console of Windows prints the codes instead
    try:
        "\u2580\u2588".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        color = False
    return {"columns": columns, "color": color}


# ---------------------------------------------------------------------------------------------
# Drawing a graph
# ---------------------------------------------------------------------------------------------

BLUE, ORANGE, GREEN, PURPLE = "#2563eb", "#ea580c", "#0d9488", "#9333ea"
WHITE, GREY, SLATE, INK = "#ffffff", "#8b95a5", "#475569", "#0f172a"
LEAF, NODE, ROOT = ("#dbeafe", BLUE), ("#f1f5f9", GREY), ("#ffedd5", ORANGE)  # fill and outline
OPERATION = (SLATE, GREY, WHITE, 13)  # also the color of its text, and the radius of its corners
GAP = 12  # pixels between boxes in a column, before a box, and around the picture


class SVG(str):
    """The text of an SVG file, all ASCII; a Jupyter notebook shows it as a picture."""

    def _repr_svg_(self):
        return str(self)


def draw_dot(root, rankdir="LR"):
    """Return root's graph in Graphviz's DOT language, in the look of micrograd.

    rankdir is where the edges lead: "LR" to the right, "RL" to the left, "TB" down, "BT" up.
    ValueError for another one, or if the graph has more than 300 Values. A file with it has to be
    in UTF-8.
    """
    if rankdir not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f"rankdir must be 'LR', 'RL', 'TB' or 'BT', got {rankdir!r}")
    values = _values_to_draw(root)
    names = {v: f"v{i}" for i, v in enumerate(values)}
    special = str.maketrans({c: "\\" + c for c in r"\{}| "})
    lines = ["digraph {", f"  rankdir={rankdir}"]
    for v in values:
        record = "|".join(_escape(row).translate(special) for row in _rows(v))
        lines.append(f'  {names[v]} [shape=record, label="{{{record}}}"]')
        if v._prev:
            op = names[v] + "op"
            lines.append(f'  {op} [label="{_escape(v._op).translate(special)}"]')
            lines += [f"  {names[u]} -> {op}" for u in v._prev] + [f"  {op} -> {names[v]}"]
    return "\n".join([*lines, "}\n"])


def draw_svg(root):
    """Return root's graph as an SVG picture, which leads from left to right.

    Every Value stands to the right of its inputs, with the operation in between. Leaves are blue,
    root is orange. Edges reach an operation in the order in which they do not cross, which need
    not be that of its inputs. ValueError if the graph has more than 300 Values.
    """
    values = _values_to_draw(root)
    home, columns, before = _columns(values)
    width = {v: _size(_rows(v))[0] for v in values}
    lead = {v: GAP + _size([v._op])[0] if v._prev else 0 for v in values}  # operation and line
    half = {(v, c): _size(_rows(v))[1] / 2 if c == home[v] else 4 for v, c in before}
    y = _heights(columns, before, half)
    left, right, x = [], [], GAP
    for column in columns:  # in which all boxes end at the same x
        left.append(x)
        right.append(x + max(width[v] + lead[v] for v, c in column if c == home[v]))
        x = right[-1] + 40 + min(60, 4 * len(column))

    edges, boxes = [], []
    for (v, c), sources in before.items():
        middle, x = y[v, c], right[c]
        if c == home[v]:
            x -= width[v]
            style = ROOT if v is root else NODE if sources else LEAF
            boxes.append(_box(x, middle, _rows(v), *style))
            if sources:
                boxes += [_line([(x - GAP, middle), (x, middle)], GREY),
                          _box(x - lead[v], middle, [v._op], *OPERATION)]
                x -= lead[v]
        for i, source in enumerate(sorted(sources, key=y.get)):  # else they would cross at the end
            end = middle + (i - (len(sources) - 1) / 2) * min(6, 16 / len(sources))
            path = [(right[c - 1], y[source]), (left[c], end), (x, end)]
            edges.append(_line(path, GREY, curved=True))
    return _svg(right[-1] + GAP, max(y[p] + half[p] for p in y) + GAP, *edges, *boxes)


def _values_to_draw(root):
    """Return the Values in root's graph, inputs first: depth first, in the order of inputs."""
    if not isinstance(root, Value):
        raise TypeError(f"expected a Value, got {type(root).__name__}")
    _, graph = topological_order(root)
    if len(graph) > 300:
        raise ValueError(f"this graph has {len(graph)} Values, and a picture shows at most 300: "
                         f"draw a smaller expression")
    values = {}  # a dict, as these are kept in order

    def visit(v):  # recursive, as there are not many
        if v not in values:
            for u in v._prev:
                visit(u)
            values[v] = None

    visit(root)
    return list(values)


def _rows(v):
    label = str(v.label)
    return [*([label] if label else []), f"data {v.data:g}", f"grad {v.grad:g}"]


def _columns(values):
    """Lay values out in columns, after Sugiyama, Tagawa and Toda (1981).

    The home of a Value is the number of a column, greater than those of its inputs: there it has
    a box. In the columns from there to the last node that uses it, an edge has to pass between
    the boxes. So columns are lists of places, and a place is a pair (Value, number of a column).
    Returns homes, columns, and for each place those in the column before that lead to it.
    """
    users = {v: [u for u in values if v in u._prev] for v in values}
    home = {}
    for v in values:
        home[v] = max((home[u] + 1 for u in v._prev), default=0)
    for v in values:
        if not v._prev:  # a leaf, which is better next to the first node that uses it
            home[v] = min((home[u] for u in users[v]), default=1) - 1
    last = {v: max((home[u] - 1 for u in users[v]), default=home[v]) for v in values}
    columns = [[(v, c) for v in values if home[v] <= c <= last[v]]
               for c in range(home[values[-1]] + 1)]
    before = {(v, c): [(u, c - 1) for u in (v._prev if c == home[v] else [v])]
              for v, c in chain.from_iterable(columns)}
    return home, columns, before


def _heights(columns, before, half):
    """Return the y of the middle of each place, given half its height, and sort columns by it.

    A place moves to the mean height of those that lead to it, and of those that it leads to: by
    turns, then to the mean of both. That makes edges short, and few of them cross. After 12 sweeps
    over the columns by turns, and 8 for both, hardly anything moves.
    """
    after = {place: [] for place in before}
    for place, sources in before.items():
        for source in sources:
            after[source].append(place)
    y = dict.fromkeys(before, 0.0)
    for sweep in range(20):
        sides = [before, after] if sweep >= 12 else [after] if sweep % 2 else [before]
        for column in columns[::-1] if sweep % 2 else columns:
            wanted = {}
            for place in column:
                ys = [y[p] for side in sides for p in side[place]] or [y[place]]
                wanted[place] = sum(ys) / len(ys)
            column.sort(key=wanted.get)
            # Packed tightly, places do not overlap; nor do they if none is moved down by less than
            # the one above it. The largest move that is wanted from the top down to a place has
            # this property, the smallest that is wanted from there on has it, and so has their
            # mean, which is nearest to what is wanted.
            steps = [half[p] + half[q] + GAP for p, q in zip(column, column[1:])]
            packed = [*accumulate([0.0, *steps])]
            moves = [wanted[place] - at for place, at in zip(column, packed)]
            largest, smallest = accumulate(moves, max), [*accumulate(moves[::-1], min)][::-1]
            for place, at, most, least in zip(column, packed, largest, smallest):
                y[place] = at + (most + least) / 2
    top = min(y[place] - half[place] for place in y)
    return {place: round(at - top) + GAP for place, at in y.items()}


def _svg(width, height, *content):
    text = _tag("svg", *content, xmlns="http://www.w3.org/2000/svg", width=width, height=height,
                viewBox=[0, 0, width, height], fill="none", font_size=12,
                font_family="ui-monospace, Menlo, Consolas, monospace",
                **{"xml:space": "preserve"})  # a label may hold several spaces in a row
    return SVG(text.encode("ascii", "xmlcharrefreplace").decode() + "\n")


def _tag(name, *content, **attributes):
    """Return an XML element; attributes are texts, numbers, or lists of them, _ stands for -."""
    head = name
    for key, value in attributes.items():
        parts = value if isinstance(value, list) else [value]
        text = " ".join(x if isinstance(x, str) else f"{x:.6g}" for x in parts)
        head += f' {key.replace("_", "-")}="{text}"'
    return f"<{head}>{''.join(content)}</{name}>"


def _line(points, color, width=1.4, curved=False):
    """Draw a line through points; a curved one is level at each of them."""
    d = ["M", *points[0]]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        d += ["C", (x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1] if curved else ["L", x1, y1]
    return _tag("path", d=d, stroke=color, stroke_width=width, stroke_linecap="round")


def _size(rows):
    """Return the width and height of a box for rows of text."""
    return 16 + max(map(_length, rows)), 10 + 17 * len(rows)


def _box(x, middle, rows, fill, outline, ink=INK, radius=5):
    width, height = _size(rows)
    y = middle - height / 2
    rect = _tag("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill, stroke=outline)
    return rect + "".join(_text(x + 8, y + 18 + 17 * i, row, ink) for i, row in enumerate(rows))


def _text(x, y, text, color=INK, anchor="start"):
    return _tag("text", _escape(text), x=x, y=y, fill=color, text_anchor=anchor,
                textLength=_length(text), lengthAdjust="spacingAndGlyphs")  # fits in any font


def _length(text):
    """Return the pixels that text takes in a monospaced font."""
    from unicodedata import combining, east_asian_width

    return 7.2 * sum(0 if combining(c) else 2 if east_asian_width(c) in "FW" else 1 for c in text)


def _escape(text):
    """Return text as XML and DOT write it, with U+FFFD for what cannot be printed."""
    from html import escape

    return escape("".join(c if c.isprintable() else "\ufffd" for c in text))


# ---------------------------------------------------------------------------------------------
# Drawing what a network has learned about points [x, y], as train teaches it
# ---------------------------------------------------------------------------------------------

def draw_boundary(model, X, y, columns=72, color=False):
    """Return 20 lines of text that show where model scores above 0, and the points; and a legend.

    It is ASCII or, with color, half blocks and the codes of a terminal that has 256 colors.
    ValueError for less than 2 columns, for points that are not two numbers of at most 1e300, and
    where accuracy raises one.
    """
    if index(columns) < 2:
        raise ValueError(f"columns must be at least 2, got {columns}")
    scores, points, _, _ = _survey(model, X, y, columns, 40 if color else 20)
    cells = [["." if score > 0 else " " for score in row] for row in scores]
    for i, j, label, is_right in points:
        cells[round(j)][round(i)] = "ox"[label] if is_right else "#"
    legend = {"o": "label 0", "x": "label 1", "#": "misclassified", ".": "score above 0"}
    if color:
        code = {" ": 24, ".": 94, "o": 117, "x": 221, "#": 201}
        lines = ["".join(f"\x1b[38;5;{code[a]};48;5;{code[b]}m\u2580" for a, b in zip(*pair))
                 + "\x1b[0m" for pair in zip(cells[::2], cells[1::2])]
        legend = [f"\x1b[38;5;{code[c]}m\u2588\x1b[0m {text}" for c, text in legend.items()]
    else:
        lines = ["".join(row).rstrip() for row in cells]
        legend = [f"{c} {text}" for c, text in legend.items()]
    gap = "   " if columns >= 57 else "\n"  # 57 is what the legend needs in one line
    return "\n".join([*lines, gap.join(legend)])


def draw_training(model, X, y, history):
    """Return an SVG picture of the points, of model's scores around them, and of its training.

    The scores are those of model as it is now. history is what train returned, (loss, accuracy)
    from before each step; a loss beyond 1e300 or NaN, and an accuracy not from 0 to 1, is left
    out. ValueError for points that are not two numbers of at most 1e300, and where accuracy raises
    one.
    """
    history = [(number(loss), number(share)) for loss, share in history]
    scores, points, x_range, y_range = _survey(model, X, y, 106, 76)  # 4 pixels from each to next
    frame, _ = _frame(96, 40, 420, 300, x_range, y_range, "x[0]", "x[1]")
    content = [_tag("rect", width="100%", height="100%", rx=8, fill=WHITE),
               _tag("g", *_plane(scores), transform="translate(96 40) scale(4)"), *frame]
    content += [_mark(96 + 4 * i, 40 + 4 * j, label, right) for i, j, label, right in points]

    losses = [(step, loss) for step, (loss, _) in enumerate(history) if abs(loss) < 1e300]
    shares = [(step, 100 * share) for step, (_, share) in enumerate(history) if 0 <= share <= 1]
    low = min((loss for _, loss in losses if loss < 0), default=0.0)
    high = max((loss for _, loss in losses if loss > 1e-9), default=1.0)
    steps = 0, max(4, len(history) - 1)
    for top, name, color, curve, heights in ((40, "loss", GREEN, losses, (low, 1.05 * high)),
                                             (220, "accuracy, %", PURPLE, shares, (0, 105))):
        frame, at = _frame(620, top, 300, 120, steps, heights, "step", name)
        content += frame
        if curve:
            twice = curve[:1] + curve  # the first one: a single step would be no line
            content.append(_line([at(*point) for point in twice], color, 2))

    dash = [(-8, 0), (8, 0)]
    content += _legend(96, 404, {
        "label 0": _mark(0, 0, 0, True), "label 1": _mark(0, 0, 1, True),
        "misclassified": _mark(0, 0, 0, False), "score 0": _line(dash, INK, 2.4),
        "score \u00b11": _line(dash, INK, 1)})
    content += _legend(620, 404, {
        "loss": _line(dash, GREEN, 2), "accuracy": _line(dash, PURPLE, 2)})
    return _svg(944, 428, *content)


def _survey(model, X, y, columns, rows):
    """Return the scores of model in a grid around the points X, the points, and two ranges.

    A point is (column, row, label, whether its score is right), where column and row are floats
    that say where in the grid it is. The wrong ones come last, to be drawn on top. The ranges are
    those of x[0] and x[1] in the grid.
    """
    X, y = _check_points(X, y)
    X = [tuple(map(number, x)) for x in X]
    for x in X:
        if len(x) != 2 or not all(abs(coordinate) <= 1e300 for coordinate in x):
            raise ValueError(f"a point to draw must be two numbers of at most 1e300, got {x}")
    ranges = []
    for numbers in zip(*X):
        low, high = min(numbers), max(numbers)
        scale = max(abs(low), abs(high), 1e-9)
        margin = (high - low) / 20 if high - low > scale * 1e-8 else scale
        ranges.append((low - margin, high + margin))
    (left, right), (bottom, top) = ranges
    dx, dy = (right - left) / (columns - 1), (top - bottom) / (rows - 1)

    scores = [_split(model([left + dx * i, top - dy * j]) for i in range(columns))[0]
              for j in range(rows)]
    at_points, _, _ = _split(map(model, X))
    points = [((x[0] - left) / dx, (top - x[1]) / dy, label, _is_right(score, label))
              for x, score, label in zip(X, at_points, y)]
    points.sort(key=itemgetter(3), reverse=True)
    return scores, points, *ranges


def _plane(scores):
    """Draw a grid of scores: shaded blue below 0 and orange above, with lines at 0, -1 and 1."""
    scores = [[max(min(s, 1e9), -1e9) for s in row] for row in scores]  # finite; NaN stays NaN
    shades = {}
    for j, (above, below) in enumerate(zip(scores, scores[1:])):
        means = [sum(corners) / 4 for corners in zip(above, above[1:], below, below[1:])]
        levels = [round(8 * math.tanh(x / 2)) if x == x else 0 for x in means]  # NaN is white
        for level, run in groupby(range(len(levels)), levels.__getitem__):
            first, *others = run
            strip = f"M{first} {j}h{1 + len(others)}v1H{first}z"
            shades.setdefault(level, []).append(strip)
    plane = [_tag("path", d=d, fill=ORANGE if level > 0 else BLUE, fill_opacity=abs(level) / 16,
                  shape_rendering="crispEdges") for level, d in shades.items() if level]
    for score, width in ((0, 0.6), (-1, 0.25), (1, 0.25)):
        plane.append(_tag("path", d=_contour(scores, score), stroke=INK, stroke_width=width,
                          stroke_linecap="round"))
    return plane


def _contour(grid, level):
    """Return the path along which grid equals level: a line in each triangle of neighbours."""
    d = []
    for j in range(len(grid) - 1):
        for i in range(len(grid[0]) - 1):
            a, b, c, e = ((x, y, grid[y][x]) for y in (j, j + 1) for x in (i, i + 1))
            for triangle in ((a, b, c), (b, c, e)):
                ends = []
                for (x0, y0, z0), (x1, y1, z1) in combinations(triangle, 2):
                    if min(z0, z1) <= level < max(z0, z1):
                        t = (level - z0) / (z1 - z0)
                        ends += [x0 + t * (x1 - x0), y0 + t * (y1 - y0)]
                if len(ends) == 4:
                    d += ["M", *ends[:2], "L", *ends[2:]]
    return d


def _mark(x, y, label, is_right):
    """Draw a point, with a ring around it unless it is right."""
    mark = _tag("circle", cx=x, cy=y, r=4.5, fill=ORANGE if label else BLUE, stroke=WHITE)
    ring = _tag("circle", cx=x, cy=y, r=8, stroke=INK, stroke_width=2)
    return mark if is_right else mark + ring


def _frame(left, top, width, height, xs, ys, x_name, y_name):
    """Return the frame of a plot, with its ticks, and the function from (x, y) to pixels."""
    def at(x, y):
        return (left + width * ((x - xs[0]) / (xs[1] - xs[0])),
                top + height * ((ys[1] - y) / (ys[1] - ys[0])))

    bottom = top + height
    frame = [_tag("rect", x=left, y=top, width=width, height=height, stroke=INK),
             _text(left + width / 2, bottom + 36, x_name, anchor="middle"),
             _text(left, top - 9, y_name)]
    for tick in _ticks(*xs):
        x, _ = at(tick, 0)
        frame += [_line([(x, bottom), (x, bottom + 5)], INK),
                  _text(x, bottom + 18, f"{tick:.10g}", anchor="middle")]
    for tick in _ticks(*ys):
        _, y = at(0, tick)
        frame += [_line([(left - 5, y), (left, y)], INK),
                  _text(left - 8, y + 4, f"{tick:.10g}", anchor="end")]
    return frame, at


def _legend(x, y, samples):
    content = []
    for text, sample in samples.items():
        content += [_tag("g", sample, transform=f"translate({x + 8:.6g} {y})"),
                    _text(x + 22, y + 4, text)]
        x += 40 + _length(text)
    return content


def _ticks(low, high):
    """Return the multiples from low to high of 1, 2 or 5 times a power of 10, at most 7."""
    power = 10.0 ** math.floor(math.log10((high - low) / 6))
    step = next(power * m for m in (1, 2, 5, 10) if 6 * m * power >= high - low)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


if __name__ == "__main__":
    sys.exit(main())
