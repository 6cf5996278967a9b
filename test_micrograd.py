"""What micrograd.py promises, in its order; `python -m unittest -k twice` checks one promise."""

import contextlib
import copy
import functools
import importlib.util
import io
import itertools
import json
import math
import numbers
import operator
import os
import pathlib
import pickle
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import unittest
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction
from unittest import mock
from xml.etree import ElementTree

import micrograd
from micrograd import (
    MLP,
    SGD,
    Adam,
    Value,
    accuracy,
    binary,
    cos,
    cross_entropy,
    dot,
    exp,
    gradcheck,
    gradients,
    load,
    log,
    logaddexp,
    make_moons,
    relu,
    save,
    sigmoid,
    sin,
    sqrt,
    tanh,
    topological_order,
    trace,
    train,
    unary,
)

INF, NAN = math.inf, math.nan
ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
REAL = "expected a real number, got"
INPUTS = "expected as many inputs as weights, 2, got"
TARGETS = "expected as many targets as outputs, and at least one, got"
COMPILER = shlex.split(os.environ.get("CC") or "cc")
HAS_COMPILER = shutil.which(COMPILER[0]) is not None
needs_compiler = unittest.skipUnless(HAS_COMPILER, f"no C compiler: {COMPILER[0]}")


class TestCase(unittest.TestCase):
    def fails(self, error, message, function, *args, **kwargs):
        """Check that function(...) raises exactly this error, with exactly this message."""
        with self.assertRaises(error) as caught:
            function(*args, **kwargs)
        self.assertEqual((type(caught.exception), str(caught.exception)), (error, message))


def derivatives(f, *data):
    """Return the number f(*data), then the gradients that backward() finds for each of data."""
    inputs = [Value(x) for x in data]
    out = f(*inputs)
    out.backward()
    return (out.data, *[v.grad for v in inputs])


def with_numbers(model, *data):
    """Set the parameters of model, in their order, and return it."""
    for p, x in zip(model.parameters(), data):
        p.data = x
    return model


class Scalar:
    """As numpy.bool_: no number to Python, but float() takes it."""

    def __float__(self):
        return 1.0


Complex64 = type("Complex64", (Scalar,), {})  # float() drops its imaginary part
numbers.Complex.register(Complex64)


class Array(list):
    """As numpy.ndarray: it can stand beside any operand, and float() takes it if it holds one."""

    __float__ = Scalar.__float__

    def __radd__(self, other):
        return "array"

    __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = __radd__


# === Part 1: backpropagation ======================================================================


class TestExample(TestCase):
    def test_a_times_b_plus_b_squared_worked_by_hand(self):
        a, b = Value(2.0), Value(-3.0)
        product, square = a * b, b**2
        out = product + square
        self.assertEqual((product.data, square.data, out.data), (-6.0, 9.0, 3.0))

        # If an input grows by a small h, by how many h does the node grow?
        self.assertEqual(product._partials, (-3.0, 2.0))  # b for a, and a for b
        self.assertEqual(square._partials, (-6.0,))  # 2 * b
        self.assertEqual(out._partials, (1.0, 1.0))

        out.grad = 1.0
        out._backward()
        self.assertEqual((product.grad, square.grad, a.grad, b.grad), (1.0, 1.0, 0.0, 0.0))
        product._backward()
        self.assertEqual((a.grad, b.grad), (1.0 * -3.0, 1.0 * 2.0))
        square._backward()  # what comes through product and square adds up
        b._backward()  # a leaf has nothing to pass on
        self.assertEqual((a.grad, b.grad), (-3.0, 2.0 + 1.0 * -6.0))
        a.grad = b.grad = 0.0
        out.backward()  # does all of this
        self.assertEqual((a.grad, b.grad), (-3.0, -4.0))


# --- Values and their gradients -------------------------------------------------------------------


class TestValue(TestCase):
    def test_a_star_import_brings_all_41_names(self):
        names = {}
        exec("from micrograd import *", names)
        self.assertEqual(len(names), 41 + 1)  # and __builtins__

    def test_a_leaf_has_a_float_and_a_label_and_a_product_made_by_hand_is_a_product(self):
        a, b = Value(2.0), Value(-3, "b")
        self.assertEqual((b.data, type(b.data), b.grad, b.label), (-3.0, float, 0.0, "b"))
        self.assertEqual((a._prev, a._op, a._partials, a.label), ((), "", (), ""))
        self.assertRaises(AttributeError, setattr, a, "gard", 0.0)
        for v in (a * b, Value(a.data * b.data, "", (a, b), "*", (b.data, a.data))):
            found = v.data, v.label, v._prev, v._op, v._partials
            self.assertEqual(found, (-6.0, "", (a, b), "*", (-3.0, 2.0)))

    def test_what_micrograd_writes_gets_an_error_with_the_line_that_replaces_it(self):
        start, a = "expected a text as label, and a partial for each input: ", Value(2.0)
        line = 'Value(a.data * b.data, "", (a, b), "*", (b.data, a.data)); got label='
        self.fails(TypeError, f"{start}{line}{(a,)}, inputs='+', partials=()", Value, 6, (a,), "+")
        for partials in ((), (1.0, 2.0), 1.0):
            message = f"{start}{line}'', inputs={(a,)}, partials={partials}"
            self.fails(TypeError, message, Value, 6.0, "", (a,), "f", partials)

    def test_takes_every_real_number_and_nothing_else(self):
        for x in (2, True, 10**30, -INF, Fraction(1, 2), Decimal("0.5"), Scalar()):
            for v in (Value(x), Value(0.0) + x, x * Value(1.0), dot([x], [1]), dot([], [], x)):
                self.assertEqual((v.data, type(v.data)), (float(x), float), x)
        for x in ("3", None, [1.0], Array([1.0]), 1j, Complex64()):
            self.fails(TypeError, f"{REAL} {type(x).__name__}", Value, x)
            self.fails(TypeError, f"{REAL} {type(x).__name__}", operator.lt, Value(1.0), x)

    def test_data_that_were_set_to_another_number_are_taken_as_a_float(self):
        p, one = Value(1.0), Value(1.0)
        p.data = 2**53 + 1  # which no float can hold
        own = unary("own", lambda a: a, lambda a, y: a)
        for v in (p * one, one * p, own(p), dot([p], [one]), dot([one], [p]), dot([], [], p)):
            self.assertEqual(v.data, 2.0**53)
            self.assertEqual({type(x) for x in (v.data, *v._partials)}, {float}, v._op)

    def test_a_number_in_an_expression_becomes_a_leaf_named_constant(self):
        a, b = Value(2.0), Value(3.0)
        for f in ARITHMETIC:
            self.assertEqual((f(a, b)._prev, f(a, a)._prev), ((a, b), (a, a)))
            self.assertEqual((f(a, 4).data, f(4, a).data), (f(2.0, 4.0), f(4.0, 2.0)))
            constant, other = sorted(f(4, a)._prev, key=lambda v: v is a)
            self.assertEqual((constant.data, constant._op, other), (4.0, "constant", a))
        for v in (4 + a, 4 * a, a - 4):  # 4 + a is a + 4, as in micrograd
            self.assertEqual([u._op for u in v._prev], ["", "constant"])
        self.assertEqual((a**2)._prev, (a,))  # its exponent belongs to the operation

    def test_values_are_ordered_by_their_data_but_equal_only_themselves(self):
        for f in (operator.lt, operator.le, operator.gt, operator.ge):
            for x, y in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0)):
                for result in (f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))):
                    self.assertIs(result, f(x, y), (f, x, y))
        a, same = Value(1.0), Value(1.0)
        self.assertEqual((a == same, a != same, a == 1.0), (False, True, False))

    def test_shows_data_and_grad_and_formats_its_number(self):
        a = Value(2.0, "a")
        a.backward()
        self.assertEqual((repr(a), f"{a}"), ("Value(data=2.0, grad=1.0)",) * 2)
        self.assertEqual(f"{a:.4f}", "2.0000")

    def test_what_is_no_number_is_left_to_the_other_operand_by_these_operations_only(self):
        for f in ARITHMETIC:
            self.assertEqual(f(Value(1.0), Array([1.0])), "array")
            self.assertRaises(TypeError, f, Value(1.0), "3")
            self.assertRaises(TypeError, f, None, Value(1.0))
        own = binary("<>", lambda a, b: a + b, lambda a, b, y: (1.0, 1.0))
        self.fails(TypeError, f"{REAL} str", own, Value(1.0), "2")


class TestBackward(TestCase):
    def test_adds_to_leaves_which_begin_anew_at_0_or_none_but_finds_other_gradients_anew(self):
        a = Value(3.0)
        b = a * 2
        c = b * 7
        (b * 5).backward()
        c.backward()
        c.backward()
        self.assertEqual((c.grad, b.grad, a.grad), (1.0, 7.0, 38.0))
        (b * 0).backward()  # c is not in this graph
        self.assertEqual((c.grad, b.grad, a.grad), (1.0, 0.0, 38.0))
        for reset in (0.0, None):
            a.grad = reset
            (a * 5).backward()
            a.backward()  # a leaf may be the output, too
            self.assertEqual(a.grad, 6.0)

    def test_nodes_keep_the_partials_from_when_they_were_computed(self):
        a = Value(3.0)
        out = a * a
        a.data = 5.0
        out.backward()
        self.assertEqual((out.data, a.grad), (9.0, 6.0))

    def test_a_gradient_of_0_passes_nothing_on_not_even_through_an_infinite_partial(self):
        steep = unary("steep", lambda a: 0.0, lambda a, y: INF)
        self.assertEqual(derivatives(lambda a: steep(a) * 0, 1.0), (0.0, 0.0))

    @unittest.skipIf(sys.platform == "emscripten", "Pyodide crashes when it frees a deep graph")
    def test_works_50_000_nodes_deep_and_where_paths_are_countless(self):
        a = v = Value(1.0)
        for _ in range(50_000):
            v = v + 1
        for _ in range(60):
            v = v + v
        v.backward()
        self.assertEqual((v.data, a.grad), (50_001.0 * 2**60, 2.0**60))

    def test_the_order_has_each_node_of_one_or_several_graphs_once_and_after_its_inputs(self):
        a, b = Value(1.0), Value(2.0)
        c = a * b
        d = b + c
        self.assertEqual((topological_order(d), topological_order(a)), ([b, a, c, d], [a]))
        self.assertEqual((topological_order(a, d, b), topological_order()), ([a, b, c, d], []))


# --- Operations -----------------------------------------------------------------------------------
# A row: the name of its nodes, its value and partials, the allowed relative error (of roundings).
Operation = namedtuple("Operation", "name f points textbook error", defaults=[0.0])
PAIRS = ((3.0, 4.0), (-6.0, 0.5), (5.0, -2.0), (0.0, 1.0))
REALS = ((-3.0,), (-0.5,), (0.0,), (0.25,), (2.0,))
NOT_0 = ((4.0,), (-0.5,))
ABOVE_0 = ((0.5,), (1.0,), (4.0,))

# fmt: off
OPERATIONS = (
    Operation("+", lambda a, b: a + b, PAIRS, lambda a, b: (a + b, 1, 1)),
    Operation("-", lambda a, b: a - b, PAIRS, lambda a, b: (a - b, 1, -1)),
    Operation("*", lambda a, b: a * b, PAIRS, lambda a, b: (a * b, b, a)),
    Operation("/", lambda a, b: a / b, PAIRS, lambda a, b: (a / b, 1 / b, -a / b**2)),
    Operation("neg", lambda a: -a, REALS, lambda a: (-a, -1)),
    Operation("abs", abs, REALS, lambda a: (abs(a), (a > 0) - (a < 0))),
    Operation("**0", lambda a: a**0, REALS, lambda a: (1, 0)),
    Operation("**1", lambda a: a**1, REALS, lambda a: (a, 1)),
    Operation("**2", lambda a: a**2, REALS, lambda a: (a * a, 2 * a)),
    Operation("**3", lambda a: a**3, REALS, lambda a: (a * a * a, 3 * a * a)),
    Operation("**-1", lambda a: a**-1, NOT_0, lambda a: (1 / a, -1 / a**2)),
    Operation("**0.5", lambda a: a**0.5, ABOVE_0, lambda a: (a**0.5, 0.5 / a**0.5), 1e-15),
    Operation("**1.5", lambda a: a**1.5, ((0.0,), *ABOVE_0), lambda a: (a**1.5, 1.5 * a**0.5)),
    Operation("**", lambda a, b: a**b, ((2.0, 3.0), (0.5, -2.0), (3.0, 0.0)),
              lambda a, b: (a**b, b * a ** (b - 1), a**b * math.log(a))),
    Operation("exp", exp, REALS, lambda a: (math.exp(a), math.exp(a))),
    Operation("log", log, ABOVE_0, lambda a: (math.log(a), 1 / a)),
    Operation("sqrt", sqrt, ABOVE_0, lambda a: (math.sqrt(a), 0.5 / math.sqrt(a))),
    Operation("sin", sin, REALS, lambda a: (math.sin(a), math.cos(a))),
    Operation("cos", cos, REALS, lambda a: (math.cos(a), -math.sin(a))),
    Operation("tanh", tanh, REALS,  # 1 - y * y is as inexact as 1, but far smaller in the tail
              lambda a: (math.tanh(a), math.cosh(a) ** -2), 1e-13),
    Operation("relu", relu, REALS, lambda a: (max(a, 0), a > 0)),
    Operation("sigmoid", sigmoid, REALS,
              lambda a: (1 / (1 + math.exp(-a)), 1 / (2 + 2 * math.cosh(a))), 1e-15),
    Operation("logaddexp", logaddexp, PAIRS, lambda a, b: (
        math.log(math.exp(a) + math.exp(b)), 1 / (1 + math.exp(b - a)), 1 / (1 + math.exp(a - b))
    ), 1e-15),
    Operation("logaddexp", micrograd.softplus, REALS,
              lambda a: (math.log(1 + math.exp(a)), 1 / (1 + math.exp(-a))), 4e-15),
    Operation("dot", lambda a, b: dot([a, b, 3], [b, b, 2], a), PAIRS,
              lambda a, b: (a * b + b * b + 6 + a, b + 1, a + 2 * b)),
)
# fmt: on


def derivative(f, path, *data):
    """Return a derivative of f at data; for path (0, 1), d/d(input 1) of d/d(input 0)."""
    inputs = [Value(x) for x in data]
    out = f(*inputs)
    for i in path:
        [out] = gradients(out, [inputs[i]])
    return out.data


class TestOperations(TestCase):
    def test_each_has_its_name_and_the_value_and_partials_of_the_textbook(self):
        for operation in OPERATIONS:
            for point in operation.points:
                with self.subTest(operation.name, point=point):
                    v = operation.f(*map(Value, point))
                    found = v._op, {u.label for u in (v, *v._prev)}
                    self.assertEqual(found, (operation.name, {""}))
                    found, expected = derivatives(operation.f, *point), operation.textbook(*point)
                    self.assertEqual([type(x) for x in found], [float for _ in expected])
                    for x, y in zip(found, expected):
                        self.assertLessEqual(abs(x - y), operation.error * abs(y))

    def test_derivatives_of_first_second_and_third_order_agree_with_central_differences(self):
        h = 1e-5
        for operation, order in itertools.product(OPERATIONS, (1, 2, 3)):
            # At 0, relu and abs bend, and **1.5 ends.
            for point in [point for point in operation.points if point != (0.0,)]:
                for path in itertools.product(range(len(point)), repeat=order):
                    below, i = functools.partial(derivative, operation.f, path[:-1]), path[-1]
                    up, down = (below(*point[:i], point[i] + d, *point[i + 1 :]) for d in (h, -h))
                    found = derivative(operation.f, path, *point)
                    # The difference is off by h * h / 6 times the derivative two orders higher, at
                    # most 110 times these here, and by roundings of up and down, divided by h.
                    allowed = 3e-9 * (1 + abs(found) + abs(up))
                    with self.subTest(operation.name, point=point, path=path):
                        self.assertLessEqual(abs(found - (up - down) / (2 * h)), allowed)

    def test_a_function_of_a_number_is_a_number_and_each_is_a_method_too(self):
        for f in (exp, log, sqrt, sin, cos, tanh, sigmoid, relu):
            name = f.__name__
            self.assertEqual((f(2), type(f(2))), (getattr(Value(2.0), name)().data, float), name)
            self.fails(TypeError, f"{REAL} str", f, "2")
        self.assertEqual(logaddexp(1, 2.0), logaddexp(Value(1.0), 2.0).data)

    def test_each_exponent_is_an_operation_of_its_own(self):
        for n, name in (
            *((2.0, "**2"), (True, "**1"), (1.0000001, "**1.0000001"), (1234567, "**1234567")),
            *((Fraction(1, 2), "**0.5"), (Decimal("-0.5"), "**-0.5"), (-1e-20, "**-1e-20")),
            *((Scalar(), "**1"), (math.pi, "**3.141592653589793"), (-0.0, "**0"), (0.0, "**0")),
        ):
            v = Value(1.0) ** n
            found = v._op, v.data, repr(v._partials)
            self.assertEqual(found, (name, 1.0, repr((float(n) + 0.0,))))
        self.assertEqual(derivatives(lambda a: 2**a, 3.0), (8.0, 8.0 * math.log(2.0)))

    def test_far_out_nothing_overflows_and_no_tail_is_lost(self):
        for x in (40.0, 700.0):  # 1 + tail is 1 there: the tail is all that remains
            tail = math.exp(-x)
            self.assertEqual(derivatives(sigmoid, x), (1.0, tail))
            self.assertEqual(derivatives(sigmoid, -x), (tail, tail))
            self.assertEqual(derivatives(micrograd.softplus, x), (x, 1.0))
            self.assertEqual(derivatives(micrograd.softplus, -x), (tail, tail))
            self.assertEqual(derivatives(logaddexp, x, 2 * x), (2 * x, tail, 1.0))
        for f, limit in ((sigmoid, 0.0), (micrograd.softplus, 0.0), (tanh, -1.0), (relu, 0.0)):
            for x in (-1e4, -INF):
                self.assertEqual(derivatives(f, x), (limit, 0.0))
        self.assertEqual((logaddexp(-INF, -INF), logaddexp(INF, 1.0)), (-INF, INF))

    def test_an_error_of_mathematics_names_the_operation_and_its_numbers(self):
        zero, minus, big = Value(0.0), Value(-8.0), Value(1e200)
        for start, error, f, *inputs in (
            ("/ of 2.0, 0.0: ", ZeroDivisionError, operator.truediv, 2, zero),
            ("**-1 of 0.0: ", ZeroDivisionError, operator.pow, zero, -1),
            ("**0.5 of -8.0: ", ValueError, operator.pow, minus, 0.5),
            ("**3 of 1e+200: ", OverflowError, operator.pow, big, 3),
            ("exp of 1000: ", OverflowError, exp, 1000),
        ):
            with self.subTest(start), self.assertRaisesRegex(error, f"^{re.escape(start)}."):
                f(*inputs)

    def test_dot_is_one_node_of_weights_then_inputs_then_bias(self):
        a, b = Value(2.0), Value(3.0)
        v = dot([a, 5], iter([b, a]), 1)
        self.assertEqual((v.data, v._partials), (17.0, (3.0, 2.0, 2.0, 5.0, 1.0)))
        self.assertEqual([u.data for u in v._prev], [2.0, 5.0, 3.0, 2.0, 1.0])
        self.assertEqual([u._op for u in v._prev], ["", "constant", "", "", "constant"])
        self.assertEqual((dot([], []).data, dot(a, 3).data), (0.0, 6.0))  # a list of one each
        self.fails(ValueError, f"{INPUTS} 3", dot, [a, b], [3, 4, 5])
        for args in (("x", [b]), ([b], ["x"]), ([b], [b], "x")):
            self.fails(TypeError, f"{REAL} str", dot, *args)

    def test_an_operation_of_ones_own_is_one_line_and_named_in_errors(self):
        def refuse(*_):
            raise ValueError("too far")

        hypot = binary("hypot", math.hypot, lambda a, b, y: (a / y, b / y))
        self.assertEqual(derivatives(hypot, 3.0, 4.0), (5.0, 0.6, 0.8))
        self.assertEqual((hypot(3, 4), hypot(3, Value(4.0)).data), (5.0, 5.0))
        far = unary("far", refuse, lambda a, y: 1.0)
        late = binary("late", lambda a, b: a + b, refuse)
        self.fails(ValueError, "far of 2.0: too far", far, Value(2.0))
        self.fails(ValueError, "late of 2.0, 3.0: too far", late, Value(2.0), Value(3.0))
        self.fails(TypeError, f"{REAL} str", unary("text", str, lambda a, y: 1.0), Value(2.0))


class TestGradcheck(TestCase):
    def test_names_the_first_input_whose_gradient_is_wrong_with_both_numbers(self):
        def f(a, b):
            return a + wrong(b) * wrong(b)

        wrong = unary("wrong", lambda a: a * a, lambda a, y: a)
        message = "gradient for input 1 (1.0): backward() found 2.0, central differences 5.0"
        self.fails(RuntimeError, message, gradcheck, f, [2.0, 1.0], eps=0.5)
        self.assertRaises(RuntimeError, gradcheck, lambda a: a * NAN, [2.0])

    def test_takes_a_step_and_tolerances(self):
        for wanted, found, misfit, arguments in (
            (12, 13, 13.01, {"atol": 1, "rtol": 0, "eps": 0.5}),
            *((1000, 1000.9, 1001.1, {}), (0, 9e-6, 2e-5, {})),  # 0.1 %, and 1e-5
        ):
            fits = unary("fits", lambda a, k=wanted: k * a, lambda a, y, k=found: k)
            fails = unary("fails", lambda a, k=wanted: k * a, lambda a, y, k=misfit: k)
            self.assertIs(gradcheck(fits, 1, **arguments), True)
            self.assertRaises(RuntimeError, gradcheck, fails, 1, **arguments)

    def test_leaves_data_and_grad_of_everything_as_they_were(self):
        a, w = Value(2.0), Value(4.0)
        inner = a * 2
        inner.backward()
        before = [(v.data, v.grad) for v in (a, w, inner)]
        gradcheck(lambda i: i * w * i, [inner])
        self.assertRaises(ZeroDivisionError, gradcheck, lambda a: w / (a.data - 2.5), [a], eps=0.5)
        self.assertRaises(RuntimeError, gradcheck, lambda a: Value(a.data) * w, [a])
        self.assertEqual([(v.data, v.grad) for v in (a, w, inner)], before)


class TestNetwork(TestCase):
    def test_a_neuron_is_a_dot_and_its_activation_and_shows_itself_as_micrograd_does(self):
        x = [Value(0.5), Value(-2.0)]
        kinds = ((True, relu), ("relu", relu), ("tanh", tanh), ("sigmoid", sigmoid))
        for nonlin, f in (*kinds, (None, None), (False, None)):
            layers = micrograd.Layer(2, 1, nonlin), MLP(2, [1, 1], nonlin).layers[0]
            for neuron in (micrograd.Neuron(2, nonlin), *[layer.neurons[0] for layer in layers]):
                plain = dot(neuron.w, x, neuron.b)
                self.assertEqual(neuron(x).data, f(plain.data) if f else plain.data, nonlin)
        message = "nonlin must be 'relu', 'tanh', 'sigmoid' or None, got 'ReLU'"
        self.fails(ValueError, message, micrograd.Neuron, 2, "ReLU")
        hidden = "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"
        self.assertEqual(repr(MLP(2, [2, 1])), f"MLP of [{hidden}, Layer of [LinearNeuron(2)]]")
        self.assertEqual(repr(micrograd.Layer(1, 1, "tanh")), "Layer of [TanhNeuron(1)]")

    def test_parameters_come_in_micrograds_order_but_state_has_pytorchs_names_and_shapes(self):
        model, other = with_numbers(MLP(1, [2, 1]), 1, 10, 2, 20, 3, 4, 5), MLP(1, [2, 1])
        self.assertEqual(model(1.0).data, 126.0)  # 3 * (1 + 10) + 4 * (2 + 20) + 5
        self.assertEqual("".join(p.label for p in model.parameters()), "w0bw0bw0w1b")
        model.parameters()[0].grad = model.parameters()[6].grad = 1.0
        model.zero_grad()
        self.assertEqual([p.grad for p in model.parameters()], [0.0] * 7)
        state = model.state_dict()
        self.assertEqual(list(state), [f"layers.{i}.{n}" for i in "01" for n in ("weight", "bias")])
        self.assertEqual(list(state.values()), [[[1], [2]], [10, 20], [[3, 4]], [5]])
        self.assertIs(type(state["layers.0.bias"][0]), float)
        other.load_state_dict(json.loads(json.dumps(state)))
        self.assertEqual(other(1.0).data, 126.0)

    def test_draws_uniform_weights_in_order_and_starts_biases_at_0(self):
        random.seed(1337)
        first, state, rng = MLP(1, [2]), random.getstate(), random.Random(1337)
        data = [rng.uniform(-1, 1), 0.0, rng.uniform(-1, 1), 0.0]
        for model in (first, MLP(1, [2], rng=random.Random(1337))):
            self.assertEqual([p.data for p in model.parameters()], data)
        self.assertEqual(random.getstate(), state)  # another generator leaves this one alone

    def test_a_single_number_may_be_the_only_input_but_two_are_no_list(self):
        model = with_numbers(MLP(1, [1]), 2.0, 1.0)
        self.assertEqual([model(x).data for x in (3, Value(3.0), [3])], [7.0, 7.0, 7.0])
        message = "expected one list, as in model([1, 2]), got (1, 2)"
        self.fails(TypeError, message, MLP(2, [1]), 1, 2)
        self.fails(ValueError, f"{INPUTS} 1", MLP(2, [2, 1]), 3.0)

    def test_sizes_are_an_iterable_and_activations_may_be_a_list(self):
        model = MLP(2, (n for n in (3, 1)), nonlin=["tanh", None])
        found = [(len(layer.neurons), layer.neurons[0].nonlin) for layer in model.layers]
        self.assertEqual(found, [(3, "tanh"), (1, None)])
        message = "nouts must be a list of sizes, as in MLP(2, [4, 1]), got 4"
        self.fails(TypeError, message, MLP, 2, 4, 1)
        for sizes, nonlin in (([], True), ([], []), ([4, 0], True), ([4, 1], ["tanh"])):
            message = f"expected layers of 1 or more, each with a nonlin, got {[2, *sizes]}, "
            self.fails(ValueError, f"{message}{nonlin}", MLP, 2, sizes, nonlin)

    def test_a_shared_parameter_is_listed_once(self):
        model = MLP(2, [2, 2, 1])
        model.layers[1] = model.layers[0]
        model.layers[0].neurons[1].w[0] = model.layers[0].neurons[0].w[0]
        self.assertEqual((len(model.parameters()), len(model.layers[0].parameters())), (8, 5))

    def test_a_module_of_ones_own_has_parameters(self):
        p, q = Value(1.0), Value(2.0)
        model = type("Model", (micrograd.Module,), {"parameters": lambda self: [p, q]})()
        self.assertEqual(model.state_dict(), {"parameters": [1.0, 2.0]})
        model.load_state_dict({"parameters": (Decimal("3"), 4)})
        self.assertEqual((p.data, type(p.data), q.data), (3.0, float, 4.0))

    def test_a_state_that_does_not_fit_changes_nothing_and_says_where(self):
        model, long = MLP(2, [1]), list(range(99))
        good, (weight, bias) = model.state_dict(), ("layers.0.weight", "layers.0.bias")
        names, numbers = f"expected a dict of {weight}, {bias}, got", "expected lists of numbers:"
        for state, message in (
            ({weight: [[1, 2]], bias: long}, f"{bias}: expected a list of 1, got {long!r:.99}"),
            ({weight: [[1]], bias: [1]}, f"{weight}[0]: expected a list of 2, got [1]"),
            ({weight: [[NAN, 1]], bias: [1]}, "expected finite numbers"),
            ({weight: [[1, None]], bias: [1]}, f"{numbers} {REAL} NoneType"),
            ({weight: [[1, 10**400]], bias: [1]}, f"{numbers} int too large to convert to float"),
            (long, f"{names} {long!r:.99}"),
        ):
            self.fails(ValueError, message, model.load_state_dict, state)
            self.assertEqual(model.state_dict(), good)


bce = micrograd.binary_cross_entropy_with_logits
LOG2 = math.log(2)
Loss = namedtuple("Loss", "name f outputs expected")  # the loss, and its gradients

# fmt: off
LOSSES = (
    Loss("hinge", lambda *z: micrograd.hinge_loss(z, iter([1, -1, 1, -1])), (-2, 1, 1, -1),
         (1.25, -0.25, 0.25, 0, 0)),  # flat at its bend
    Loss("mse", lambda *z: micrograd.mse_loss(z, [1, 5]), (3, 2), (6.5, 2, -3)),
    Loss("mse to a Value", lambda a, b: micrograd.mse_loss(a, b), (3, 1), (4, 4, -4)),
    Loss("bce", lambda *z: bce(z, [1, 0, True]), (0, 0, INF), (2 * LOG2 / 3, -1 / 6, 1 / 6, 0)),
    Loss("bce of one", lambda z: bce(z, 1), (700,), (math.exp(-700), -math.exp(-700))),
    Loss("ce", lambda *z: cross_entropy(z, 1), (0, 0), (LOG2, 0.5, -0.5)),
    Loss("ce far out", lambda *z: cross_entropy(iter(z), 1), (1000, -1000, 0), (2000, 1, -1, 0)),
    Loss("ce of shares", lambda *z: cross_entropy(z, (0.25, 0.75)), (0, 0), (LOG2, 0.25, -0.25)),
    Loss("ce, masked", lambda *z: cross_entropy(z, 2), (-INF, -INF, 1), (0, 0, 0, 0)),
)
# fmt: on


class TestLosses(TestCase):
    def test_have_exactly_the_value_and_gradients_of_the_textbook(self):
        for loss in LOSSES:
            with self.subTest(loss.name):
                self.assertEqual(derivatives(loss.f, *loss.outputs), loss.expected)

    def test_refuse_other_labels_and_classes_and_more_or_fewer_targets_than_outputs(self):
        self.fails(ValueError, "labels must be -1 or 1, got 0", micrograd.hinge_loss, [1.0], [0])
        self.fails(ValueError, "labels must be 0 or 1, got 0.5", bce, [1.0], 0.5)
        self.fails(TypeError, f"{REAL} str", micrograd.mse_loss, [1.0], ["1"])
        for k in (2, -1):
            self.fails(ValueError, f"target must be from 0 to 1, got {k}", cross_entropy, [1, 0], k)
        for f in (micrograd.hinge_loss, micrograd.mse_loss, bce):
            self.fails(ValueError, f"{TARGETS} 0 targets and 0 outputs", f, [], [])
            self.fails(ValueError, f"{TARGETS} 2 targets and 1 outputs", f, [1.0], [1, 1])
            out = f([Value(2.0), 1.0], [Decimal(1), Scalar()])
            self.assertEqual({type(v.data) for v in topological_order(out)}, {float})


def sgd(x, grad, t, state, lr, momentum=0.0, decay=0.0):
    """Return where the rule of torch.optim.SGD takes x in step t."""
    g = grad + decay * x
    state["b"] = g if t == 1 else momentum * state["b"] + g
    return x - lr * state["b"]


def adam(x, grad, t, state, lr=0.001, betas=(0.9, 0.999), eps=1e-8, decay=0.0):
    """Return where the rule of torch.optim.Adam takes x in step t."""
    g = grad + decay * x
    m = state["m"] = state.get("m", 0.0) + (1 - betas[0]) * (g - state.get("m", 0.0))
    v = state["v"] = betas[1] * state.get("v", 0.0) + (1 - betas[1]) * g**2
    step_size = lr / (1 - betas[0] ** t)
    return x - step_size * m / (math.sqrt(v) / math.sqrt(1 - betas[1] ** t) + eps)


class TestOptimizers(TestCase):
    def test_follow_their_rules(self):
        for make, rule, arguments in (
            *((SGD, sgd, (0.1,)), (SGD, sgd, (0.01, 0.9)), (SGD, sgd, (0.02, 0.8, 0.1))),
            *((Adam, adam, ()), (Adam, adam, (0.05, (0.5, 0.9), 1e-3, 0.2))),
        ):
            rng, p, state = random.Random(0), Value(1.5), {}
            optimizer = make(iter([p]), *arguments)
            for t in range(1, 60):
                p.grad = math.sin(3 * p.data) + rng.uniform(-1, 1)
                x = rule(p.data, p.grad, t, state, *arguments)
                optimizer.step()
                self.assertAlmostEqual(p.data, x, delta=1e-14)  # a few roundings of 2

    def test_lr_can_be_changed_zero_grad_resets_and_none_is_no_gradient(self):
        for make in (SGD, Adam):
            p, q = Value(2.0), Value(3.0)
            optimizer = make([p, q, q], lr=0.0)
            for lr, moved in ((0.0, False), (0.25, True)):
                p.grad, q.grad, optimizer.lr = 4.0, None, lr
                optimizer.step()
                self.assertEqual((p.data < 2.0, q.data, p.grad), (moved, 3.0, 4.0))
            optimizer.zero_grad()
            self.assertEqual((p.grad, q.grad, optimizer.parameters), (0.0, 0.0, [p, q]))
            p.data, p.grad = 2.0, None
            make([p], 0.5, weight_decay=0.5).step()
            self.assertAlmostEqual(p.data, 1.5, delta=1e-8)  # Adam's eps

    def test_refuse_what_is_out_of_range_by_name_and_take_other_numbers(self):
        tiny, p, half = sys.float_info.min, Value(1.0), Decimal("0.5")
        for make, name, wrong, low, below in (
            *((SGD, "lr", -1e-9, 0.0, INF), (SGD, "lr", NAN, 0.0, INF)),
            *((SGD, "momentum", -0.5, 0.0, INF), (SGD, "weight_decay", INF, 0.0, INF)),
            (Adam, "eps", 0.0, tiny, INF),  # 0 / 0 where a gradient is 0
        ):
            message = f"{name} must be at least {low} and below {below}, got {wrong}"
            self.fails(ValueError, message, make, [p], **{"lr": 0.1, name: wrong})
        for betas in ((0.9, 1.0), (1.0, 0.9)):
            message = "betas must be at least 0.0 and below 1.0, got 1.0"
            self.fails(ValueError, message, Adam, [p], betas=betas)
        for optimizer in (SGD([p], half, half, half), Adam([p], half, (half, half), half, half)):
            optimizer.step()
            self.assertIs(type(p.data), float)
        Adam([p], 0, (0, 0), tiny, 0)  # all in range


class TestMakeMoons(TestCase):
    def test_lie_on_two_half_circles_in_scikit_learns_order_the_odd_one_below(self):
        h = math.sqrt(3) / 2
        expected = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
        expected += [(0.0, 0.5), (0.5, 0.5 - h), (1.5, 0.5 - h), (2.0, 0.5)]
        X, y = make_moons(7, shuffle=False)
        self.assertEqual((len(X), y), (7, [0, 0, 0, 1, 1, 1, 1]))
        for point, place in zip(X, expected):
            self.assertLess(math.dist(point, place), 1e-15)  # pi, sin and cos are rounded
        self.assertEqual(make_moons(1), ([[0.0, 0.5]], [1]))
        self.assertEqual([len(part) for part in make_moons()], [100, 100])

    def test_noise_is_normal_and_a_seed_leaves_the_random_module_alone(self):
        rng, before = random.Random(7), random.getstate()
        point = [0.0 + rng.gauss(0, 0.3), 0.5 + rng.gauss(0, 0.3)]
        self.assertEqual(make_moons(1, noise=0.3, random_state=7), ([point], [1]))
        plain = list(zip(*make_moons(50, shuffle=False)))
        shuffled = list(zip(*make_moons(50, random_state=1)))
        self.assertNotEqual(plain, shuffled)
        self.assertEqual(sorted(plain), sorted(shuffled))
        self.assertEqual(random.getstate(), before)
        random.seed(7)
        expected = make_moons(20, noise=0.1, random_state=random.Random(7))
        self.assertEqual(make_moons(20, noise=0.1), expected)

    def test_refuse_what_cannot_be_drawn(self):
        for n, noise in ((0, None), (5, -0.1), (5, NAN), (5, INF)):
            message = f"expected n_samples >= 1 and noise >= 0, got {n} and {noise}"
            self.fails(ValueError, message, make_moons, n, noise=noise)
        self.assertRaises(TypeError, make_moons, 10, False)  # as in scikit-learn


def line(*weights):
    """Return a linear neuron with these weights, and with a bias of 0."""
    return with_numbers(micrograd.Neuron(len(weights), nonlin=None), *weights)


class TestTrain(TestCase):
    X, y = make_moons(12, noise=0.1, random_state=1)

    @mock.patch.dict(os.environ, CC="nowhere/cc")  # which it does not need
    def test_is_the_published_loop_and_calls_back_after_each_step(self):
        defaults, others = (100, 1.0, 1e-4), (9, 0.5, 0.1)
        for arguments, (steps, lr, alpha) in (((), defaults), (others, others)):
            model, seen = MLP(2, [4, 4, 1], rng=random.Random(5)), []
            callback = functools.partial(lambda seen, *x: seen.append(x), seen)
            history = train(copy.deepcopy(model), self.X, self.y, *arguments, callback=callback)
            shown = [(i, *pair) for i, pair in enumerate(history)]
            self.assertEqual((len(seen), seen), (steps, shown))
            for step, (loss, share) in enumerate(history):
                pairs = [(model(x), label) for x, label in zip(self.X, self.y)]
                total = sum([(1 - (2 * label - 1) * score).relu() for score, label in pairs]) / 12
                total += alpha * sum(p * p for p in model.parameters())
                self.assertLess(abs(loss / total.data - 1), 1e-9)  # its sums are in another order
                self.assertEqual(share, sum((score > 0) == label for score, label in pairs) / 12)
                model.zero_grad()
                total.backward()
                for p in model.parameters():
                    p.data -= lr * (1.0 - 0.9 * step / steps) * p.grad

    @needs_compiler
    def test_in_c_finds_the_same_to_the_last_bit(self):
        plain, compiled = (MLP(2, [4, 4, 1], rng=random.Random(5)) for _ in "ab")
        history = train(plain, self.X, self.y)
        self.assertEqual(train(compiled, self.X, self.y, compile=True), history)
        self.assertEqual(compiled.state_dict(), plain.state_dict())

    def test_takes_any_iterables_single_numbers_and_other_numbers(self):
        model, clone = line(0.25), line(0.25)
        X, y = map(Decimal, [1, 2]), iter([True, Scalar()])
        history = train(model, X, y, 3, Fraction(1, 2), Decimal("0.1"))
        self.assertEqual(history, train(clone, [[1.0], [2.0]], [1, 1], 3, Decimal("0.5"), 0.1))
        self.assertEqual(repr(model.parameters()), repr(clone.parameters()))
        self.assertEqual({type(p.data) for p in model.parameters()}, {float})

    def test_and_accuracy_refuse_what_does_not_fit_and_change_nothing(self):
        for X, y, error, message in (
            ([[1, 2], [3, 4]], [0, 2], ValueError, "labels must be 0 or 1, got 2"),
            ([[1, 2]], [0, 1], ValueError, f"{TARGETS} 2 targets and 1 outputs"),
            ([[1]], [0], ValueError, f"{INPUTS} 1"),
            ([[1, 2], [1]], [0, 1], ValueError, "row[0]: expected a list of 2, got [1.0]"),
            ([["1", "2"]], [1], TypeError, f"{REAL} str"),
        ):
            model = line(0.25, -0.5)
            self.fails(error, message, train, model, X, y)
            self.fails(error, message.replace("row[0]", "row"), accuracy, model, X, y)
            self.assertEqual([p.data for p in model.parameters()], [0.25, -0.5, 0.0])
        self.assertRaises(ValueError, train, MLP(2, [2, 3]), self.X, self.y)  # of three outputs

    def test_accuracy_is_the_share_on_their_side_of_0_where_nan_is_wrong_as_in_train(self):
        X = [[-1.0], [-2.0], [3.0], [0.0]]
        rows = [(1.0, [0, 0, 1, 0], 1.0), (1.0, [1, 0, True, 1.0], 0.5), (NAN, [0, 0, 1, 1], 0.0)]
        for weight, y, share in rows:
            self.assertEqual(accuracy(line(weight), map(iter, X), iter(y)), share)
            self.assertEqual(train(line(weight), X, y, 1)[0][1], share)

    def test_accuracy_takes_any_callable_which_it_calls_point_by_point(self):
        class Noisy(micrograd.Neuron):
            def __call__(self, x):
                return random.uniform(-1, 1)

        for model in (lambda x: x[0], lambda x: math.atan(x[0]), lambda x: Value(x[0]) ** 3):
            self.assertEqual(accuracy(model, [(-1.0,), (2.0,), (3.0,)], [0, 1, 0]), 2 / 3)
        network = MLP(1, [1])
        network.layers[0].neurons[0] = Noisy(1)
        random.seed(3)
        share = sum(random.uniform(-1, 1) > 0 for _ in range(200)) / 200
        random.seed(3)
        self.assertEqual(accuracy(network, [0.0] * 200, [1] * 200), share)


# === Part 2: the gradient as a graph, as a program, and in C ======================================


def taken(parameters):
    """Return the grads of parameters, which are set to 0."""
    grads = [p.grad for p in parameters]
    for p in parameters:
        p.grad = 0.0
    return grads


def floats(result):
    """Return what f returned with numbers in the place of Values."""
    if isinstance(result, (list, tuple)):
        return type(result)(map(floats, result))
    return getattr(result, "data", result)


def by_backward(f, parameters, row):
    """Return f(*row) in floats, and the gradients that backward() finds."""
    result = f(*map(Value, row))
    (result if isinstance(result, Value) else result[0]).backward()
    return floats(result), taken(parameters)


class Readings(TestCase):
    def check(self, f, parameters, rows):
        """Return trace(f); in each way to run it, it does what f and backward() do, bit for bit."""
        program = trace(f, parameters, rows[0])
        taken(parameters)
        expected = [by_backward(f, parameters, row) for row in rows]
        self.assertEqual([(program(*row), taken(parameters)) for row in rows], expected)
        data, space = [p.data for p in parameters], {}
        exec(program.source, space)
        found = [space["program"](*row, *data) for row in rows]
        self.assertEqual(found if parameters else [(x, []) for x in found], expected)
        results, grads = zip(*expected)  # sum() would round otherwise than + from Python 3.12 on
        totals = [functools.reduce(operator.add, column) for column in zip(*grads)]
        self.assertEqual((program.batch(rows), taken(parameters)), (list(results), totals))
        return program


def twice(v):
    """An operation made by hand, whose partials are numbers for ever."""
    return Value(2.0 * v.data, "", (v,), "twice", (2.0,))


class TestGradients(Readings):
    def test_are_values_also_where_constant_that_have_gradients_and_leave_grad_as_it_is(self):
        x, y = Value(2.0), Value(3.0)
        x.grad = 0.5
        inner = x * x
        out = inner * x * y
        slope, by_y, by_inner = gradients(out, [x, y, inner])
        [bend] = gradients(slope, [x])
        found = [slope, by_y, by_inner, bend, *gradients(slope, [y]), *gradients(by_y, [x, x])]
        self.assertEqual(floats(found), [36.0, 8.0, 6.0, 36.0, 12.0, 12.0, 12.0])
        self.assertEqual([v.grad for v in (x, y, out, slope)], [0.5, 0.0, 0.0, 0.0])
        w, unused = Value(5.0), Value(5.0)
        [slope] = gradients(w**2, [w])
        [bend] = gradients(slope, [w])
        slopes = [bend, *gradients(bend, [w]), *gradients(3 * w, [w, unused])]
        self.assertEqual([(type(v), v.data) for v in slopes], [(Value, x) for x in (2, 0, 3, 0)])

    def test_refuse_partials_that_cannot_take_values_and_say_what_to_write(self):
        w, bad = Value(2.0), unary("bad", math.sin, lambda a, y: math.cos(a))
        hint = "write them with functions of this file, cos(a) for math.cos(a)"
        message = f"partials of bad cannot take Values: must be real number, not Value; {hint}"
        self.fails(TypeError, message, gradients, bad(w), [w])
        message = "'twice' was made by hand: make it by unary() or binary()"
        self.fails(TypeError, message, gradients, twice(w), [w])
        self.assertEqual(floats(gradients(twice(w) * w, [Value(1.0)])), [0.0])  # none is needed


# Here a * b and x * x come once, a sum of constants is a number, and labels are names.
SOURCE = """\
from math import tanh


def program(x, x1, a, b):
    ab = a * b
    v1 = x * x
    v2 = 0.0 if v1 <= 0.0 else v1
    v3 = tanh(v2)
    v4 = ab + v3
    v5 = 5.0 + a * x + x1 + b * -0.5 + a + -b
    v6 = v4 * v5
    v7 = -x
    da = v4 * x + v4 + v5 * b
    db = v4 * -0.5 + -v4 + v5 * a
    return [v6, v1, v7, 3.0, a], [da, db]
"""
LIST = "{}: expected a list of 2, got {}"
FIRST = "f must return a Value, or a list or tuple with one first, got "
LOOKS = (
    "trace() calls f while numbers are unknown: f cannot compare, print or round one, use "
    "math on it or call backward(); it can compute with Values, by relu(), exp() and so on"
)
KEPT = (
    "this Value is from a call of f by trace(), which did not know its number: what f "
    "keeps from one call to the next must be an input of f, and a result"
)
DIFFERS = "expected {}, but the program finds {}: "
CHANGES = DIFFERS + "does f draw random numbers, or change what it uses?"


class TestTrace(Readings):
    def test_reads_like_a_textbook_and_stands_alone(self):
        a, b = Value(2.0, "a"), Value(3.0, "b")

        def f(x, y):
            x.label, ab = "x", a * b
            ab.label = "ab"
            total = dot([a, 1.0, b, a, b], [x, y, -0.5, 1.0, -1.0], Value(2.0) + 3)
            return [(ab + tanh(relu(x * x))) * total, x * x, -x, 3, a]

        program = self.check(f, [a, b], [(1.0, 2.0), (-0.5, 3.0)])
        self.assertEqual((program.source, str(program)), (SOURCE, SOURCE))
        text = "dv0 = 0.0 if v0 <= 0.0 else 3.0\n    da = dv0 * x0\n    return (v2,), [da]\n"
        self.assertIn(text, trace(lambda x: (relu(a * x) * 3,), [a], 1.0).source)

    def test_an_example_is_a_tuple_of_arguments_or_the_only_one(self):
        w = Value(2.0)
        for example, arguments, f, result in (
            (3.0, [5], lambda x: w * x, 10.0),
            (([1.0, [2.0]], 3), ([4, [5]], 6), lambda x, y: w * x[0] + x[1][0] * y, 38.0),
            ([], [[]], lambda x: w * 8 + len(x), 16.0),
            ([1.0, 3.0], [[1, 3]], lambda x: w * x.pop() + x.pop(), 7.0),  # a list of its own
        ):
            row = arguments if isinstance(example, tuple) else arguments[0]
            program = trace(f, [w], example)
            self.assertEqual(program(*arguments), result)
            self.assertEqual(program.batch(iter([row, example]))[0], result)

    def test_refuses_what_does_not_look_as_the_example_does(self):
        w = Value(2.0)
        one = trace(lambda x: w * x, [w], 1.0)
        two = trace(lambda x, y: w * x[0] * x[1] * y, [w], ([1.0, 2.0], 3.0))
        self.fails(TypeError, "expected 2 arguments, got 0", two)
        self.fails(ValueError, LIST.format("arguments[0]", "[1, 2, 3]"), two, [1, 2, 3], 4)
        self.fails(ValueError, LIST.format("row", "[1]"), two.batch, [([1, 2], 3), [1]])
        self.fails(ValueError, LIST.format("row[0]", "[1]"), two.batch, [([1], 3)])
        for x in ("1", w, [1.0]):
            self.fails(TypeError, f"{REAL} {type(x).__name__}", one, x)
            self.fails(TypeError, f"{REAL} {type(x).__name__}", one.batch, [1, x])
        for result, kind in ((3.0, "float"), ([3.0, w], "float"), ([], "list")):
            self.fails(TypeError, FIRST + kind, trace, lambda result=result: result, [w])
        self.assertEqual((w.data, w.grad), (2.0, 0.0))

    def test_results_keep_their_form_and_are_floats_also_where_data_are_ints(self):
        w, whole = Value(2.0), 9_007_199_254_740_993  # no float is equal to this
        for form, parameters in ((list, [w]), (tuple, [w]), (list, []), (tuple, [])):
            program = trace(lambda x, form=form: form([w * x, 3, x, w]), parameters, 3.0)
            self.assertEqual(repr(program(True)), repr(form([2.0, 3.0, 1.0, 2.0])))
        for f in (math.floor, math.ceil, math.trunc):
            own = unary(f.__name__, f, lambda a, y: 0.0)
            self.assertEqual(repr(self.check(own, [], [(2.5,), (-1.5,)])(7)), "7.0")
        program, w.data = trace(lambda x: [w * x, w, x], [w], 1.0), whole
        expected = [float(whole), float(whole), 1.0]
        self.assertEqual(repr([program(1), *program.batch([1])]), repr([expected, expected]))

    def test_reads_parameters_anew_each_once_and_adds_to_their_grad(self):
        w, c, unused, none = Value(2.0), Value(5.0), Value(1.0), Value(3.0)
        program = trace(lambda x: w * c * x * none, [w, unused, none, w], 1.0)
        self.assertEqual(program.parameters, [w, unused, none])
        for compute in (lambda: program(2.0), lambda: program.batch([2.0])[0]):
            c.data, w.data, none.grad, w.grad = 100.0, 3.0, None, 1.0
            self.assertEqual(compute(), 90.0)  # c is no parameter: a constant
            self.assertEqual([v.grad for v in (w, unused, none, c)], [31.0, 0.0, 30.0, 0.0])

    def test_a_node_from_before_keeps_its_number_and_passes_its_gradient_on(self):
        q, p = Value(0.0), Value(3.0)
        shift, by_hand, squared, shut = q * 2.0, twice(p), p * p, relu(-p)
        program = self.check(lambda: (shift + p) ** 2 + p**3, [p, q], [()])
        q.data = 5.0
        self.assertEqual((program.batch([(), ()]), taken([p, q])), ([36.0, 36.0], [66.0, 24.0]))
        self.check(lambda x: by_hand * squared * x, [p], [(3.0,), (0.5,)])
        self.check(lambda: shut + tanh(squared), [p], [()])
        self.check(lambda: tanh(squared) + shut, [p], [()])

    def test_labels_are_names_but_never_change_what_is_computed_in_c_neither(self):
        words = r"""lambda None True print float zip double struct register math exp tanh x p x0 p0
            v0 v2 dv0 a da dda rows results parameters _P0 P0 total total_p0 _total_p0 batch grads
            program main append fabs inf NAN i p.data __debug__ a-b 1 1e3 ' # \ fmax fmin log1p int
            INFINITY HUGE_VAL dlog d dd inline goto signed FE_INVALID"""
        labels = [*words.split(), "", "a b", "x\n", "\u03c0", "\ufb01", "rows"]
        for start in (0, 29, 58):
            labels = labels[start:] + labels[:start]
            a, b = Value(0.5, labels[0]), Value(-0.5, labels[1])

            def f(x, labels=labels, a=a, b=b):
                x.label, v = labels[2], [a, b, x]
                for label in labels[3:]:
                    v.append(abs(3 * sin(v[-1])) * 0.3 - cos(v[-2]) * v[-3])
                    v[-1].label = label
                return v[-1] + relu(v[-2]) * b + v[-3]

            program, rows = self.check(f, [a, b], [(1.0,), (-0.5,)]), [(2.0,), (0.0,)]
            before = program.batch(rows), taken([a, b])
            if HAS_COMPILER:
                self.assertEqual((program.compile().batch(rows), taken([a, b])), before)
        x, w = Value(2.0, "same"), Value(3.0, "same")
        text = "def program(p0, p1):\n    v0 = p0 * p1\n    return v0, [p1, p0]\n"
        self.assertEqual(trace(lambda: x * w, [x, w]).source, text)

    def test_a_call_or_batch_that_fails_leaves_every_grad(self):
        w, b = Value(2.0), Value(1e-200)
        w.grad = 0.5
        program = trace(lambda x: w * x + (b * x) ** -1, [w, b], 1e100)
        self.assertRaises(OverflowError, program, 1.0)  # in the gradient of b, after that of w
        late = trace(lambda x: w * x + b.sqrt(), [w, b], 1.0)
        b.data = 0.0
        self.assertRaises(ZeroDivisionError, late, 1.0)
        root = trace(lambda x: w / x**0.5, [w], 4.0)
        self.assertRaises(ValueError, root, -4.0)  # not a complex number
        self.assertRaises(ValueError, root.batch, [4.0, -4.0])
        self.assertEqual((w.grad, b.grad, root(4.0), w.grad), (0.5, 0.0, 1.0, 1.0))

    def test_tracebacks_show_the_line_of_the_program(self):
        try:
            trace(lambda x: 2.0 / x, [], 1.0).batch([0.0])
        except ZeroDivisionError as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
        self.assertEqual(last.line, "v0 = 2.0 / x0")

    def test_where_the_only_way_is_shut_nothing_more_is_computed(self):
        w, b = Value(1.0), Value(0.0)
        program = trace(lambda x: [relu(relu(-(w * x).sqrt()) + b * 0.0), w * x], [w, b], 1.0)
        for compute in (lambda: program(0.0), lambda: program.batch([0.0])[0]):
            w.grad, b.grad = 0.5, None
            self.assertEqual(compute(), [0.0, 0.0])  # though the slope of sqrt is infinite there
            self.assertEqual((w.grad, b.grad), (0.5, 0.0))
        for f in (
            lambda x, y: relu(1 - y * (w * x + b)) * 2 + y,
            lambda x, y: relu(w * x) * relu(w * y),
            lambda x, y: functools.reduce(lambda z, _: relu(z - 0.01), range(250), w * x) * 3,
            lambda x, y: x - (x - w) + w * b * y,
        ):
            self.check(f, [w, b], [(0.5, 1.0), (2.0, 1.0), (2.0, -1.0), (-2.0, -1.0)])

    @unittest.skipIf(sys.platform == "emscripten", "Pyodide crashes when it frees a deep graph")
    def test_works_5_000_nodes_deep_and_with_5_000_terms(self):
        w = Value(3.0)

        def f(x):
            deep = functools.reduce(operator.add, [x] * 5_000, w)
            return deep + dot([w] * 5_000, [x] * 5_000, w)

        self.assertEqual((trace(f, [w], 1.0)(2.0), w.grad), (40_006.0, 10_002.0))

    def test_f_cannot_look_at_numbers(self):
        w, other = Value(2.0), trace(lambda x: x * x, [], 1.0)
        w.grad = 0.5
        for f in (
            lambda x: w if w > x else x,
            lambda x: w * math.sin(x.data),
            lambda x: (w * x).backward(),
            lambda x: trace(lambda y: w * y, [w], 1.0),
        ):
            self.fails(TypeError, LOOKS, trace, f, [w], 3.0)
            self.assertEqual((w.data, w.grad), (2.0, 0.5))
        self.fails(TypeError, f"{REAL} Value", trace, lambda x: w * other(x), [w], 3.0)

    def test_f_cannot_draw_random_numbers_or_change(self):
        def moves(x):
            w.data = 5.0
            return w * x

        w, count = Value(0.0), itertools.count(1)
        draws = "f draws from random, which a program cannot: make these numbers an input"
        for message, f in (
            (draws, lambda x: w * x * random.random()),
            ("f changes data, which a program cannot", moves),
            (CHANGES.format(2.0, 1.0), lambda x: w * next(count)),  # only its gradient changes
        ):
            self.fails(RuntimeError, message, trace, f, [w], 3.0)
            self.assertEqual((w.data, w.grad), (0.0, 0.0))

    def test_says_where_numbers_are_not_finite(self):
        w, inf = Value(-1.0), Value(INF)
        for x in (INF, -INF, NAN):
            program = trace(lambda x=x: w * x, [w])
            found = [program(), *taken([w]), *program.batch([()]), *taken([w])]
            self.assertEqual(repr(found), repr([-x, x, -x, x]))
        message = DIFFERS.format(1.0, NAN) + "some numbers are not finite"
        self.fails(RuntimeError, message, trace, lambda: relu(w * inf) + w, [w])

    def test_what_f_keeps_fails_loudly(self):
        w, state = Value(2.0), [Value(0.0)]

        def rnn(x):
            state.append(tanh(w * state[-1] + x))
            return state[-1]

        self.fails(TypeError, KEPT, trace, rnn, [w], 1.0)
        v = state[-1]
        for use in (lambda: 1 - v, lambda: dot([v], [2.0]), lambda: v > 1.0, v.backward):
            self.fails(TypeError, KEPT, use)

    def test_a_copy_of_model_and_program_works_on_its_own_parameters(self):
        for again in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
            w = Value(2.0, "w")
            program = trace(lambda x, w=w: [w * x[0], x[1]], [w], [1.0, 2.0])
            [v], copied = again(([w], program))
            v.data = 5.0
            self.assertEqual((copied.batch([[3, 4]]), v.grad), ([[15.0, 4.0]], 3.0))
            self.assertEqual((program([2, 3]), w.grad), ([4.0, 3.0], 2.0))
            self.assertEqual((copied.source, copied.parameters), (program.source, [v]))

    def test_an_operation_of_ones_own_needs_a_text_unless_it_is_one_of_math(self):
        w = Value(2.0)
        cube = unary("cube", lambda a: a * a * a, lambda a, y: 3.0 * a * a)
        message = "'cube' is not in math: give unary() or binary() a text, such as \"a * a\""
        self.fails(TypeError, message, trace, lambda: cube(w), [w])
        own = unary("relu", lambda a: 2.0 * a, lambda a, y: 2.0)
        self.fails(TypeError, message.replace("cube", "relu"), trace, lambda: own(w), [w])
        smooth = binary("step", lambda a, b: a * b + 1.0, lambda a, b, y: (b, a), "a * b + 1.0")
        self.check(lambda x: w * smooth(x, w) * 3.0, [w], [(0.5,), (-0.5,)])


@needs_compiler
class TestC(Readings):
    def test_c_source_compiles_by_itself_without_a_warning(self):
        options = "-std=c99 -pedantic -Wall -Wextra -Werror -O2 -S -xc - -o -"
        w, command = Value(0.1, "w"), [*COMPILER, *shlex.split(options)]
        for parameters in ([w], []):
            program = trace(lambda x, y: (logaddexp(w * x, y), relu(y)), parameters, (1.0, 2.0))
            done = subprocess.run(command, input=program.c_source.encode(), capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_batches_keep_their_form_and_add_to_grads(self):
        w = Value(2.0)
        for f, result in (
            (lambda x, y: w * x[0] + x[1] * y, 18.0),
            (lambda x, y: (w * x[0], x[1], w, 3), (6.0, 4.0, 2.0, 3.0)),
            (lambda x, y: [dot([w] * 256, [x[0]] * 256) / 256], [6.0]),
        ):
            program = trace(f, [w], ([1.0, 2.0], 3.0))
            self.assertIs(program.compile(), program)
            for rows, results, grad in (([], [], 0.0), ([([3, 4], 3)] * 2, [result] * 2, 6.0)):
                w.grad = None
                self.assertEqual((program.batch(iter(rows)), w.grad), (results, grad))
        self.fails(ValueError, LIST.format("row[0]", "[1]"), program.batch, [([1], 2)])
        w.data = 5
        self.assertEqual(copy.deepcopy(program).batch([([2, 0], 0)]), [[10.0]])
        self.assertEqual(program.batch([([2, 0], 0)]), [[10.0]])

    def test_where_a_number_is_not_finite_python_decides(self):
        w = Value(2.0)
        least = unary("least", lambda a: max(a, 1.0), lambda a, y: 0.0, "max(a, 1.0)")

        def f(x, y, z):
            return [relu(-sqrt(w / x)), 1 / exp(y), log(z), least(z), INF, -INF, NAN]

        program, good = trace(f, [w], (1.0, 1.0, 1.0)).compile(), (1.0, 2.0, 3.0)
        w.grad = 0.5
        self.assertRaises(ZeroDivisionError, program.batch, [good, (0.0, 2.0, 3.0), good])
        self.assertRaises(OverflowError, program.batch, [(1.0, 1e3, 3.0)])  # 1 / inf is 0.0 in C
        self.assertRaises(ValueError, program.batch, [(1.0, 2.0, -1.0)])
        row = (1.0, 2.0, NAN)  # where max() of Python and fmax() of C differ
        self.assertEqual(repr(program.batch([row])), repr([program(*row)]))
        w.data = 0.0  # the gate is 0.0, so that the infinite slope of sqrt is not met
        self.assertEqual(repr((program.batch([good]), w.grad)), repr(([program(*good)], 0.5)))

    def test_batches_run_the_c_that_was_checked(self):
        w = Value(2.0)
        program = trace(lambda x: w * x, [w], 3.0)
        other = ";\n    if (x[0] > 5) results[0] = 7;\n    grads"
        source = program.c_source.replace(";\n    grads", other)
        with mock.patch.object(micrograd.Program, "c_source", source):
            program.compile()
        for old, new, found in (("> 5", "> 2", (6.0, 7.0)), ("+=", "-=", (3.0, -3.0))):
            w.grad = 0.5
            with mock.patch.object(micrograd.Program, "c_source", source.replace(old, new)):
                message = DIFFERS.format(*found) + "is a text wrong that unary() or binary() got?"
                self.fails(RuntimeError, message, program.compile)
            self.assertEqual(w.grad, 0.5)
            self.assertEqual((program.batch([3.0, 6.0]), program(6.0)), ([6.0, 7.0], 12.0))

    def test_texts_mean_the_same_or_are_refused(self):
        points = [(-2.5,), (-1.0,), (0.0,), (0.5,), (1.0,), (3.0,)]
        for text, value in (
            ("(trunc(a) + 1) ** 2", lambda a: (math.trunc(a) + 1) ** 2),
            ("a if a > 1 else 3 if a >= 0 else -a", lambda a: a if a > 1 else 3 if a >= 0 else -a),
        ):
            program = trace(unary("own", value, lambda a, y: 0.0, text), [], points[0])
            expected = [value(*point) for point in points]
            self.assertEqual(program.batch(points), expected, text)
            self.assertEqual(program.compile().batch(points), expected, text)
        for text, value in (
            ("hypot(a, 1.0)", lambda a: math.hypot(a, 1.0)),
            ("max(a, 1.0, 2.0)", lambda a: max(a, 1.0, 2.0)),
            ("1.0 if 0.0 < a < 9.0 else 0.0", lambda a: 0.0 < a < 9.0),
        ):
            program = trace(unary("own", value, lambda a, y: 0.0, text), [], 3.0)
            self.assertEqual(program(3.0), value(3.0))
            message = f"{text!r} is nothing that C computes as Python does"
            self.fails(TypeError, message, operator.attrgetter("c_source"), program)

    @unittest.skipUnless(shutil.which("sh"), "no shell")
    def test_a_compiler_that_fails_is_an_error_with_its_words_and_the_program_still_runs(self):
        w = Value(2.0)
        program = trace(lambda x: w * x, [w], 1.0)
        message = r"^the C compiler failed: Command .* exit status 3\.\nNo C!\n$"
        with mock.patch.dict(os.environ, CC="sh -c 'echo No C! >&2; exit 3'"):
            self.assertRaisesRegex(RuntimeError, message, program.compile)
        self.assertEqual((program.batch([3.0]), program(4.0), w.grad), ([6.0], 8.0, 7.0))


# === Part 3: pictures =============================================================================

LEAF, CONSTANT, OPERATION, ROOT = "#dbeafe", "#e2e8f0", "#475569", "#ffedd5"
first = operator.itemgetter(0)
BLUE, ORANGE, GREEN, INK = "#1d4ed8", "#c2410c", "#0f766e", "#0f172a"
Box = namedtuple("Box", "left top right bottom fill rows")  # rows: pairs (height, text)
Path = namedtuple("Path", "strokes color attributes")


def strokes_of(path, x, y, scale):
    """Return the lines of an SVG path, each as a list of points; of curves only the ends."""
    strokes = []
    for letter, rest in re.findall("([MLCHVhz])([^MLCHVhz]*)", path):
        n = [scale * float(number) for number in re.findall(r"[-\d.e]+", rest)]
        if letter == "M":
            strokes.append([(x + n[0], y + n[1])])
        elif letter in "LC":
            strokes[-1].append((x + n[-2], y + n[-1]))
        else:
            a, b = strokes[-1][-1]
            ends = {"V": (a, y + sum(n)), "H": (x + sum(n), b), "h": (a + sum(n), b)}
            strokes[-1].append(ends.get(letter, strokes[-1][0]))
    return strokes


class Drawn:
    """The parts of a picture, in pixels of the whole."""

    def __init__(self, picture):
        self.boxes, self.texts, self.paths, self.circles = [], [], [], []
        self.root = ElementTree.fromstring(picture)
        self.add(self.root, 0.0, 0.0, 1.0)
        self.text = " ".join(text for *_, text in self.texts)
        self.frames = [p.strokes[0] for p in self.paths if p.attributes["d"].endswith("z")]
        self.curves = [s for path in self.paths if path.color == GREEN for s in path.strokes]

    def add(self, element, x, y, scale):
        moves = [float(n) for n in re.findall(r"[\d.]+", element.get("transform", ""))]
        dx, dy, zoom = [*moves, *[0.0, 0.0, 1.0][len(moves) :]]
        x, y, scale = x + scale * dx, y + scale * dy, scale * zoom
        kind, has = element.tag.split("}")[1], element.attrib
        if kind == "path":
            self.paths.append(Path(strokes_of(has["d"], x, y, scale), has["stroke"], has))
        elif kind == "circle":
            self.circles.append((float(has["cx"]), float(has["cy"]), has.get("fill", "ring")))
        elif kind == "text":
            a, b = float(has["x"]), float(has["y"])
            self.texts.append((x + scale * a, y + scale * b, element.text))
        elif kind == "rect" and has["width"] != "100%":
            a, b, width, height = (float(has[key]) for key in ("x", "y", "width", "height"))
            self.boxes.append(Box(a, b, a + width, b + height, has["fill"], []))
        for part in element:
            self.add(part, x, y, scale)
        for box in self.boxes if element is self.root else []:
            inside = (t for t in self.texts if touch(box, t, t))
            box.rows.extend(sorted((b, text) for _, b, text in inside))

    def shown(self, box):
        return [text for _, text in box.rows]


def touch(box, a, b, across=0.0, up=0.0):
    """Tell whether the rectangle between the points a and b comes as near to box as that."""
    beside = max(a[0], b[0]) <= box.left - across or min(a[0], b[0]) >= box.right + across
    return not (beside or max(a[1], b[1]) <= box.top - up or min(a[1], b[1]) >= box.bottom + up)


def in_frame(points, frame, low, high):
    """Return what points stand for, where the corners of frame stand for low and high."""
    (left, bottom), (right, top) = frame[0], frame[2]
    for a, b in points:
        x, y = (a - left) / (right - left), (b - bottom) / (top - bottom)
        yield round(low[0] + x * (high[0] - low[0]), 3), round(low[1] + y * (high[1] - low[1]), 3)


def tangle(seed):
    """Return a graph of which some Values are used again, much later, or twice in one operation."""
    rng = random.Random(seed)
    values = [Value(i, "x" * 9 * i) for i in range(4)]
    for i in range(4, 24):
        a, b = rng.choice(values), rng.choice(values[-5:])
        more = [a + b, a * b, a + 1000 * i, b - a, -b, dot(values[-3:], [a, b, a], b)]
        values.append(rng.choice(more))
    return sum(values[1:], values[0])


def rows_of(v):
    label = [v.label] if v.label else []
    return [f"{v.data:g}"] if v._op == "constant" else [*label, f"data {v.data:g}", "grad 0"]


class TestDrawGraph(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.graphs = []
        for root in (tangle(1), tangle(2), micrograd.Neuron(3)([1, Value(2), 3])):
            values = topological_order(root)
            for i, v in enumerate(values):
                v.data = i + 0.5  # so that no two boxes show the same
            cls.graphs.append((values, Drawn(micrograd.draw_svg(root))))

    def test_draw_dot_is_text_with_a_box_for_each_value_and_partials_at_the_edges(self):
        a = Value(2, '<\u00e9>\\"')
        out = Value(-7, "", (a * -3.5,), '"\\', (1.0,))
        out.backward()
        expected = r"""digraph {
  rankdir=LR
  v0 [shape=box, label="&lt;&#233;&gt;\\&quot;\ndata 2\ngrad -3.5"]
  v1 [shape=box, label="-3.5"]
  v2 [shape=box, label="data -7\ngrad 1"]
  v2op [label="*"]
  v2op -> v2
  v0 -> v2op [label="&times; -3.5"]
  v1 -> v2op [label="&times; 2"]
  v3 [shape=box, label="data -7\ngrad 1"]
  v3op [label="&quot;\\"]
  v3op -> v3
  v2 -> v3op [label="&times; 1"]
}
"""
        self.assertEqual(micrograd.draw_dot(out), expected)
        self.assertEqual(micrograd.draw_dot(out, "TB"), expected.replace("LR", "TB"))

    def test_and_draw_svg_refuse_more_than_300_nodes(self):
        most = -sum(map(Value, range(149)), Value(0))
        message = "this graph has 301 nodes, and a picture shows at most 300"
        for draw in (micrograd.draw_dot, micrograd.draw_svg):
            draw(most)
            self.fails(ValueError, message, draw, -most)

    def test_shows_each_value_once_and_a_row_for_each_input_with_its_partial_in_order(self):
        for values, drawn in self.graphs:
            rows = [[v._op, *(f"\xd7 {x:g}" for x in v._partials)] for v in values if v._prev]
            self.assertCountEqual(map(drawn.shown, drawn.boxes), [*map(rows_of, values), *rows])

    def test_an_edge_from_each_input_ends_at_its_row(self):
        for values, drawn in self.graphs:
            box_of = {v: b for v in values for b in drawn.boxes if drawn.shown(b) == rows_of(v)}
            start_of = {s[-1]: s[0] for path in drawn.paths for s in path.strokes}
            for v in (v for v in values if v._prev):
                left, top, _, bottom, *_ = box_of[v]
                beside = [b for b in drawn.boxes if abs(b.right - left) < 0.1]
                [box] = [b for b in beside if b.top < (top + bottom) / 2 < b.bottom]
                self.assertEqual(box.fill, OPERATION)
                ends = [end for end in start_of if touch(box, end, end, 0.1)]
                self.assertEqual(len(ends), len(v._prev))
                for end, row, u in zip(sorted(ends, key=lambda e: e[1]), box.rows[1:], v._prev):
                    self.assertLess(abs(end[1] - (row[0] - 4)), 3)  # of 17 pixels from row to row
                    while end in start_of:  # a long edge has pieces
                        end = start_of[end]
                    self.assertLess(abs(end[0] - box_of[u].right), 0.1)
                    self.assertLess(abs(end[1] - (box_of[u].top + box_of[u].bottom) / 2), 0.1)

    def test_no_edge_touches_a_box_that_is_not_its_own_and_no_boxes_overlap(self):
        for _, drawn in self.graphs:
            strokes = [stroke for path in drawn.paths for stroke in path.strokes]
            for stroke, box in itertools.product(strokes, drawn.boxes):
                for a, b in zip(stroke, stroke[1:]):  # a curve stays between a and b
                    self.assertFalse(touch(box, a, b, -0.1, 1))
            for a, b in itertools.combinations(drawn.boxes, 2):
                self.assertFalse(touch(a, b[:2], b[2:4], -0.1, 10))

    def test_shows_inputs_from_top_to_bottom_leaves_blue_constants_grey_the_root_orange(self):
        a, b, c, d, e = (Value(1, name) for name in "abcde")
        drawn = Drawn(micrograd.draw_svg((a * b + c * d).relu() * e + 10))
        boxes = sorted(drawn.boxes, key=lambda box: (box.right, box.top))
        texts = [[drawn.shown(b)[0] for b in boxes if b.fill == f] for f in (LEAF, CONSTANT, ROOT)]
        self.assertEqual(texts, [["a", "b", "c", "d", "e"], ["10"], ["data 12"]])
        self.assertEqual(len({box.fill for box in boxes}), 5)  # operations, and all other nodes

    def test_shows_labels_as_written_save_what_has_no_look_in_boxes_of_their_size(self):
        joined = "\u0645\u06cc\u200c\u062e \U0001f468\u200d\U0001f469 \xa0\u3000\xad\u200e"
        labels = ["<b>&amp;\"'?", "a  b ", joined]
        labels += [c * 20 for c in ("a", "\xe9", "\u65e5", "\uff21", "\U0001f389")]
        shown = dict(zip(labels, labels))
        turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        shown.update(dict.fromkeys("\x00\n\x9f\ud800\ue000\uffff" + turning, "\ufffd"))
        for label, text in shown.items():
            with self.subTest(label=ascii(label)):
                picture = micrograd.draw_svg(Value(1, label))
                self.assertLess(max(picture), "\x7f")  # so that any encoding can write it
                self.assertEqual(picture.count(' xml:space="preserve">'), 3)
                [box] = Drawn(picture).boxes
                self.assertEqual([row for _, row in box.rows], [text, "data 1", "grad 0"])
                if len(label) == 20:  # of letters that are as wide as the usual fonts have them
                    wide = sum(15.5 if ord(c) > 999 else 7.23 for c in label)
                    self.assertTrue(wide + 15 < box.right - box.left < 1.05 * wide + 18)

    def test_is_short_as_repr_and_a_white_page_that_shrinks_where_there_is_less_room(self):
        picture = micrograd.draw_curve([1])
        self.assertEqual(repr(picture), f"<SVG picture, {len(picture)} characters>")
        for text in (str(picture), picture._repr_svg_()):
            self.assertEqual((type(text), text), (str, picture))  # notebooks take no other
        root = Drawn(picture).root
        self.assertEqual(root.get("style"), "max-width: 100%; height: auto")
        self.assertEqual(root.get("viewBox"), f"0 0 {root.get('width')} {root.get('height')}")
        page = [root[0].get(key) for key in ("x", "y", "width", "height", "fill")]
        self.assertEqual(page, ["0", "0", "100%", "100%", "white"])  # behind all others


class TestDrawTraining(TestCase):
    X, y = [[-2, -1], [-1, 1], [1, 1], [2, -1], [2, 0]], [0, 0, 1, 1, 0]
    low, high = (-2.2, -1.1), (2.2, 1.1)

    def test_curve_shows_numbers_over_steps_with_gaps_at_what_is_not_finite_and_dots_between(self):
        drawn = Drawn(micrograd.draw_curve(iter([4, NAN, -1, INF, -INF, 3, 2, 1e300]), "error"))
        lines = [[(1, 4), (1, 4)], [(3, -1), (3, -1)], [(6, 3), (7, 2), (7, 2)]]
        found = [[*in_frame(curve, drawn.frames[0], (0, -1), (8, 4))] for curve in drawn.curves]
        self.assertEqual(found, lines)
        self.assertEqual(drawn.paths[-1].attributes["stroke-linecap"], "round")  # so dots are seen

    def test_curve_has_a_name_and_round_ticks_from_end_to_end(self):
        for losses, texts in (
            ([], "loss step 0 1 2 3 4 5 0 0.2 0.4 0.6 0.8 1"),
            ([2.0] * 37, "loss step 0 10 20 30 40 0 0.5 1 1.5 2"),
            ([-3, 7] * 500, "loss step 0 200 400 600 800 1000 -4 -2 0 2 4 6 8"),
        ):
            drawn = Drawn(micrograd.draw_curve(losses))
            self.assertEqual(drawn.text, texts)
            (left, bottom), _, (right, top), *_ = drawn.frames[0]
            x, y = ([text[i] for text in drawn.texts[2:]] for i in (0, 1))
            self.assertEqual((x[0], max(x), y[-1]), (left, right, top + 4))
            self.assertEqual({*x[1:]} & {left - 8, right}, {left - 8, right})
            self.assertIn(bottom + 4, y)
        ElementTree.fromstring(micrograd.draw_curve([1e-320]))

    def test_boundary_is_text_with_points_and_dots_where_the_score_is_above_0(self):
        legend = "o label 0   x label 1   # misclassified   . score above 0"
        expected = ["            ..........."] * 20 + [legend]
        expected[1] = "      o     ....x......"
        expected[10] = "            .........#."
        expected[18] = " o          .........x."
        found = micrograd.draw_boundary(first, iter(self.X), iter(self.y), 23)
        self.assertEqual(found.split("\n"), expected)
        expected = [*[""] * 10, " " * 36 + "#", *[""] * 9, legend]
        found = micrograd.draw_boundary(lambda x: NAN, [[0, 0]] * 2, [0, 1])
        self.assertEqual(found.split("\n"), expected)
        self.assertEqual(micrograd.draw_boundary(first, self.X, self.y, 2).split("\n")[1], "ox")

    def test_both_refuse_what_they_cannot_place(self):
        message = "columns must be at least 2, got 1"
        self.fails(ValueError, message, micrograd.draw_boundary, first, self.X, self.y, 1)
        for wrong in ([], [1.0, 2.0, 3.0], [NAN, 1.0], [1.0, -INF], [1e300, 0.0]):
            message = f"a point to draw must be two numbers below 1e300, got {wrong}"
            for X in ([wrong, [0, 0]], [[0, 0], wrong]):
                self.fails(ValueError, message, micrograd.draw_training, first, X, [0, 1], [])

    def test_shows_points_rings_around_wrong_ones_curves_names_and_a_legend(self):
        history = iter([(2, 0.5), (INF, 1), (1, NAN)])
        drawn = Drawn(micrograd.draw_training(first, iter(self.X), iter(self.y), history))
        colors = [color for *_, color in drawn.circles]
        self.assertEqual(colors, [BLUE, BLUE, ORANGE, ORANGE, BLUE, "ring"])
        places = in_frame([c[:2] for c in drawn.circles], drawn.frames[0], self.low, self.high)
        self.assertEqual([*places], [*map(tuple, self.X), (2, 0)])
        ends = [(5, 2), (5, 2), (5, 100)]  # of the axes of two dots and a line
        frames = [drawn.frames[i] for i in (1, 1, 2)]
        found = [[*in_frame(c, f, (0, 0), e)] for c, f, e in zip(drawn.curves, frames, ends)]
        self.assertEqual(found, [[(1, 2)] * 2, [(3, 1)] * 2, [(1, 50), (2, 100), (2, 100)]])
        legend = "blue: label 0, orange: label 1, ring: misclassified, lines: score -1, 0, 1"
        plane, steps = "x[1] x[0] -2 -1 0 1 2 -1 -0.5 0 0.5 1 ", "step 0 1 2 3 4 5 "
        shares = "accuracy, % " + steps + "0 20 40 60 80 100"
        self.assertEqual(drawn.text, plane + legend + " loss " + steps + "0 0.5 1 1.5 2 " + shares)

    def test_has_straight_lines_exactly_where_a_linear_score_is_0_and_1_and_minus_1(self):
        drawn = Drawn(micrograd.draw_training(lambda x: 2 * x[0] + x[1] - 0.5, self.X, self.y, []))
        (left, bottom), _, (right, top), *_ = plane = drawn.frames[0]
        lines = [p for p in drawn.paths if p.color == INK and not p.attributes["d"].endswith("z")]
        self.assertEqual([p.attributes["stroke-width"] for p in lines], ["0.25", "0.6", "0.25"])
        for level, line in zip((-1, 0, 1), lines):
            for stroke in line.strokes:
                for x, y in in_frame(stroke, plane, self.low, self.high):
                    self.assertLess(abs(2 * x + y - 0.5 - level), 0.006)  # a third of a pixel
            length = sum(math.dist(*stroke) for stroke in line.strokes)
            self.assertLess(abs(length - math.hypot(bottom - top, (right - left) / 4)), 1)

    def test_shades_the_plane_by_score_white_for_nan_and_takes_scores_that_are_not_finite(self):
        # How light it is, from left to right:
        shown = "100% 71.2% 100% 71.2% 92.8% 86.8% 92.8% 100%"
        scores, X = [NAN, INF, -1e308, 1, 0], [[-1.9, 0], [2, 1]]
        picture = micrograd.draw_training(lambda x: scores[math.floor(x[0]) + 2], X, [0, 1], [])
        shades = [p for p in Drawn(picture).paths if p.color.startswith("hsl")]
        strokes = sorted((*s[0][::-1], p.color) for p in shades for s in p.strokes)
        self.assertEqual(len(strokes), 120 * 75)
        row = [color for color, _ in itertools.groupby(color for *_, color in strokes[:120])]
        self.assertEqual(" ".join(color[:-1].split()[-1] for color in row), shown)
        self.assertNotRegex(picture, '"[^"<]*(nan|inf)[^">]*"')

    def test_ticks_are_told_apart_where_the_range_is_small(self):
        drawn = Drawn(micrograd.draw_training(first, [[-1e6, 3], [0.001 - 1e6, 3]], [0, 1], []))
        self.assertIn("x[1] x[0] -1000000 -999999.9995 -999999.999 0 2 4 6 blue", drawn.text)


# === Part 4: files, and the command line ==========================================================

is_posix = os.name == "posix" and sys.platform != "emscripten"
needs_posix = unittest.skipUnless(is_posix, "needs files and signals as POSIX has them")


class InFolder(TestCase):
    def setUp(self):  # each test begins in an empty folder, which vanishes after it
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def assert_saved(self, model, path="m.json"):
        expected = {"model": repr(model), **model.state_dict()}
        self.assertEqual(json.loads(read(path)), expected)


def read(path):
    return pathlib.Path(path).read_text(encoding="ascii")


class TestSave(InFolder):
    def setUp(self):
        super().setUp()
        self.model, self.older = MLP(2, [3, 1]), MLP(2, [3, 1])
        save(self.older, "m.json")

    def test_and_load_go_through_a_file_of_json_with_sizes_and_activations(self):
        for path in (pathlib.Path("m.json"), b"m.json", "m.json"):
            model = MLP(2, [3, 1])
            save(self.model, path)
            self.assert_saved(self.model)
            load(model, path)
            self.assertEqual(model.state_dict(), self.model.state_dict())
        pathlib.Path("m.json").write_text(json.dumps(self.older.state_dict()))  # by older versions
        load(model, "m.json")
        self.assertEqual(model.state_dict(), self.older.state_dict())

    def test_load_refuses_another_activation_or_size_and_names_both(self):
        save(MLP(2, [16, 16, 1]), "m.json")
        for other in (MLP(2, [16, 16, 1], nonlin="tanh"), MLP(2, [16, 8, 1])):
            message = f"cannot load m.json: it is for {MLP(2, [16, 16, 1])}, not for {other}"
            self.fails(ValueError, message, load, other, b"m.json")

    def test_load_refuses_what_save_did_not_write_and_changes_nothing(self):
        before, text = self.model.state_dict(), read("m.json")
        changes = ("NaN]", "1e999]", f"{10**400}]", '"0"]', "null]", "0.0, 0.0]", "[0.0]]", "0.0}")
        contents = [text.replace("0.0]", change).encode() for change in changes]
        contents += [json.dumps({**before, "model": made}).encode() for made in (5, None, ["MLP"])]
        deep = b"[" * 100_000 * (sys.platform != "emscripten")  # where json crashes
        for content in (*contents, b"", b"{", b"[]", b"{}", b"3", b"\xff\xfe", deep):
            pathlib.Path("m.json").write_bytes(content)
            with self.subTest(content=content[:9]):
                with self.assertRaisesRegex(ValueError, "^cannot load m.json: ."):
                    load(self.model, "m.json")
                self.assertEqual(self.model.state_dict(), before)
        message = "expected load(model, path), got only 'net.json'"
        self.fails(TypeError, message, load, "net.json")

    def test_keeps_the_older_file_when_it_fails_and_leaves_nothing_behind(self):
        for error in (KeyboardInterrupt, OSError):  # such as a full disk
            with mock.patch("os.replace", side_effect=error):
                self.assertRaises(error, save, self.model, "m.json")
        self.model.layers[1].neurons[0].b.data = NAN
        message = "^a parameter is infinite or NaN; did training diverge[?] "
        self.assertRaisesRegex(ValueError, message, save, self.model, "m.json")
        self.assert_saved(self.older)
        self.assertEqual(os.listdir(), ["m.json"])

    @needs_posix
    def test_writes_where_a_link_leads_and_keeps_the_link_and_the_mode(self):
        os.mkdir("far")
        os.symlink("far/n.json", "n.json")
        save(self.older, "n.json")
        pathlib.Path("usual").touch()
        self.assertEqual(os.stat("far/n.json").st_mode, os.stat("usual").st_mode)
        os.chmod("far/n.json", 0o600)
        save(self.model, "n.json")
        self.assertEqual(os.readlink("n.json"), "far/n.json")
        self.assert_saved(self.model, "far/n.json")
        self.assertEqual(os.stat("far/n.json").st_mode & 0o777, 0o600)

    @needs_posix
    def test_refuses_what_is_no_regular_file(self):
        os.mkfifo("fifo")  # and not /dev/null: this may be run by root
        for path in ("fifo", b".", ""):
            message = f"{os.fsdecode(path)!r} is not a regular file of its own that can be written"
            self.fails(OSError, message, save, self.model, path)
        self.assertEqual(sorted(os.listdir()), ["fifo", "m.json"])
        self.assertTrue(pathlib.Path("fifo").is_fifo())


def command(line, **environment):
    """Run main() here; return its exit status, and what it wrote to stdout and stderr."""
    out, err, environ = io.StringIO(), io.StringIO(), mock.patch.dict(os.environ, environment)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), environ:
        try:
            status = micrograd.main(shlex.split(line))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


def process(line, **options):
    """Start micrograd.py as a user does, with an output that is buffered."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    words = [sys.executable, os.path.abspath(micrograd.__file__), *line.split()]
    options.update(env=environment, stderr=subprocess.PIPE, universal_newlines=True)
    return subprocess.Popen(words, **options)


class TestCommandLine(InFolder):
    SMALL = "--steps 12 --samples 20 --noise 0.2 --lr 0.5 --seed 5 --hidden 3 2 "

    def small(self):
        """Do what SMALL says, with the functions of the file."""
        rng = random.Random(5)
        X, y = make_moons(20, noise=0.2, random_state=rng)
        new = make_moons(1000, noise=0.2, random_state=rng)
        self.model = MLP(2, [3, 2, 1], rng=rng)
        history = train(self.model, X, y, 12, 0.5)
        self.begin = "MLP 2 -> 3 -> 2 -> 1, 20 parameters, 20 points\n"
        for step in (0, 10, 11):
            loss, share = history[step]
            self.begin += f"step {step:3}  loss {loss:.4f}  accuracy {100 * share:5.1f} %\n"
        self.end = f"accuracy on 20 points: {100 * accuracy(self.model, X, y):.1f} %\n"
        self.end += f"accuracy on 1000 new points: {100 * accuracy(self.model, *new):.1f} %\n"
        self.end += micrograd.draw_boundary(self.model, X, y) + "\n"
        return X, y, history

    def test_does_what_its_options_say_into_its_files_too_and_can_go_on(self):
        X, y, history = self.small()
        name = "\xfc.json" if sys.getfilesystemencoding() == "utf-8" else "u.json"
        wrote = f"wrote {name!a}\nwrote 'p.svg'\n"  # for not every output can show a u umlaut
        expected = 0, self.begin + wrote + self.end, ""
        self.assertEqual(command(self.SMALL + f"--save {name} --svg p.svg"), expected)
        self.assert_saved(self.model, name)
        self.assertEqual(read("p.svg"), micrograd.draw_training(self.model, X, y, history))
        self.assertEqual(sorted(os.listdir()), ["p.svg", name])
        status, out, err = command(self.SMALL + f"--steps 0 --load {name}")
        self.assertEqual((status, out.split("\n", 1)[1], err), (0, self.end, ""))
        status, _, err = command(self.SMALL + "--compile", CC="nowhere/cc")
        self.assertRegex(err, "^micrograd.py: error: the C compiler failed: ")
        command(self.SMALL + f"--steps 7 --load {name} --save {name}")
        train(self.model, X, y, 7, 0.5)
        self.assert_saved(self.model, name)

    def test_ctrl_c_ends_with_130(self):
        with mock.patch("micrograd.accuracy", side_effect=KeyboardInterrupt):
            status, _, err = command("--steps 0")
        self.assertEqual((status, err), (130, "micrograd.py: error: interrupted\n"))

    @needs_posix
    def test_saves_what_was_reached_at_ctrl_c_and_when_nobody_reads_on(self):
        def begin():
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # shells ignore it in the background

        line = "--steps 100000 --samples 9 --hidden 1 --save m.json --svg p.svg"
        for stop, end in ((signal.SIGINT, (130, "")), (0, (1, ""))):
            with process(line, stdout=subprocess.PIPE, preexec_fn=begin) as p:
                lines = p.stdout.readline() + p.stdout.readline()
                self.assertRegex(lines, "^MLP .*\nstep   0 .*\n")
                p.send_signal(stop)
                if stop:
                    words = "stopped after [0-9]+ of 100000 steps\nwrote 'm.json'\nwrote 'p.svg'\n"
                    self.assertRegex(p.stdout.read(), words)
                p.stdout.close()  # as | head -2 does
                err = p.stderr.read()
            self.assertEqual((p.returncode, err), end)
            load(MLP(2, [1, 1]), "m.json")
            for path in ("m.json", "p.svg"):
                os.remove(path)

    def test_where_one_file_cannot_be_written_the_other_is(self):
        pathlib.Path("m.json").write_text("older")
        line = "--lr 1e6 --steps 20 --samples 5 --hidden 4 4 --save m.json --svg p.svg"
        status, out, err = command(line)
        self.assertEqual(status, 1)
        self.assertRegex(err, "^micrograd.py: error: m.json: a parameter is infinite or NaN;.*\n$")
        self.assertEqual(read("m.json"), "older")
        picture = Drawn(read("p.svg"))  # all 5 points are wrong, and have rings
        self.assertEqual((out.count("#"), len(picture.circles)), (5 + 1, 10))

    def test_refuses_places_before_it_trains_and_files_that_it_cannot_load(self):
        pathlib.Path("broken.json").write_text("{")
        for options, expected, message in (
            ("--save nowhere/m.json", 2, "nowhere/m.json: No such file or directory"),
            ("--save x --svg ./x", 2, "--svg names the file of --save or --load"),
            ("--load ''", 1, "No such file or directory: ''"),
            ("--load broken.json", 1, "cannot load broken.json: "),
        ):
            status, out, err = command(self.SMALL + options)
            self.assertEqual((status, out), (expected, ""))
            self.assertRegex(err, f"error: .*{re.escape(message)}[^\n]*\n$")

    def test_refuses_numbers_out_of_range_and_takes_those_at_the_limit(self):
        for option, expected, words in (
            ("--steps", "expected 0 to 1000000, got ", "-1 1000001"),
            ("--lr", "expected 0.0 to 1000000.0, got ", "-1 nan 1000000.1"),
        ):
            for word in words.split():
                found = command(f"{option}={word}")[2]
                self.assertIn(f"argument {option}: {expected}{word}\n", found)
        self.assertEqual(command("--steps 0 --samples 1 --noise 0 --lr 0 --hidden 1")[0], 0)
        most = "--steps 1000000 --samples 1000000 --noise 1e6 --lr 1e6 --hidden "
        self.assertIn("makes more than 100000 parameters\n", command(most + "57 1693")[2])
        self.assertIn("'.' is not a regular file", command(most + "57 1692 --svg .")[2])

    def test_help_explains_every_option(self):
        words = """Train a network to tell two moons apart. | steps of training (default: 100)|
            points to learn from (default: 100)| how far points are off the moons (default: 0.1)|
            hidden layers (default: [16, 16])| how far a step goes (default: 1.0)| start of the
            random numbers (default: 0)| train in C (default| write the network to a file, as JSON
            (default| begin with the network in a file (default| draw the training into a file (d"""
        out = " ".join(command("--help", NO_COLOR="1", COLUMNS="999")[1].split())
        for text in " ".join(words.split()).split("|"):
            self.assertIn(text, out)


# --- README.md, where it is beside this file ------------------------------------------------------

HERE = pathlib.Path(__file__).resolve().parent


@unittest.skipUnless((HERE / "README.md").exists(), "needs README.md beside this file")
class TestReadme(InFolder):
    def test_blocks_and_commands_print_and_draw_what_is_shown(self):
        text = (HERE / "README.md").read_text(encoding="utf-8")
        blocks = [*re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S), ("", "")]
        names = {"__name__": "readme"}
        for (kind, code), (below, shown) in zip(blocks, blocks[1:]):
            modules = re.findall(r"^(?:# needs|import|from) (\w+)", code, re.M)
            can_run = HAS_COMPILER or "compile" not in code
            if kind == "python" and can_run and all(map(importlib.util.find_spec, modules)):
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(code, "README.md", "exec"), names)
                self.assert_shown(out.getvalue(), shown if below in ("text", "c") else "", code)
            for line, lines in re.findall(r"^\$ python micrograd.py(.*)\n([^$]*)", code, re.M):
                if can_run:
                    self.assert_shown(command(line)[1], lines, line)
        for line in re.findall("`python micrograd.py (.*?--svg.*?)`", text):
            self.assertEqual(command(line)[0], 0)
        for path in re.findall(r"!\[[^\]]+\]\((\.github/[^)]*)\)", text):
            if (HERE / ".github").exists():
                self.assertEqual(read(pathlib.Path(path).name), read(HERE / path), path)

    def assert_shown(self, found, shown, code):
        """Check that found is what the README shows, where a line ... stands for any lines."""
        pattern = "(.*\n)*".join(map(re.escape, re.split(r"^\.\.\.\n", shown, flags=re.M)))
        self.assertTrue(re.fullmatch(pattern + "\n?", found), f"{code}\n{found}")


# === A generator of random functions, with which all ways to compute are compared =================
# It is a list of steps, which apply an operation to the last number so far and to an earlier one.
# STEPS has all operations, each with what keeps operands where it is defined, and its result small.

atan = unary("atan", math.atan, lambda a, y: 1.0 / (a * a + 1.0))
angle = binary("atan2", math.atan2, lambda a, b, y: (b / (a * a + b * b), -a / (a * a + b * b)))
STEPS = [
    lambda a, b: a + b - 0.5,
    lambda a, b: tanh(a) * b,
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: 2 / (1.5 + relu(0.3 - a)),
    lambda a, b: abs(a) - abs(-b),
    lambda a, b: tanh(a) ** 2 + a**1 + b**0,
    lambda a, b: sin(a) ** 3 + 2 ** tanh(b),
    lambda a, b: (abs(a) + 1.0) ** -1 - (abs(b) + 0.5) ** 0.5,
    lambda a, b: (sigmoid(a) + 0.5) ** tanh(b),
    lambda a, b: exp(-a * a) - cos(b),
    lambda a, b: log(a * a + 0.5) + sqrt(abs(b) + 0.25),
    lambda a, b: logaddexp(a, b) - micrograd.softplus(a),
    lambda a, b: relu(a) - relu(b),
    lambda a, b: dot([tanh(a), 0.5, 1.0], [b, 1.0, a], b),
    lambda a, b: atan(a) - angle(b, abs(a) + 1.0),
]


class RandomFunction:
    """f(*numbers) of five numbers; if they are Values, perhaps with gradients in it."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        operations = self.rng.sample(STEPS, 8)
        self.steps = [(f, self.rng.randrange(5 + i)) for i, f in enumerate(operations)]
        self.has_gradients = seed % 2 == 1

    def numbers(self, n):
        return [self.rng.choice([0.0, 1.0, self.rng.uniform(-2, 2)]) for _ in range(n)]

    def __call__(self, *numbers):
        values = list(numbers)
        for operation, i in self.steps:
            values.append(operation(values[-1], values[i]))
        out = values[-1] + values[-2] * 0.5
        if self.has_gradients:
            slopes = gradients(out, [numbers[1], numbers[2], values[-4]])
            out = out + tanh(slopes[0] - slopes[1]) * slopes[2]
        return out


def polynomial(steps, *numbers):
    values = list(numbers)
    for i, j, k, sign in steps:
        values.append(values[i] * values[j] + sign * values[k])
    return functools.reduce(operator.add, values)


class TestRandomFunctions(Readings):
    def test_polynomials_of_integers_have_exactly_their_derivatives(self):
        rng, h = random.Random(1), 2**200
        for _ in range(50):
            steps, x = [], [rng.randint(-3, 3) for _ in "abc"]
            while len(steps) < 20:
                more = [*steps, (*rng.choices(range(3 + len(steps)), k=3), rng.choice((-1, 1)))]
                # At 4, and without signs, it bounds all values and derivatives that are met here.
                if polynomial([(*places, 1) for *places, _ in more], 4, 4, 4) < 2**50:
                    steps = more
            f = functools.partial(polynomial, steps)
            expected = [f(*x)]
            for i in range(3):  # f(x + h) is f(x) + h * slope, and terms with h * h
                slope = (f(*x[:i], x[i] + h, *x[i + 1 :]) - f(*x)) // h
                expected.append((slope + h // 2) % h - h // 2)
            self.assertEqual([*derivatives(f, *x)], expected)

    def test_numbers_values_gradients_and_programs_agree_bit_for_bit(self):
        for seed in range(40):
            f = RandomFunction(seed)
            p, q, constant = map(Value, f.numbers(3))
            with self.subTest(seed=seed):
                g = functools.partial(f, p, q, constant)
                program = self.check(g, [p, q], [tuple(f.numbers(2)) for _ in range(3)])
                x, y = map(Value, f.numbers(2))
                out = g(x, y)
                found = program(x.data, y.data), taken([p, q])
                self.assertEqual((out.data, floats(gradients(out, [p, q]))), found)
                if not f.has_gradients:
                    self.assertEqual(floats(f(*floats([p, q, constant, x, y]))), out.data)

    @needs_compiler
    def test_programs_in_c_agree_bit_for_bit(self):
        functions = [*STEPS, *map(RandomFunction, range(30))]
        parameters = [Value(x) for x in (0.7, -1.3, 0.4)]

        def f(x, y):
            outs = [g(x, y) if g in STEPS else g(x, *parameters, y) for g in functions]
            return [sum(outs), *outs]

        points = [(0.5, -1.5), (0.0, 1.0), (-0.9, 2.0), (-0.0, 1.5), (12.5, -7.0)]
        program = trace(f, parameters, points[0])
        before = program.batch(points), taken(parameters)
        self.assertEqual((program.compile().batch(points), taken(parameters)), before)


if __name__ == "__main__":
    unittest.main()
