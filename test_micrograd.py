"""The specification of micrograd.py, in the order of the file. Run: python -m unittest"""

import contextlib
import copy
import functools
import gc
import importlib.util
import io
import itertools
import json
import math
import operator
import os
import pathlib
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import xml.etree.ElementTree
from fractions import Fraction

import micrograd
from micrograd import (MLP, SGD, Adam, Layer, Module, Neuron, Value, accuracy,
                       binary_cross_entropy_with_logits, cross_entropy, dot, draw_boundary,
                       draw_dot, draw_svg, draw_training, gradcheck, hinge_loss, load, make_moons,
                       mse_loss, node, save, train)

HERE = pathlib.Path(__file__).resolve().parent
CPYTHON = sys.implementation.name == "cpython"
INF, NAN = math.inf, math.nan


def setUpModule():
    """Begin the two long runs, so that they are over when a test asks for what they gave."""
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    STARTED["folder"] = folder.name
    for name, args in (("micrograd.py", ()), ("micrograd.py --svg", ("--svg", "training.svg"))):
        STARTED[name] = start(*args, cwd=folder.name)
        unittest.addModuleCleanup(STARTED[name].communicate)
        unittest.addModuleCleanup(STARTED[name].kill)


STARTED = {}


def start(*args, **kwargs):
    """Begin to run micrograd.py as a user does."""
    return subprocess.Popen([sys.executable, str(HERE / "micrograd.py"), *args],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True, **kwargs)


def finish(process):
    """Wait for its end, and return the exit status, and what it wrote to stdout and stderr."""
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def run(*args, **kwargs):
    return finish(start(*args, **kwargs))


@functools.lru_cache(maxsize=None)
def long_run(name):
    """What one of the two gave."""
    return finish(STARTED[name])


def gradients(f, *data):
    """The value of f at data, then its derivative with respect to each input."""
    inputs = [Value(x) for x in data]
    out = f(*inputs)
    out.backward()
    return (out.data, *(v.grad for v in inputs))


class Pound:
    """Not a number, but it knows how to stand on the right of one."""

    def __radd__(self, other):
        return "pound"

    __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = __radd__


BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
          "**": operator.pow}
UNARY = ("exp", "log", "tanh", "sigmoid", "relu")


class AValue(unittest.TestCase):

    def test_carries_its_number_as_a_float_and_starts_with_no_gradient(self):
        v = Value(3, "width")
        self.assertEqual((v.data, v.grad, v.label), (3.0, 0.0, "width"))
        self.assertIs(type(v.data), float)
        self.assertEqual((v._prev, v._op, Value(1).label), ((), "", ""))

    def test_shows_data_and_grad(self):
        v = Value(-4)
        v.grad = 0.5
        self.assertEqual(repr(v), "Value(data=-4.0, grad=0.5)")

    def test_takes_every_real_number(self):
        for x in (2, 2.0, True, Fraction(1, 2), 10 ** 30, -0.0, INF):
            self.assertEqual(Value(x).data, float(x))
        self.assertTrue(math.isnan(Value(NAN).data))

    def test_refuses_all_else_and_names_its_type(self):
        for wrong, name in (("3", "str"), (None, "NoneType"), (1j, "complex"), ([1], "list"),
                            (Value(1), "Value"), (b"3", "bytes")):
            with self.assertRaisesRegex(TypeError, f"expected a real number, got {name}$"):
                Value(wrong)
        with self.assertRaises(OverflowError):
            Value(10 ** 400)

    def test_is_not_taken_for_a_float_so_that_math_cannot_cut_the_graph(self):
        for f in (math.exp, float, int):
            with self.assertRaises(TypeError):
                f(Value(1))

    def test_keeps_its_inputs_in_order_with_duplicates(self):
        a, b = Value(2), Value(3)
        for op, f in BINARY.items():
            self.assertEqual((f(a, b)._prev, f(a, b)._op), ((a, b), op))
            self.assertEqual(f(a, a)._prev, (a, a))
        for op in UNARY:
            self.assertEqual((getattr(a, op)()._prev, getattr(a, op)()._op), ((a,), op))
        self.assertEqual(((-a)._prev, (-a)._op), ((a,), "neg"))
        self.assertEqual(((-a).relu()._op, dot([], [])._prev), ("relu", ()))

    def test_treats_plain_numbers_as_constants_that_leave_no_node(self):
        a = Value(2)
        for op, f in BINARY.items():
            for x in (3, 3.0, True, Fraction(1, 2)):
                self.assertEqual((f(a, x)._prev, f(a, x)._op), ((a,), op))
                self.assertEqual((f(x, a)._prev, f(x, a)._op), ((a,), op))
                self.assertEqual(f(a, x).data, f(2.0, float(x)))
                self.assertEqual(f(x, a).data, f(float(x), 2.0))
                self.assertIs(type(f(a, x).data), float)

    def test_computes_what_python_computes(self):
        for x in (-2.5, -1.0, 0.1, 3.0):
            for y in (-3.0, 2.0, 7.0):
                for f in BINARY.values():
                    self.assertEqual(f(Value(x), Value(y)).data, f(x, y))
                    self.assertEqual(f(Value(x), y).data, f(x, y))
                    self.assertEqual(f(x, Value(y)).data, f(x, y))
            self.assertEqual((-Value(x)).data, -x)
            self.assertEqual(Value(x).exp().data, math.exp(x))
            self.assertEqual(Value(x).tanh().data, math.tanh(x))
            self.assertEqual(Value(x).relu().data, max(0.0, x))
        self.assertEqual(Value(3).log().data, math.log(3))

    def test_adds_up_with_sum(self):
        self.assertEqual(sum([Value(1), Value(2)]).data, 3.0)

    def test_leaves_what_is_no_number_to_the_other_operand(self):
        for f in BINARY.values():
            self.assertEqual(f(Value(1), Pound()), "pound")
            for wrong in ("3", None, 1j, [1]):
                with self.assertRaisesRegex(TypeError, "unsupported|not support|can't multiply"):
                    f(Value(1), wrong)
                with self.assertRaisesRegex(TypeError, "unsupported|not support|can(no|')t|only"):
                    f(wrong, Value(1))

    def test_has_no_other_attributes_so_that_a_slip_of_the_pen_shows(self):
        with self.assertRaises(AttributeError):
            Value(1).gard = 0.0

    def test_survives_copy_and_pickle(self):
        a = Value(2, "a")
        out = a * a + 1
        for clone in (copy.deepcopy(out), pickle.loads(pickle.dumps(out))):
            clone.backward()
            leaf = clone._prev[0]._prev[0]
            self.assertEqual((leaf.label, leaf.grad, a.grad), ("a", 4.0, 0.0))


class EachOperation(unittest.TestCase):

    POINTS = [-30.0, -3.0, -1.5, -0.25, 0.125, 0.75, 2.0, 3.5, 20.0]

    def test_has_the_partials_that_differences_find(self):
        for x in self.POINTS:
            self.assertTrue(gradcheck(lambda v: -v, [x]))
            self.assertTrue(gradcheck(Value.tanh, [x]))
            self.assertTrue(gradcheck(Value.sigmoid, [x]))
            self.assertTrue(gradcheck(Value.relu, [x]))
            self.assertTrue(gradcheck(Value.exp, [min(x, 3.5)]))
            self.assertTrue(gradcheck(Value.log, [abs(x)]))
            for y in self.POINTS:
                for f in (operator.add, operator.sub, operator.mul, operator.truediv):
                    self.check_binary(f, x, y)
                self.check_binary(operator.pow, min(abs(x), 3.5), max(-4, min(y, 4)))

    def check_binary(self, f, x, y):
        self.assertTrue(gradcheck(f, [x, y]))
        self.assertTrue(gradcheck(lambda v: f(v, y), [x]))
        self.assertTrue(gradcheck(lambda v: f(x, v), [y]))

    def test_has_exact_partials_where_they_are_small_whole_numbers(self):
        self.assertEqual(gradients(operator.add, 3, 5), (8, 1, 1))
        self.assertEqual(gradients(operator.sub, 3, 5), (-2, 1, -1))
        self.assertEqual(gradients(operator.mul, 3, 5), (15, 5, 3))
        self.assertEqual(gradients(operator.truediv, 3, 4), (0.75, 0.25, -0.1875))
        self.assertEqual(gradients(lambda x: x ** 3, 5), (125, 75))
        self.assertEqual(gradients(lambda x: x ** -1, 4), (0.25, -0.0625))
        self.assertEqual(gradients(lambda x: x ** 2, -3), (9, -6))
        self.assertEqual(gradients(lambda x: 7 - x, 3), (4, -1))
        self.assertEqual(gradients(lambda x: x - 7, 3), (-4, 1))
        self.assertEqual(gradients(lambda x: 8 / x, 4), (2, -0.5))
        self.assertEqual(gradients(lambda x: x / 8, 4), (0.5, 0.125))
        self.assertEqual(gradients(lambda x: -x, 3), (-3, -1))
        self.assertEqual(gradients(lambda x: x * 6, 3), (18, 6))
        self.assertEqual(gradients(operator.pow, 3, 2)[:2], (9, 6))
        self.assertEqual(gradients(lambda x: 1 ** x, 5), (1, 0))
        self.assertEqual(gradients(Value.exp, 0), (1, 1))
        self.assertEqual(gradients(Value.log, 1), (0, 1))
        self.assertEqual(gradients(Value.tanh, 0), (0, 1))
        self.assertEqual(gradients(Value.sigmoid, 0), (0.5, 0.25))
        self.assertEqual(gradients(lambda x: 3 * x ** 4 - x ** 3 + 2 * x - 5, 2), (39, 86))

    def test_relu_is_flat_at_zero_and_below_and_lets_nan_through(self):
        for x in (-INF, -2.0, -0.0, 0.0):
            self.assertEqual(gradients(Value.relu, x), (0, 0))
            self.assertEqual(math.copysign(1, Value(x).relu().data), 1)
        self.assertEqual(gradients(Value.relu, 5e-324), (5e-324, 1))
        self.assertEqual(gradients(Value.relu, INF), (INF, 1))
        y, slope = gradients(Value.relu, NAN)
        self.assertTrue(math.isnan(y) and slope == 1)

    def test_power_0_is_flat_everywhere(self):
        for x in (-2.0, 0.0, 3.0, INF):
            self.assertEqual(gradients(lambda v: v ** 0, x), (1, 0))
            self.assertEqual(gradients(operator.pow, x, 0)[:2], (1, 0))

    def test_power_at_0_has_the_slope_of_its_curve(self):
        for y, slope in ((0.5, INF), (0.999, INF), (1, 1), (1.5, 0), (2, 0), (3, 0)):
            self.assertEqual(gradients(lambda v: v ** y, 0), (0, slope))
            self.assertEqual(gradients(operator.pow, 0, y), (0, slope, 0))

    def test_power_keeps_a_slope_too_large_for_a_float_as_inf(self):
        self.assertEqual(gradients(lambda v: v ** -1, 1e-200), (1e200, -INF))
        self.assertEqual(gradients(lambda v: v ** -1, -1e-200), (-1e200, -INF))
        self.assertEqual(gradients(operator.truediv, 1, 1e-200), (1e200, 1e200, -INF))
        self.assertEqual(gradients(lambda v: 1 / v, 1e-200), (1e200, -INF))
        # x ** (y - 1) overflows on the way to a slope that does not
        self.assertAlmostEqual(gradients(lambda v: v ** 1e-10, 1e-310)[1] / 1e300, 1, delta=1e-6)

    def test_exponents_derivative_is_0_at_base_0_and_nan_at_a_negative_base(self):
        for f in (lambda w: 0 ** w, lambda w: Value(0) ** w, lambda w: -0.0 ** w):
            self.assertEqual(gradients(f, 2), (0, 0))
        self.assertEqual(gradients(lambda w: 0 ** w, 0), (1, 0))
        for f in (lambda w: (-2) ** w, lambda w: Value(-2) ** w):
            y, slope = gradients(f, 3)
            self.assertTrue(y == -8 and math.isnan(slope))
        for base, exponent in ((NAN, 3), (0, NAN)):
            y, slope = gradients(lambda w: base ** w, exponent)
            self.assertTrue(math.isnan(y) and math.isnan(slope))

    def test_sigmoid_and_tanh_neither_overflow_nor_lose_the_tail(self):
        # far out both slopes are a power of e, to within a few units in the last place
        for x in (40.0, 300.0, 700.0):
            y, slope = gradients(Value.sigmoid, -x)
            self.assertGreater(y, 0)
            self.assertAlmostEqual(y / math.exp(-x), 1, delta=1e-15)
            self.assertAlmostEqual(slope / math.exp(-x), 1, delta=1e-15)
            self.assertEqual(gradients(Value.sigmoid, x), (1, slope))
            y, slope = gradients(Value.tanh, x / 2)
            self.assertAlmostEqual(slope / math.exp(-x), 4, delta=1e-14)
            self.assertEqual(gradients(Value.tanh, -x / 2), (-y, slope))
        for x, low, high in ((1e4, 0, 1), (1e308, 0, 1), (INF, 0, 1)):
            self.assertEqual(gradients(Value.sigmoid, -x), (low, 0))
            self.assertEqual(gradients(Value.sigmoid, x), (high, 0))
            self.assertEqual(gradients(Value.tanh, -x), (-1, 0))
            self.assertEqual(gradients(Value.tanh, x), (1, 0))

    def test_nothing_passes_an_off_relu_not_even_nan(self):
        self.assertEqual(gradients(lambda x: x.relu() ** 0.5, -1), (0, 0))
        neuron = Neuron(1, rng=random.Random(0))
        x = Value(-math.copysign(1, neuron.w[0].data))
        (neuron([x]) ** 0.5).backward()
        self.assertEqual((x.grad, neuron.w[0].grad), (0, 0))

    def test_passes_nan_on(self):
        for f in (Value.exp, Value.log, Value.tanh, Value.sigmoid, lambda v: v ** 2):
            self.assertTrue(all(map(math.isnan, gradients(f, NAN))))

    def test_raises_where_the_result_is_no_real_number(self):
        for f in (lambda v: v ** 0.5, lambda v: v ** Value(0.5), lambda v: (-8) ** (v + 8.5)):
            with self.assertRaisesRegex(ValueError, r"-8.0 \*\* 0.5 is not a real number$"):
                f(Value(-8))
        for x in (0, -1, -INF):
            with self.assertRaisesRegex(ValueError, f"log of {float(x)}: expected .* above 0$"):
                Value(x).log()

    def test_raises_as_python_does_on_division_by_zero_and_overflow(self):
        zero = Value(0)
        for f in (lambda: 1 / zero, lambda: zero / 0, lambda: zero / zero, lambda: zero ** -1,
                  lambda: zero ** Value(-0.5), lambda: 0 ** Value(-2)):
            self.assertRaises(ZeroDivisionError, f)
        for f in (lambda: Value(1000).exp(), lambda: Value(1e200) ** 3, lambda: 10 ** Value(400),
                  lambda: zero + 10 ** 400, lambda: 10 ** 400 * zero):
            self.assertRaises(OverflowError, f)

    def test_of_ones_own_is_one_line(self):
        def sin(x):
            return node(math.sin(x.data), "sin", (x,), (math.cos(x.data),))

        self.assertTrue(gradcheck(lambda x, y: sin(x * y) + sin(x), [0.3, 2.0]))
        self.assertEqual((sin(Value(0))._op, sin(Value(0)).label), ("sin", ""))


def readme_expression(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def double(v, times):
    for _ in range(times):
        v = v + v
    return v


class Backward(unittest.TestCase):

    def test_finds_the_gradients_that_micrograds_readme_prints(self):
        shown = ["%.4f" % x for x in gradients(readme_expression, -4, 2)]
        self.assertEqual(shown, ["24.7041", "138.8338", "645.5773"])

    def test_gives_the_output_itself_the_gradient_1(self):
        out = Value(3) * 2
        out.backward()
        self.assertEqual(out.grad, 1.0)

    def test_applies_each_nodes_rule_once(self):
        a, b = Value(3), Value(5)
        out = a * b
        out.grad = 2.0
        out._backward()
        self.assertEqual((a.grad, b.grad, out.grad), (10, 6, 2))
        out._backward()
        self.assertEqual((a.grad, b.grad), (20, 12))
        a._backward()  # a leaf has nothing to pass on
        self.assertEqual((a.grad, b.grad), (20, 12))

    def test_counts_an_input_as_often_as_it_is_used(self):
        self.assertEqual(gradients(lambda a: a * a, 3), (9, 6))
        self.assertEqual(gradients(lambda a: a + a + a, 3), (9, 3))
        self.assertEqual(gradients(lambda a: a - a, 3), (0, 0))
        self.assertEqual(gradients(lambda a: a / a, 4), (1, 0))

    def test_visits_a_node_only_after_all_that_use_it(self):
        def f(a):
            b = a * 2
            c = b * 3
            return (b + c) * c + b  # b is used at three depths: (2a + 6a) 6a + 2a
        self.assertEqual(gradients(f, 1), (50, 98))
        self.assertEqual(gradients(lambda a: f(f(a)), 0), (0, 4))

    def test_adds_to_leaves_until_they_are_reset(self):
        a = Value(3)
        (a * 2).backward()
        (a * 5).backward()
        self.assertEqual(a.grad, 7)
        a.grad = 0.0
        (a * 5).backward()
        self.assertEqual(a.grad, 5)

    def test_twice_doubles_the_leaves_exactly(self):
        rng = random.Random(0)
        for _ in range(100):
            a, b = Value(rng.gauss(0, 1)), Value(rng.gauss(0, 1))
            out = a * 0.1 + a * b * 0.7 + (a + b).tanh() * 0.3 + (a * 1.1).sigmoid()
            out.backward()
            once = a.grad, b.grad
            out.backward()
            self.assertEqual((a.grad, b.grad), (2 * once[0], 2 * once[1]))

    def test_twice_gives_nodes_the_gradient_of_the_latest_pass(self):
        a = Value(3)
        b = a * 2
        first, second = b * 5, b * 7
        first.backward()
        self.assertEqual((b.grad, a.grad), (5, 10))
        second.backward()
        self.assertEqual((b.grad, a.grad), (7, 24))
        second.backward()
        self.assertEqual((b.grad, a.grad), (7, 38))
        (b * 0).backward()
        self.assertEqual((b.grad, a.grad), (0, 38))

    def test_resets_a_node_that_the_latest_gradient_does_not_reach(self):
        a = Value(3)
        b = a * 2
        c = b * 2
        c.backward()
        (c * 0.0).backward()
        self.assertEqual((c.grad, b.grad, a.grad), (0, 0, 4))

    def test_from_a_leaf_adds_1_to_it(self):
        a = Value(3)
        a.backward()
        a.backward()
        self.assertEqual(a.grad, 2)

    def test_from_inside_a_graph_leaves_the_rest_alone(self):
        a, b = Value(3), Value(4)
        inner = a * 2
        outer = inner * b
        inner.backward()
        self.assertEqual((a.grad, b.grad, outer.grad), (2, 0, 0))

    def test_passes_nothing_on_from_a_gradient_of_0_even_through_an_infinite_partial(self):
        self.assertEqual(gradients(lambda x: (x ** 0.5 - 1).relu(), 0), (0, 0))

    def test_passes_on_infinite_and_nan_gradients(self):
        self.assertEqual(gradients(lambda x: x ** 0.5 * 2, 0), (0, INF))
        self.assertTrue(math.isnan(gradients(lambda x: x * NAN, 1)[1]))
        a = Value(1)
        a.grad = NAN
        (a * 2).backward()
        self.assertTrue(math.isnan(a.grad))

    def test_uses_the_partials_from_when_the_expression_was_computed(self):
        a = Value(3)
        out = a * a
        a.data = 100.0
        out.backward()
        self.assertEqual(a.grad, 6)

    def test_does_not_depend_on_where_objects_lie_in_memory(self):
        def run():
            ballast.append([object() for _ in range(len(ballast) * 37)])
            rng = random.Random(5)
            leaves = [Value(rng.uniform(-1, 1)) for _ in range(20)]
            nodes = list(leaves)
            for _ in range(300):
                nodes.append(rng.choice(nodes) * rng.choice(nodes) + rng.choice(nodes))
            sum(v.tanh() for v in nodes).backward()
            return [v.grad for v in leaves]
        ballast = []
        first = run()
        for _ in range(5):
            self.assertEqual(run(), first)

    def test_works_on_a_graph_a_million_nodes_deep(self):
        a = Value(1)
        v = a
        for _ in range(1_000_000):
            v = v + 1
        v.backward()
        self.assertEqual((v.data, a.grad), (1_000_001, 1))
        del v  # freeing it must not overflow the stack either

    def test_is_instant_where_paths_are_countless(self):
        started = time.perf_counter()
        self.assertEqual(gradients(lambda a: double(a, 60), 1), (2 ** 60, 2 ** 60))
        # 60 nodes take well under a millisecond, 2 ** 60 paths would take centuries
        self.assertLess(time.perf_counter() - started, 5)

    @unittest.skipUnless(CPYTHON, "PyPy frees when it likes")
    def test_leaves_a_graph_that_is_freed_with_its_last_name_without_the_collector(self):
        class Probe:
            freed = 0

            def __del__(self):
                Probe.freed += 1

        enabled = gc.isenabled()
        gc.disable()
        try:
            a = Value(1)
            v = a
            for _ in range(100):
                v = (v * a + v.tanh()) / 3
                v.label = Probe()
            x = dot([v, a], [a, 2.0], v)
            x.backward()
            del v
            self.assertEqual(Probe.freed, 0)
            del x
            self.assertEqual(Probe.freed, 100)
        finally:
            if enabled:
                gc.enable()


class Dot(unittest.TestCase):

    def written_out(self, weights, inputs, bias):
        total = bias
        for w, x in zip(weights, inputs):
            total = total + w * x
        return total

    def test_equals_the_sum_written_out_bit_for_bit(self):
        rng = random.Random(0)
        for n in list(range(8)) * 20:
            data = [rng.gauss(0, 1) for _ in range(2 * n + 1)]
            is_value = [rng.random() < 0.6 for _ in data[1:]] + [True]
            rng.random() < 0.5 and is_value.reverse()
            sharing = [rng.choice((i, rng.randrange(2 * n + 1))) for i in range(2 * n + 1)]
            results = []
            for f in (dot, self.written_out):
                terms = [Value(x) if v else x for x, v in zip(data, is_value)]
                terms = [terms[i] for i in sharing]
                out = f(terms[:n], terms[n:-1], terms[-1])
                values = [t for t in terms if isinstance(t, Value)]
                if not isinstance(out, Value):
                    out = Value(out)  # written out, constants alone stay a number
                out.backward()
                results.append((out.data, [v.grad for v in values]))
            self.assertEqual(*results)

    def test_is_a_single_node_of_its_values_in_order(self):
        a, b, c = Value(1), Value(2), Value(3)
        self.assertEqual(dot([a, b], [c, a], b)._prev, (b, a, c, b, a))
        self.assertEqual(dot([a, b], [5, c])._prev, (a, b, c))
        self.assertEqual(dot([7, b], [5, 6], 4)._prev, (b,))
        self.assertEqual(dot([a], [b])._op, "dot")

    def test_counts_what_is_weight_and_input_at_once(self):
        a = Value(3)
        self.assertEqual(gradients(lambda a: dot([a, a], [a, 5], a), 3), (27, 12))
        out = dot([a], [a])
        out.backward()
        self.assertEqual((out.data, a.grad), (9, 6))

    def test_takes_any_iterable_and_none_at_all(self):
        self.assertEqual(dot(iter([1, Value(2)]), (x for x in (3, 4)), 5).data, 16)
        self.assertEqual(dot([], []).data, 0)
        self.assertEqual(dot([], [], Value(3)).data, 3)

    def test_refuses_different_lengths_and_what_is_no_number(self):
        with self.assertRaisesRegex(ValueError, "as many inputs as weights, got 1 and 2"):
            dot([Value(1), Value(2)], [3])
        for wrong in (("3", 1, 0), (1, None, 0), (1, 1, [0])):
            with self.assertRaisesRegex(TypeError, "expected a real number, got"):
                dot([wrong[0]], [wrong[1]], wrong[2])


class Gradcheck(unittest.TestCase):

    def wrong(self, x):
        return node(x.data ** 2, "wrong", (x,), (2.01 * x.data,))

    def test_is_true_where_the_gradients_are_right(self):
        self.assertIs(gradcheck(lambda a, b: a * b + a, [Value(2), 3.0]), True)
        self.assertIs(gradcheck(lambda: Value(1), []), True)
        self.assertIs(gradcheck(lambda a: a * a, Value(3)), True)
        self.assertIs(gradcheck(lambda a, b: a, [2, 3]), True)

    def test_fails_on_a_wrong_derivative_and_names_input_and_numbers(self):
        with self.assertRaisesRegex(RuntimeError, r"^gradient for input 1 \(3.0\): backward\(\) "
                                    r"found 6.0[23]\d*, central differences (6.0000|5.9999)\d*$"):
            gradcheck(lambda a, b: a + self.wrong(b), [1.0, 3.0])

    def test_fails_on_a_cut_graph_a_swapped_partial_and_nan(self):
        for f in (lambda a, b: a * b.data, lambda a, b: Value(a.data),
                  lambda a, b: node(a.data * b.data, "*", (a, b), (a.data, b.data)),
                  lambda a, b: a * b * NAN):
            self.assertRaises(RuntimeError, gradcheck, f, [2.0, 3.0])

    def test_refuses_a_step_that_is_not_above_0(self):
        for eps in (0, -1e-6, NAN):
            with self.assertRaisesRegex(ValueError, f"eps must be above 0, got {eps}"):
                gradcheck(lambda a: a, [1.0], eps=eps)

    def test_takes_tolerances_and_a_step(self):
        self.assertTrue(gradcheck(lambda x: x * 2, [1.0], eps=0.5, atol=0, rtol=0))
        self.assertTrue(gradcheck(self.wrong, [3.0], rtol=0.01))
        self.assertTrue(gradcheck(self.wrong, [3.0], atol=0.04))
        self.assertRaises(RuntimeError, gradcheck, self.wrong, [3.0], atol=0.02, rtol=0)
        # with a step of 1, x ** 3 has the central difference 3 x ** 2 + 1
        self.assertTrue(gradcheck(lambda x: x ** 3 + x.data, [2], eps=1, atol=0, rtol=1))
        self.assertRaisesRegex(RuntimeError, "found 12.0, central differences 13.0",
                               gradcheck, lambda x: x ** 3, [2], eps=1, atol=0.9, rtol=0)

    def test_leaves_data_and_grad_of_everything_as_they_were(self):
        a, b, w = Value(2), Value(3), Value(4)
        inner = a * 2
        inner.backward()
        b.grad = 0.5
        w.grad = 0.25
        before = [(v.data, v.grad) for v in (a, b, w, inner)]
        gradcheck(lambda a, b: a * b * w * inner.data, [a, b])
        gradcheck(lambda b, i: b * w * i, [b, inner])
        self.assertRaises(RuntimeError, gradcheck, lambda a, b: self.wrong(a) * w, [a, b])
        self.assertRaises(ZeroDivisionError, gradcheck, lambda a: a / (a.data - 2.5), [a], eps=0.5)
        self.assertEqual([(v.data, v.grad) for v in (a, b, w, inner)], before)

    def test_checks_parameters_that_f_does_not_take_as_arguments(self):
        model = MLP(2, [3, 1], "tanh", rng=random.Random(0))
        self.assertTrue(gradcheck(lambda *_: model([0.5, -1.0]) ** 2, model.parameters()))

    def test_refuses_a_node_with_other_partials_than_inputs(self):
        a = Value(2)
        a.grad = 5.0
        for partials in ((1.0, 2.0, 3.0), (1.0,)):
            with self.assertRaisesRegex(ValueError,
                                        "^a node 'odd' has 2 inputs, but [13] partials$"):
                gradcheck(lambda a, b: node(0.0, "odd", (a, b), partials), [a, 3])
        self.assertEqual(a.grad, 5)

    def test_refuses_an_f_that_returns_no_value(self):
        with self.assertRaisesRegex(TypeError, "f must return a Value, got float"):
            gradcheck(lambda a: a.data, [1.0])
        with self.assertRaisesRegex(TypeError, "expected a real number, got str"):
            gradcheck(lambda a: a, ["1"])


def to_paste(point, lines):
    """The program of a random graph, to be run as it is shown."""
    leaves = [f"v{i} = Value({x!r})" for i, x in enumerate(point)]
    names = ", ".join(f"v{i}" for i in range(len(point)))
    return "\n".join(["", "from math import inf, nan", "from micrograd import Value, dot", *leaves,
                      *lines, "out.backward()", f"print(out, {names})"])


class RandomGraphs(unittest.TestCase):
    """Expressions of all operations, with shared nodes and constants, against differences."""

    STEPS = ["v{0} + v{1}", "v{0} - v{1}", "v{0} * v{1}", "v{0} / v{1}", "v{0} ** v{1}",
             "v{0} + {2}", "{2} + v{0}", "v{0} - {2}", "{2} - v{0}", "v{0} * {2}", "{2} * v{0}",
             "v{0} / {2}", "{2} / v{0}", "v{0} ** {2}", "abs({2}) ** v{0}", "v{0} ** 2", "-v{0}",
             "v{0}.exp()", "v{0}.log()", "v{0}.tanh()", "v{0}.sigmoid()", "v{0}.relu()",
             "dot([v{0}, v{1}], [v{1}, {2}], v{0})", "dot([{2}, v{1}], [v{0}, v{0}])"]

    def shape(self, step):
        return re.sub(r"v\d+|-?\d+\.\d+", "_", step)

    def program(self, rng):
        """The lines of a random function of v0, v1, v2 that is smooth around the point."""
        values = {"v%d" % i: Value(rng.uniform(0.3, 2)) for i in range(3)}
        point = [v.data for v in values.values()]
        lines = []
        while len(lines) < 25:
            n = len(values)
            step = rng.choice(self.STEPS).format(rng.randrange(n), rng.randrange(n),
                                                 round(rng.uniform(-2, 2), 2))
            try:
                v = eval(step, {"dot": dot}, values)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            inputs = [u.data for u in v._prev]
            kink = "relu" in step and abs(inputs[0]) < 0.01
            steep = "/" in step or "**" in step or "log" in step
            if kink or abs(v.data) > 20 or steep and (min(inputs) < 0.1 or abs(v.data) < 0.1):
                continue
            values["v%d" % n] = v
            lines.append(f"v{n} = {step}")
        return point, lines + ["out = " + " + ".join(f"v{i}.tanh()" for i in range(5, n + 1))]

    def test_have_the_gradients_that_differences_find(self):
        used = set()
        for seed in range(120):
            point, lines = self.program(random.Random(seed))
            used.update(self.shape(line[line.index("=") + 2:]) for line in lines[:-1])

            def f(v0, v1, v2):
                names = {"v0": v0, "v1": v1, "v2": v2, "dot": dot}
                exec("\n".join(lines), names)
                return names["out"]

            try:
                gradcheck(f, point)
            except RuntimeError as error:
                self.fail(f"{error}\n{to_paste(point, lines)}")
            inputs = [Value(x) for x in point]
            out = f(*inputs)
            out.backward()
            once = [v.grad for v in inputs]
            out.backward()
            self.assertEqual([v.grad for v in inputs], [2 * grad for grad in once],
                             to_paste(point, lines))
        every = {self.shape(step.format(0, 1, 0.5)) for step in self.STEPS}
        self.assertEqual(every - used, set())


class Polynomials(unittest.TestCase):
    """Of small whole numbers, every value and derivative is one, too, and floats are exact."""

    class Dual:
        """A number and its derivatives with respect to the inputs, in Python's integers."""

        def __init__(self, data, *slopes):
            self.data, self.slopes = data, slopes

        def combine(self, other, data, by_self, by_other):
            pairs = zip(self.slopes, other.slopes)
            return type(self)(data, *(by_self * a + by_other * b for a, b in pairs))

        def of(self, other):
            return other if isinstance(other, type(self)) else self.combine(self, other, 0, 0)

        def __add__(self, other):
            other = self.of(other)
            return self.combine(other, self.data + other.data, 1, 1)

        def __mul__(self, other):
            other = self.of(other)
            return self.combine(other, self.data * other.data, other.data, self.data)

        def __neg__(self):
            return self * -1

        def __sub__(self, other):
            return self + -self.of(other)

        def __rsub__(self, other):
            return -self + other

        def __pow__(self, n):
            power = self.of(1)
            for _ in range(n):
                power = power * self
            return power

        def relu(self):
            return self if self.data > 0 else self.of(0)

        __radd__, __rmul__ = __add__, __mul__

    STEPS = ["{a} + {b}", "{a} - {b}", "{a} * {b}", "-{a}", "{a} + {n}", "{n} + {a}", "{a} - {n}",
             "{n} - {a}", "{a} * {n}", "{n} * {a}", "{a} ** {k}", "{a}.relu()",
             "dot([{a}, {n}, {b}], [{b}, {a}, {n}], {a})"]

    def test_have_exactly_the_derivatives_of_integer_arithmetic(self):
        def dot_of_duals(weights, inputs, bias):
            return sum((w * x for w, x in zip(weights, inputs)), bias)

        kinks = 0
        for seed in range(400):
            rng = random.Random(seed)
            point = [rng.randint(-3, 3) for _ in range(3)]
            duals = {f"v{i}": self.Dual(x, *(int(i == j) for j in range(3)))
                     for i, x in enumerate(point)}
            lines = []
            while len(lines) < 12:
                a, b = rng.choice([*duals]), rng.choice([*duals])
                step = rng.choice(self.STEPS).format(a=a, b=b, n=rng.randint(-3, 3),
                                                     k=rng.randint(0, 3))
                out = eval(step, {"dot": dot_of_duals}, duals)
                # products of two such numbers and their sums stay below 2 ** 53
                if max(map(abs, (out.data, *out.slopes))) < 2 ** 20:
                    kinks += "relu" in step and duals[a].data == 0
                    duals[f"v{len(duals)}"] = out
                    lines.append(f"v{len(duals) - 1} = {step}")
            lines.append(f"out = v{len(duals) - 1}")
            names = {f"v{i}": Value(x) for i, x in enumerate(point)}
            exec("\n".join(lines), {"dot": dot}, names)
            names["out"].backward()
            got = [names["out"].data] + [names[f"v{i}"].grad for i in range(3)]
            self.assertEqual(got, [out.data, *out.slopes], to_paste(point, lines))
        self.assertGreater(kinks, 10)


class RandomGraphsAtTheEdges(unittest.TestCase):
    """Graphs on points where rules apply that no difference could find, against those rules."""

    def partials(self, op, x, y=None):
        """What the specification says, or mathematics; the value comes from Python."""
        if op == "**":
            by_x = 0.0 if y == 0 else INF if x == 0 and 0 < y < 1 else y * x ** (y - 1)
            return by_x, x ** y * math.log(x) if x > 0 else 0.0 if x == 0 else NAN
        return {"+": lambda: (1, 1), "-": lambda: (1, -1), "*": lambda: (y, x),
                "/": lambda: (1 / y, -x / y ** 2), "neg": lambda: (-1,),
                "exp": lambda: (math.exp(x),), "log": lambda: (1 / x,),
                "tanh": lambda: (1 / math.cosh(x) ** 2,),
                "sigmoid": lambda: (1 / (2 + math.exp(x) + math.exp(-x)),),
                "relu": lambda: (1,) if x > 0 else ()}[op]()  # nothing passes, not even inf * 0

    def test_have_the_gradients_that_the_rules_give(self):
        seen = dict.fromkeys(("relu at 0", "0 ** 0", "0 ** 0.5", "0 ** w", "negative ** w",
                              "infinite", "nan"), 0)
        for seed in range(1000):
            rng = random.Random(seed)
            point = [rng.choice((-2.0, -1.0, 0.0, 0.5, 1.0, 2.0)) for _ in range(3)]
            values, lines, tape = [Value(x) for x in point], [], []
            while len(lines) < 8:
                op = rng.choice([*BINARY, *UNARY, "neg", "**", "relu"])
                terms = [rng.choice(values)]
                if op in BINARY:
                    terms.append(rng.choice((*values, 0.0, 0.5, 2.0, -1.0)))
                    rng.shuffle(terms)
                text = [f"v{values.index(v)}" if isinstance(v, Value) else repr(v) for v in terms]
                line = (f"({text[0]}) {op} ({text[1]})" if op in BINARY else
                        f"-{text[0]}" if op == "neg" else f"{text[0]}.{op}()")
                data = [v.data if isinstance(v, Value) else v for v in terms]
                try:
                    out = eval(line, {f"v{i}": v for i, v in enumerate(values)})
                except (ValueError, ZeroDivisionError, OverflowError):
                    continue
                if abs(out.data) > 100:
                    continue
                tape.append((len(values), terms, self.partials(op, *map(float, data))))
                lines.append(f"v{len(values)} = {line}")
                values.append(out)
                x, y = (*data, None)[:2]
                seen["relu at 0"] += op == "relu" and x == 0
                seen["0 ** 0"] += op == "**" and x == y == 0
                seen["0 ** 0.5"] += op == "**" and (x, y) == (0, 0.5)
                seen["0 ** w"] += op == "**" and x == 0 and isinstance(terms[1], Value)
                seen["negative ** w"] += op == "**" and x < 0 and isinstance(terms[1], Value)
            values[-1].backward()

            grads = [0.0] * len(values)
            grads[-1] = 1.0
            for i, terms, partials in reversed(tape):
                for v, partial in zip(terms, partials):
                    if isinstance(v, Value) and grads[i]:
                        grads[values.index(v)] += grads[i] * partial
            seen["infinite"] += any(map(math.isinf, grads))
            seen["nan"] += any(map(math.isnan, grads))
            for v, expected in zip(values, grads):
                if not (v.grad == expected or math.isnan(v.grad) and math.isnan(expected)):
                    # the same rules in another form: a few roundings of numbers like these
                    program = to_paste(point, [*lines, f"out = v{len(tape) + 2}"])
                    self.assertAlmostEqual(v.grad, expected, msg=program,
                                           delta=1e-9 * max(1, abs(expected)))
        self.assertGreater(min(seen.values()), 5, seen)


class NumPyRandom(random.Random):
    """What numpy.random.seed(seed) starts: the same Mersenne Twister, seeded the older way."""

    def __new__(cls, seed):
        return super().__new__(cls)

    def __init__(self, seed):
        state = [seed]
        for i in range(1, 624):
            state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + i) % 2 ** 32)
        self.setstate((3, (*state, 624), None))
        self.spare = None

    def shuffle(self, x):
        for i in reversed(range(1, len(x))):
            j = i + 1
            while j > i:
                j = self.getrandbits(32) & (1 << i.bit_length()) - 1
            x[i], x[j] = x[j], x[i]

    def gauss(self, mu, sigma):
        if self.spare is not None:
            z, self.spare = self.spare, None
            return mu + sigma * z
        r2 = 0.0
        while not 0 < r2 < 1:
            x, y = 2 * self.random() - 1, 2 * self.random() - 1
            r2 = x * x + y * y
        f = math.sqrt(-2 * math.log(r2) / r2)
        self.spare = f * x
        return mu + sigma * (f * y)


@functools.lru_cache(maxsize=None)
def published_notebook():
    """The loss and accuracy of each step of the demo notebook of karpathy/micrograd."""
    history = []
    X, y = make_moons(n_samples=100, noise=0.1, random_state=NumPyRandom(1337))
    y = [label * 2 - 1 for label in y]
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    for k in range(100):
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum((p * p for p in model.parameters()))
        total_loss = data_loss + reg_loss
        hits = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        history.append((total_loss.data, sum(hits) / len(hits)))
    return history


class Network(unittest.TestCase):

    def test_shows_itself_as_micrograd_does(self):
        self.assertEqual(repr(Neuron(2)), "ReLUNeuron(2)")
        self.assertEqual(repr(Neuron(16, nonlin=False)), "LinearNeuron(16)")
        self.assertEqual(repr(Layer(3, 2)), "Layer of [ReLUNeuron(3), ReLUNeuron(3)]")
        self.assertEqual(repr(MLP(2, [2, 1])), "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], "
                                               "Layer of [LinearNeuron(2)]]")
        self.assertEqual(repr(MLP(1, [1, 1, 1], nonlin="tanh")), "MLP of [Layer of [TanhNeuron(1)]"
                         ", Layer of [TanhNeuron(1)], Layer of [LinearNeuron(1)]]")
        self.assertEqual(repr(Neuron(1, "sigmoid")), "SigmoidNeuron(1)")

    def test_takes_activations_by_name_true_for_relu_and_false_or_none_for_linear(self):
        for nonlin, name in ((True, "relu"), ("relu", "relu"), ("tanh", "tanh"),
                             ("sigmoid", "sigmoid"), (False, None), (None, None)):
            hidden = MLP(3, [1, 1], nonlin).layers[0]
            for model in (Neuron(3, nonlin), Layer(3, 1, nonlin), hidden):
                for sign in (1, -1):
                    neuron = model.neurons[0] if isinstance(model, Layer) else model
                    x = [0.5 * sign, Value(-0.25), 1.0]
                    z = dot(neuron.w, x, neuron.b)
                    self.assertEqual(model(x).data, (getattr(z, name)() if name else z).data)
        for wrong in ("ReLU", "softmax", 2, "", ["relu"]):
            for make in (Neuron, lambda n, nonlin: Layer(n, 1, nonlin),
                         lambda n, nonlin: MLP(n, [1], nonlin)):
                message = "nonlin must be .* or None, got " + re.escape(repr(wrong))
                with self.assertRaisesRegex(ValueError, message):
                    make(2, nonlin=wrong)

    def test_draws_uniform_weights_in_order_and_starts_biases_at_0(self):
        random.seed(1337)
        model = MLP(2, [16, 16, 1])
        random.seed(1337)
        for layer in model.layers:
            for neuron in layer.neurons:
                self.assertEqual([w.data for w in neuron.w],
                                 [random.uniform(-1, 1) for _ in neuron.w])
                self.assertEqual(neuron.b.data, 0)
        self.assertEqual(len(model.parameters()), 337)

    def test_draws_from_the_rng_passed_in_and_then_leaves_the_global_one_alone(self):
        random.seed(1337)
        expected = [p.data for p in MLP(3, [4, 2]).parameters()]
        before = random.getstate()
        model = MLP(3, [4, 2], rng=random.Random(1337))
        self.assertEqual([p.data for p in model.parameters()], expected)
        self.assertEqual([p.data for p in Layer(3, 4, rng=random.Random(1337)).parameters()],
                         expected[:16])
        self.assertEqual([p.data for p in Neuron(3, rng=random.Random(1337)).parameters()],
                         expected[:4])
        self.assertEqual(random.getstate(), before)

    def test_lists_parameters_weights_before_bias(self):
        n = Neuron(2)
        self.assertEqual(n.parameters(), [*n.w, n.b])
        layer = Layer(2, 3)
        self.assertEqual(layer.parameters(), [p for n in layer.neurons for p in n.parameters()])
        model = MLP(2, [3, 1])
        self.assertEqual(model.parameters(), [p for la in model.layers for p in la.parameters()])
        self.assertEqual(Module().parameters(), [])

    def test_zero_grad_resets_every_parameter(self):
        model = MLP(2, [3, 1])
        for p in model.parameters():
            p.grad = 1.0
        model.zero_grad()
        self.assertEqual({p.grad for p in model.parameters()}, {0.0})

    def test_computes_layer_by_layer_the_last_one_linear(self):
        model = MLP(2, [3, 4], rng=random.Random(1))
        x = [0.5, -2.0]
        hidden = [dot(n.w, x, n.b).relu() for n in model.layers[0].neurons]
        out = [dot(n.w, hidden, n.b) for n in model.layers[1].neurons]
        self.assertEqual([v.data for v in model(x)], [v.data for v in out])
        self.assertTrue(min(v.data for v in out) < 0, "else a ReLU would not have shown")

    def test_has_the_gradients_of_the_sum_written_out(self):
        for nonlin in ("relu", "tanh", "sigmoid", None):
            rng = random.Random(3)
            model = MLP(3, [4, 3, 1], nonlin, rng)
            for p in model.parameters():  # no bias of 0: a difference at a kink means nothing
                p.data = rng.uniform(-1, 1)
            x = [Value(0.5), Value(-1.5), 2.0]

            def written_out(*_):
                h = x
                for layer in model.layers:
                    h = [sum((w * v for w, v in zip(n.w, h)), n.b) for n in layer.neurons]
                    if nonlin and layer is not model.layers[-1]:
                        h = [getattr(v, nonlin)() for v in h]
                return h[0]

            results = []
            for f in (model, written_out):
                model.zero_grad()
                x[0].grad = x[1].grad = 0.0
                out = f(x)
                out.backward()
                results.append([out.data] + [v.grad for v in (*x[:2], *model.parameters())])
            # the same products, but added up in another order: a few units in the last place
            for got, wanted in zip(*results):
                self.assertAlmostEqual(got, wanted, delta=1e-14)
            self.assertTrue(gradcheck(lambda *_: model(x), [*x[:2], *model.parameters()]))

    def test_a_layer_of_one_neuron_returns_its_value_and_others_a_list(self):
        self.assertIsInstance(Layer(2, 1)([1, 2]), Value)
        self.assertEqual([type(v) for v in Layer(2, 2)([1, 2])], [Value, Value])
        self.assertIsInstance(MLP(2, [1, 1, 1])([1, 2]), Value)
        self.assertEqual(Neuron(1, rng=random.Random(0))(Value(2)).data,
                         Neuron(1, rng=random.Random(0))([2]).data)

    def test_takes_values_numbers_or_a_mix_and_any_iterable(self):
        model = MLP(2, [3, 1], rng=random.Random(0))
        a, b = Value(1), Value(-2)
        outs = [model(x) for x in ([a, b], [1, -2], [a, -2], (1, b), iter([1.0, -2.0]))]
        self.assertEqual(len({out.data for out in outs}), 1)
        for out in outs:
            out.backward()
        grads = a.grad, b.grad
        self.assertTrue(all(grads))
        model([a, b]).backward()
        self.assertEqual((a.grad, b.grad), (grads[0] * 1.5, grads[1] * 1.5))

    def test_a_linear_or_relu_neuron_is_a_single_node(self):
        x, y = Value(1), Value(2)
        for nonlin, op in ((None, "dot"), ("relu", "relu")):
            n = Neuron(3, nonlin)
            for sign in (1, -1):
                n.b.data = 10.0 * sign
                out = n([x, 3.0, y])
                self.assertEqual((out._op, out._prev), (op, (*n.w, x, y, n.b)))

    def test_relu_neurons_let_nan_through_and_are_flat_at_0(self):
        n = Neuron(1)
        self.assertTrue(math.isnan(n([NAN]).data))
        x = Value(0)
        n([x]).backward()
        self.assertEqual((x.grad, n.w[0].grad, n.b.grad), (0, 0, 0))

    def test_refuses_a_wrong_number_of_inputs_and_names_both(self):
        for model in (Neuron(3), Layer(3, 2), MLP(3, [2, 1])):
            for wrong, n in (([1, 2], 2), ([1, 2, 3, 4], 4), ([], 0), ([Value(1)] * 2, 2),
                             ([Value(1), 2], 2), (Value(1), 1)):
                with self.assertRaisesRegex(ValueError, f"expected 3 inputs, got {n}$"):
                    model(wrong)
            with self.assertRaisesRegex(TypeError, "expected a real number, got str"):
                model([1, 2, "3"])

    def test_refuses_sizes_below_1_and_draws_nothing_for_them(self):
        before = random.getstate()
        for make in (lambda: Neuron(0), lambda: Neuron(-1), lambda: Layer(0, 1),
                     lambda: Layer(1, 0), lambda: MLP(0, [1]), lambda: MLP(2, [3, 0])):
            with self.assertRaisesRegex(ValueError, "at least 1 .*, got (0|-1)"):
                make()
        with self.assertRaisesRegex(ValueError, "the size of at least one layer$"):
            MLP(2, [])
        for make in (lambda: Neuron(2.0), lambda: Layer(2, "1"), lambda: MLP(2, [None])):
            with self.assertRaisesRegex(TypeError, "cannot be interpreted as an integer"):
                make()
        self.assertEqual(random.getstate(), before)

    def test_survives_copy_and_pickle(self):
        model = MLP(2, [3, 1], nonlin="tanh")
        for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            self.assertEqual(repr(clone), repr(model))
            self.assertEqual(clone([1, 2]).data, model([1, 2]).data)
            clone([1, 2]).backward()
            self.assertEqual({p.grad for p in model.parameters()}, {0.0})

    def test_gives_the_published_demo_notebooks_losses(self):
        steps = published_notebook()
        self.assertEqual(len(steps), 100)
        # rounding differs from micrograd's, which adds each neuron up in many nodes
        self.assertLess(abs(steps[0][0] / 0.8958441028683222 - 1), 1e-12)
        self.assertLess(abs(steps[99][0] / 0.010978370135492719 - 1), 1e-9)
        self.assertEqual((steps[0][1], steps[99][1]), (0.5, 1.0))


class KeepingAModel(unittest.TestCase):

    def test_state_has_pytorchs_names_and_shapes(self):
        model = MLP(2, [3, 1], rng=random.Random(0))
        state = model.state_dict()
        self.assertEqual(list(state), ["layers.0.weight", "layers.0.bias",
                                       "layers.1.weight", "layers.1.bias"])
        hidden, last = model.layers
        self.assertEqual(state["layers.0.weight"], [[w.data for w in n.w] for n in hidden.neurons])
        self.assertEqual(state["layers.1.bias"], [last.neurons[0].b.data])
        self.assertEqual(hidden.state_dict(), {"weight": state["layers.0.weight"],
                                               "bias": state["layers.0.bias"]})
        neuron = last.neurons[0]
        self.assertEqual(neuron.state_dict(), {"weight": state["layers.1.weight"][0],
                                               "bias": state["layers.1.bias"][0]})
        self.assertEqual(Module().state_dict(), {})

    def test_a_module_of_ones_own_needs_no_more_than_parameters(self):
        class Line(Module):
            def __init__(self):
                self.slope, self.offset = Value(1), Value(2)

            def parameters(self):
                return [self.slope, self.offset]

        line = Line()
        self.assertEqual(line.state_dict(), {"0": 1, "1": 2})
        line.load_state_dict({"0": 3, "1": 4.5})
        self.assertEqual((line.slope.data, line.offset.data), (3, 4.5))

    def test_a_round_trip_through_json_keeps_every_bit(self):
        for make in (lambda: MLP(3, [4, 2]), lambda: Layer(3, 4), lambda: Neuron(2)):
            model, other = make(), make()
            for p in model.parameters():
                p.data = random.uniform(-1, 1) * 10.0 ** random.randint(-320, 300)
            other.load_state_dict(json.loads(json.dumps(model.state_dict())))
            self.assertEqual([p.data for p in other.parameters()],
                             [p.data for p in model.parameters()])

    def test_loading_takes_tuples_and_whole_numbers_and_keeps_the_parameters_themselves(self):
        layer = Layer(2, 1)
        before = layer.parameters()
        layer.load_state_dict({"bias": (3,), "weight": [(1, 2.5)]})
        self.assertEqual(layer.parameters(), before)
        self.assertEqual([(p.data, type(p.data)) for p in before],
                         [(1.0, float), (2.5, float), (3.0, float)])

    def test_loading_refuses_what_does_not_fit_and_changes_nothing(self):
        model = MLP(2, [2, 1])
        good = model.state_dict()
        zeros = {"layers.0.weight": [[0.0, 0.0], [0.0, 0.0]], "layers.0.bias": [0.0, 0.0],
                 "layers.1.weight": [[0.0, 0.0]], "layers.1.bias": [0.0]}
        for change, message in (
                ({"layers.1.bias": None}, "layers.1.bias is None, not a list$"),
                ({"layers.1.bias": 0.0}, "layers.1.bias is 0.0, not a list"),
                ({"layers.1.bias": [1, 2]}, "layers.1.bias has 2 entries instead of 1"),
                ({"layers.1.bias": [[1]]}, r"layers.1.bias\[0\] is \[1\], not a finite number"),
                ({"layers.1.weight": [[1, 2], [3, 4]]}, "layers.1.weight has 2 entries instead "),
                ({"layers.1.weight": [[1]]}, r"layers.1.weight\[0\] has 1 entries instead of 2"),
                ({"layers.1.weight": [[0, "0"]]}, r"layers.1.weight\[0\]\[1\] is '0', not a "),
                ({"layers.1.weight": [[NAN, 0]]}, r"layers.1.weight\[0\]\[0\] is nan, not a "),
                ({"layers.1.weight": [[0, INF]]}, r"layers.1.weight\[0\]\[1\] is inf, not a "),
                ({"layers.1.weight": [[0, None]]}, "is None, not a finite number$"),
                ({"layers.1.weight": [[0, 10 ** 400]]}, "is 1000.*000, not a finite number"),
                ({"layers.2.bias": [0.0]}, "'layers.2.bias' is unexpected")):
            with self.assertRaisesRegex(ValueError, "^this state does not fit: [^?]*" + message):
                model.load_state_dict({**zeros, **change})
        for missing in zeros:
            with self.assertRaisesRegex(ValueError, f"{missing} is missing$"):
                model.load_state_dict({k: v for k, v in zeros.items() if k != missing})
        with self.assertRaisesRegex(ValueError, "layers.0.bias is missing; .*'x' is unexpected; "
                                                "layers.1.bias has 0 entries instead of 1"):
            model.load_state_dict({"layers.0.weight": zeros["layers.0.weight"], "x": 1,
                                   "layers.1.weight": zeros["layers.1.weight"],
                                   "layers.1.bias": []})
        for wrong in (None, [], "layers.0.bias", 3):
            with self.assertRaisesRegex(ValueError, f" a {type(wrong).__name__}, not a dict$"):
                model.load_state_dict(wrong)
        self.assertEqual(model.state_dict(), good)

    def test_save_and_load_go_through_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.json")
            model, other = MLP(2, [3, 1]), MLP(2, [3, 1])
            save(other, path)
            save(model, path)
            load(other, path)
            self.assertEqual(other.state_dict(), model.state_dict())
            with open(path) as file:
                self.assertEqual(json.load(file), model.state_dict())
            self.assertEqual(os.listdir(folder), ["model.json"])

    def test_a_failing_save_leaves_the_older_file_intact(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.json")
            save(MLP(2, [1]), path)
            before = pathlib.Path(path).read_text()
            bad = MLP(2, [1])
            bad.layers[0].neurons[0].b.data = object()  # json writes the weights, then fails
            self.assertRaises(TypeError, save, bad, path)
            with unittest.mock.patch("os.replace", side_effect=KeyboardInterrupt):
                self.assertRaises(KeyboardInterrupt, save, MLP(2, [1]), path)
            self.assertEqual(pathlib.Path(path).read_text(), before)
            self.assertEqual(os.listdir(folder), ["model.json"])

    @unittest.skipUnless(os.name == "posix", "needs symbolic links and devices")
    def test_save_writes_where_a_link_leads_and_only_over_regular_files(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "there"))
            target, link = os.path.join(folder, "there", "m.json"), os.path.join(folder, "link")
            os.symlink(target, link)
            save(MLP(2, [1]), link)
            self.assertTrue(os.path.islink(link) and os.path.isfile(target))
            fifo = os.path.join(folder, "fifo")  # and not /dev/null: this may be run by root
            os.mkfifo(fifo)
            for path in (fifo, folder):
                with self.assertRaisesRegex(OSError, f"^cannot write to {os.path.realpath(path)}: "
                                                     "it is not a regular file$"):
                    save(MLP(2, [1]), path)
            with self.assertRaises(FileNotFoundError):
                save(MLP(2, [1]), os.path.join(folder, "nowhere", "m.json"))
            with self.assertRaises(OSError):
                save(MLP(2, [1]), os.path.join(folder, "n" * 250))
            self.assertEqual(sorted(os.listdir(folder)), ["fifo", "link", "there"])
            self.assertEqual(os.listdir(os.path.join(folder, "there")), ["m.json"])

    def test_save_respects_a_file_that_must_not_be_written(self):
        def guarded(path, mode="r", **kwargs):  # chmod would not do: root may write to everything
            if str(path).endswith("m.json") and ("w" in mode or "+" in mode):
                raise PermissionError(path)
            return io.open(path, mode, **kwargs)

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.json")
            save(MLP(2, [1]), path)
            with unittest.mock.patch("builtins.open", guarded):
                self.assertRaises(PermissionError, save, MLP(2, [1]), path)
            self.assertEqual(os.listdir(folder), ["m.json"])

    @unittest.skipUnless(os.name == "posix", "needs POSIX permissions")
    def test_save_keeps_the_permissions_of_the_file_that_it_replaces(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.json")
            save(MLP(2, [1]), path)
            os.chmod(path, 0o640)
            save(MLP(2, [1]), path)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)

    def test_save_refuses_a_model_that_load_would_refuse(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.json")
            model = MLP(2, [1])
            save(model, path)
            before = model.state_dict()
            for wrong in (NAN, INF):
                model.layers[0].neurons[0].b.data = wrong
                self.assertRaises(ValueError, save, model, path)
            load(model, path)
            self.assertEqual(model.state_dict(), before)
            self.assertEqual(os.listdir(folder), ["m.json"])

    def test_load_refuses_what_is_no_state_and_changes_nothing(self):
        model = MLP(2, [1])
        before = model.state_dict()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.json")
            with self.assertRaises(FileNotFoundError):
                load(model, path)
            for content in (b"", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000,
                            b'{"layers.0.weight": [[1, NaN]], "layers.0.bias": [0]}'):
                pathlib.Path(path).write_bytes(content)
                with self.assertRaisesRegex(ValueError, f"^cannot load {re.escape(path)}: [^?]"):
                    load(model, path)
        self.assertEqual(model.state_dict(), before)


class Losses(unittest.TestCase):

    MEANS = ((hinge_loss, (-1, 1)), (mse_loss, (-3.5, 0.25)),
             (binary_cross_entropy_with_logits, (0, 1)))

    def losses(self, rng):
        """Every loss as a function of four outputs, with random targets."""
        for loss, targets in self.MEANS:
            chosen = [rng.choice(targets) for _ in range(4)]
            yield lambda *z, loss=loss, chosen=chosen: loss(z, chosen)
        for target in range(4):
            yield lambda *z, target=target: cross_entropy(z, target)

    def test_have_the_partials_that_differences_find(self):
        rng = random.Random(0)
        for _ in range(20):
            for f in self.losses(rng):
                self.assertTrue(gradcheck(f, [rng.uniform(-4, 4) for _ in range(4)]))

    def test_are_the_mean_of_their_formula(self):
        rng = random.Random(0)
        formulas = {
            hinge_loss: lambda z, y: max(0, 1 - y * z),
            mse_loss: lambda z, y: (z - y) ** 2,
            binary_cross_entropy_with_logits:
                lambda z, y: -math.log(1 / (1 + math.exp(-z if y else z)))}
        for loss, targets in self.MEANS:
            for n in (1, 2, 7):
                z = [rng.uniform(-3, 3) for _ in range(n)]
                y = [rng.choice(targets) for _ in range(n)]
                expected = sum(map(formulas[loss], z, y)) / n
                # a few roundings of numbers of the size of 10
                self.assertAlmostEqual(loss([*map(Value, z)], y).data, expected, delta=1e-14)
                total = sum(map(math.exp, z))
                for target in range(n):
                    self.assertAlmostEqual(cross_entropy([*map(Value, z)], target).data,
                                           -math.log(math.exp(z[target]) / total), delta=1e-14)

    def test_are_exact_where_the_mathematics_is(self):
        self.assertEqual(gradients(lambda a, b, c, d: hinge_loss([a, b, c, d], [1, -1, 1, -1]),
                                   -2, 1, 1, -1), (1.25, -0.25, 0.25, 0, 0))
        self.assertEqual(gradients(lambda a, b: mse_loss([a, b], [1, 5]), 3, 2), (6.5, 2, -3))
        z, slope = gradients(lambda a: binary_cross_entropy_with_logits([a], [1]), 0)
        self.assertEqual((z, slope), (math.log(2), -0.5))
        self.assertEqual(gradients(lambda a: binary_cross_entropy_with_logits([a], [0]), 0),
                         (math.log(2), 0.5))
        self.assertEqual(gradients(lambda a, b: cross_entropy([a, b], 1), 3, 3),
                         (math.log(2), 0.5, -0.5))
        self.assertEqual(gradients(lambda a: cross_entropy([a], 0), 3), (0, 0))

    def test_are_a_single_node_of_their_values(self):
        a, b = Value(1), Value(2)
        for loss, (y, _) in self.MEANS:
            out = loss([a, 3.0, b], [y, y, y])
            self.assertEqual((out._prev, out._op), ((a, b), loss.__name__))
        out = cross_entropy([3.0, a, b], 1)
        self.assertEqual((out._prev, out._op), ((a, b), "cross_entropy"))
        self.assertTrue(gradcheck(lambda a, b: cross_entropy([3.0, a, b], 2), [1, 2]))
        self.assertTrue(gradcheck(lambda a, b: mse_loss([3.0, a, b], [1, 2, 3]), [1, 2]))
        self.assertEqual(hinge_loss(iter([1.0, 0.5]), iter((1, 1))).data, 0.25)

    def test_are_finite_and_exact_in_the_far_tails(self):
        bce = binary_cross_entropy_with_logits
        for x in (40.0, 700.0):  # 1 + e is 1 there, so both are e to the last few bits
            e = math.exp(-x)
            for f, sign in ((lambda a: bce([a], [1]), 1), (lambda a: bce([-a], [0]), 1),
                            (lambda a: bce([a], [0]), -1),
                            (lambda a: cross_entropy([a, 0], 0), 1),
                            (lambda a: cross_entropy([0, -a], 0), 1),
                            (lambda a: cross_entropy([0, a], 0), -1)):
                loss, slope = gradients(f, x)
                if sign > 0:
                    self.assertAlmostEqual(loss / e, 1, delta=1e-15)
                    self.assertAlmostEqual(slope / e, -1, delta=1e-15)
                else:
                    self.assertEqual((loss, slope), (x, 1))
        self.assertEqual(gradients(lambda a: bce([a], [0]), 1000), (1000, 1))
        self.assertEqual(gradients(lambda a: bce([a], [1]), -1000), (1000, -1))
        self.assertEqual(gradients(lambda a: bce([a], [1]), 1000), (0, 0))
        self.assertEqual(gradients(lambda a, b, c: cross_entropy([a, b, c], 0), 1000, -1000, 0),
                         (0, 0, 0, 0))
        self.assertEqual(gradients(lambda a, b, c: cross_entropy([a, b, c], 1), 1000, -1000, 0),
                         (2000, 1, -1, 0))
        self.assertEqual(gradients(lambda a: hinge_loss([a], [-1]), 1000), (1001, 1))

    def test_hinge_is_flat_at_its_kink_and_lets_nan_through(self):
        self.assertEqual(gradients(lambda a: hinge_loss([a], [1]), 1), (0, 0))
        for loss, (y, _) in self.MEANS:
            self.assertTrue(math.isnan(loss([Value(NAN)], [y]).data))
        self.assertTrue(math.isnan(cross_entropy([Value(NAN), 1.0], 1).data))
        self.assertTrue(math.isnan(cross_entropy([1.0, Value(NAN)], 0).data))

    def test_refuse_what_does_not_fit(self):
        a = Value(1)
        for loss, (y, _) in self.MEANS:
            for z, targets in (([], []), ([a], []), ([a], [y, y]), ([], [y])):
                message = (f"{loss.__name__} needs as many outputs as targets, and at least one, "
                           f"got {len(z)} and {len(targets)}")
                with self.assertRaisesRegex(ValueError, message):
                    loss(z, targets)
            with self.assertRaisesRegex(TypeError, "expected a real number, got str"):
                loss(["1"], [y])
        for wrong in (0, 2, 0.5, "1", None, NAN, Value(1)):
            with self.assertRaisesRegex(ValueError, "labels must be -1 or 1, got "):
                hinge_loss([a], [wrong])
        for wrong in (-1, 2, 0.5, "1", None, NAN, Value(1)):
            with self.assertRaisesRegex(ValueError, "labels must be 0 or 1, got "):
                binary_cross_entropy_with_logits([a], [wrong])
        for wrong in ("1", None, Value(1)):
            with self.assertRaisesRegex(TypeError, "expected a real number, got "):
                mse_loss([a], [wrong])
        with self.assertRaisesRegex(ValueError, "cross_entropy needs at least one logit$"):
            cross_entropy([], 0)
        for wrong in (-1, 2, 100):
            with self.assertRaisesRegex(ValueError, f"a class from 0 to 1, got {wrong}"):
                cross_entropy([a, a], wrong)
        for wrong in (0.0, "0", None, Value(0)):
            with self.assertRaises(TypeError):
                cross_entropy([a, a], wrong)


class Optimizers(unittest.TestCase):

    def run_beside(self, make, update, steps=200):
        """Drive an optimizer and the update rule as written out in the test, side by side."""
        rng = random.Random(0)
        parameters = [Value(rng.uniform(-2, 2)) for _ in range(5)]
        mine = [p.data for p in parameters]
        optimizer = make(parameters)
        states = [{} for _ in parameters]
        for t in range(1, steps + 1):
            for i, p in enumerate(parameters):
                p.grad = math.sin(3 * p.data) + rng.uniform(-1, 1)
                mine[i] = update(mine[i], p.grad, t, states[i])
            optimizer.step()
            for p, expected in zip(parameters, mine):
                # a difference could only come from rounding, and grow over the steps
                self.assertAlmostEqual(p.data, expected, delta=1e-12)

    def test_sgd_follows_its_update_rule(self):
        def sgd(lr, momentum, decay):
            def update(x, grad, t, state):
                g = grad + decay * x
                state["b"] = g if t == 1 else momentum * state["b"] + g
                return x - lr * state["b"]
            return update

        self.run_beside(lambda ps: SGD(ps, 0.1), sgd(0.1, 0, 0))
        self.run_beside(lambda ps: SGD(ps, 0.01, 0.9), sgd(0.01, 0.9, 0))
        self.run_beside(lambda ps: SGD(ps, 0.1, weight_decay=0.3), sgd(0.1, 0, 0.3))
        self.run_beside(lambda ps: SGD(ps, 0.02, 0.8, 0.1), sgd(0.02, 0.8, 0.1))

    def test_adam_follows_its_update_rule(self):
        def adam(lr=0.001, betas=(0.9, 0.999), eps=1e-8, decay=0.0):
            def update(x, grad, t, state):
                g = grad + decay * x
                m = state["m"] = state.get("m", 0.0) + (1 - betas[0]) * (g - state.get("m", 0.0))
                v = state["v"] = betas[1] * state.get("v", 0.0) + (1 - betas[1]) * g ** 2
                step_size = lr / (1 - betas[0] ** t)
                return x - step_size * m / (math.sqrt(v) / math.sqrt(1 - betas[1] ** t) + eps)
            return update

        self.run_beside(Adam, adam())
        self.run_beside(lambda ps: Adam(ps, 0.1), adam(0.1))
        self.run_beside(lambda ps: Adam(ps, 0.05, (0.5, 0.9), 1e-3, 0.2),
                        adam(0.05, (0.5, 0.9), 1e-3, 0.2))
        self.run_beside(lambda ps: Adam(ps, 0.1, betas=(0, 0)), adam(0.1, (0, 0)))

    def test_first_step_is_exact(self):
        p = Value(2)
        p.grad = 4.0
        SGD([p], lr=0.25).step()
        self.assertEqual(p.data, 1)
        SGD([p], lr=0.25, weight_decay=4).step()
        self.assertEqual(p.data, -1)
        p.data, p.grad = 5.0, 0.0
        Adam([p]).step()
        self.assertEqual(p.data, 5)

    def test_zero_grad_resets_and_step_leaves_grad(self):
        for make in (SGD, Adam):
            p = Value(2)
            p.grad = 4.0
            optimizer = make([p], 0.1)
            optimizer.step()
            self.assertEqual(p.grad, 4)
            optimizer.zero_grad()
            self.assertEqual(p.grad, 0)

    def test_lr_can_be_changed_between_steps(self):
        for make in (SGD, Adam):
            p = Value(2)
            p.grad = 1.0
            optimizer = make(iter([p]), lr=0.5)
            self.assertEqual(optimizer.lr, 0.5)
            optimizer.lr = 0.0
            optimizer.step()
            self.assertEqual(p.data, 2)
            optimizer.lr = 0.25
            optimizer.step()
            self.assertLess(p.data, 2)

    def test_adam_is_by_default_pytorchs(self):
        adam = Adam([Value(1)])
        self.assertEqual((adam.lr, adam.betas, adam.eps, adam.weight_decay),
                         (0.001, (0.9, 0.999), 1e-8, 0.0))

    def test_refuse_what_is_out_of_range(self):
        p = Value(1)
        for make in (SGD, Adam):
            with self.assertRaisesRegex(ValueError, "no parameters"):
                make([], 0.1)
            with self.assertRaisesRegex(TypeError, "parameters must be Values, got float"):
                make([p, 1.0], 0.1)
            with self.assertRaises(TypeError):
                make(MLP(2, [1]), 0.1)
            for lr in (-0.1, NAN):
                with self.assertRaisesRegex(ValueError, f"lr must be 0 or more, got {lr}"):
                    make([p], lr)
            with self.assertRaisesRegex(TypeError, "expected a real number, got str"):
                make([p], "0.1")
            with self.assertRaisesRegex(ValueError, "weight_decay must be 0 or more, got -1"):
                make([p], 0.1, weight_decay=-1)
        with self.assertRaisesRegex(ValueError, "momentum must be 0 or more, got -0.9"):
            SGD([p], 0.1, momentum=-0.9)
        for betas in ((1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, -0.1), (NAN, 0.9), (0.9,),
                      (0.9, 0.9, 0.9)):
            with self.assertRaises(ValueError) as caught:
                Adam([p], betas=betas)
            self.assertEqual(str(caught.exception),
                             f"betas must be two numbers in [0, 1), got {betas}")
        for eps in (-1e-8, 0, NAN):
            with self.assertRaisesRegex(ValueError, f"eps must be above 0, got {eps}"):
                Adam([p], eps=eps)


class Moons(unittest.TestCase):

    def test_lie_on_two_half_circles_in_scikit_learns_order(self):
        X, y = make_moons(7, shuffle=False)
        self.assertEqual(y, [0, 0, 0, 1, 1, 1, 1])
        h = math.sqrt(3) / 2
        expected = [(1, 0), (0, 1), (-1, 0), (0, 0.5), (0.5, 0.5 - h), (1.5, 0.5 - h), (2, 0.5)]
        for (x0, x1), (e0, e1) in zip(X, expected):
            # sin and cos of multiples of pi are off by about an ulp of 1
            self.assertAlmostEqual(x0, e0, delta=4e-16)
            self.assertAlmostEqual(x1, e1, delta=4e-16)

    def test_come_in_lists_half_of_each_the_odd_one_inside(self):
        for n in (1, 2, 3, 4, 9, 100):
            X, y = make_moons(n)
            self.assertEqual((len(X), len(y)), (n, n))
            self.assertEqual(sum(y), n - n // 2)
            for point, label in zip(X, y):
                self.assertIs(type(point), list)
                self.assertEqual([type(c) for c in point], [float, float])
                self.assertIs(type(label), int)
        self.assertEqual(make_moons(1), ([[0.0, 0.5]], [1]))
        two = make_moons(4, shuffle=False)[0]  # both ends of each half circle
        self.assertEqual([round(x) for x, _ in two], [1, -1, 0, 2])
        self.assertEqual(len(make_moons()[0]), 100)

    def test_shuffled_are_the_same_points_with_their_labels(self):
        plain, shuffled = (list(zip(*make_moons(50, shuffle=s, random_state=1)))
                           for s in (False, True))
        self.assertNotEqual(plain, shuffled)
        self.assertEqual(sorted(plain), sorted(shuffled))

    def test_noise_has_the_standard_deviation_asked_for(self):
        plain, _ = make_moons(4000, shuffle=False)
        noisy, _ = make_moons(4000, shuffle=False, noise=0.3, random_state=0)
        for axis in (0, 1):
            errors = [p[axis] - q[axis] for p, q in zip(noisy, plain)]
            mean = sum(errors) / 4000
            deviation = math.sqrt(sum((e - mean) ** 2 for e in errors) / 4000)
            # four standard errors: 0.3 / sqrt(4000) and 0.3 / sqrt(8000)
            self.assertLess(abs(mean), 4 * 0.3 / math.sqrt(4000))
            self.assertLess(abs(deviation - 0.3), 4 * 0.3 / math.sqrt(8000))
        self.assertEqual(make_moons(9, shuffle=False, noise=0), make_moons(9, shuffle=False))

    def test_a_seed_gives_the_same_points_and_leaves_the_global_generator_alone(self):
        before = random.getstate()
        first = make_moons(20, noise=0.1, random_state=7)
        self.assertEqual(make_moons(20, noise=0.1, random_state=7), first)
        self.assertEqual(make_moons(20, noise=0.1, random_state=random.Random(7)), first)
        self.assertNotEqual(make_moons(20, noise=0.1, random_state=8), first)
        self.assertEqual(random.getstate(), before)
        random.seed(7)
        self.assertEqual(make_moons(20, noise=0.1), first)

    def test_refuse_negative_noise_no_samples_and_what_is_no_seed(self):
        for n in (0, -1):
            with self.assertRaisesRegex(ValueError, f"n_samples must be at least 1, got {n}"):
                make_moons(n)
        for noise in (-0.1, NAN, INF):
            with self.assertRaisesRegex(ValueError, "^noise must be a finite number from 0 up, "
                                                    f"got {noise}$"):
                make_moons(noise=noise)
        with self.assertRaisesRegex(ValueError, "random_state must be .*, got 'x'"):
            make_moons(random_state="x")
        with self.assertRaises(TypeError):
            make_moons(10.0)
        with self.assertRaisesRegex(TypeError, "expected a real number, got str"):
            make_moons(noise="0.1")
        with self.assertRaises(TypeError):
            make_moons(10, False)


class Training(unittest.TestCase):

    def test_is_the_published_loop(self):
        def compare(step, loss, hits):
            published, published_hits = published_notebook()[step]
            self.assertLess(abs(loss / published - 1), 1e-9)
            self.assertEqual(hits, published_hits)
            if step == 40:
                raise KeyboardInterrupt
        X, y = make_moons(100, noise=0.1, random_state=NumPyRandom(1337))
        with self.assertRaises(KeyboardInterrupt):
            train(MLP(2, [16, 16, 1], rng=random.Random(1337)), X, y, report=compare)

    def test_reports_every_step(self):
        seen = []
        X, y = make_moons(10, random_state=0)
        history = train(MLP(2, [2, 1]), X, y, steps=3, report=lambda *args: seen.append(args))
        self.assertEqual(seen, [(i, *history[i]) for i in range(3)])

    def test_takes_steps_learning_rate_and_penalty(self):
        X, y = [[1.0, 2.0]], [1]
        model = Neuron(2, nonlin=None)
        for p, x in zip(model.parameters(), (0.25, -0.5, 0.0)):
            p.data = x
        # score -0.75, loss 1.75 + 0.5 (1/16 + 1/4); gradients -x + p and -1
        self.assertEqual(train(model, X, y, steps=1, lr=0.5, alpha=0.5), [(1.90625, 0.0)])
        self.assertEqual([p.data for p in model.parameters()], [0.625, 0.75, 0.5])

    @unittest.skipUnless(CPYTHON, "PyPy's collector cannot be asked")
    def test_restores_the_collector_whatever_happens(self):
        def interrupt(*_):
            self.assertFalse(gc.isenabled())
            raise KeyboardInterrupt

        X, y = make_moons(4)
        enabled = gc.isenabled()
        try:
            for switch, expected in ((gc.enable, True), (gc.disable, False)):
                switch()
                train(MLP(2, [1]), X, y, steps=1)
                self.assertEqual(gc.isenabled(), expected)
                with self.assertRaises(KeyboardInterrupt):
                    train(MLP(2, [1]), X, y, report=interrupt)
                self.assertEqual(gc.isenabled(), expected)
        finally:
            (gc.enable if enabled else gc.disable)()

    @unittest.skipUnless(CPYTHON, "counts objects as only CPython can")
    def test_keeps_memory_flat(self):
        counts = []
        X, y = make_moons(10, random_state=0)
        train(MLP(2, [4, 1]), X, y, steps=30,
              report=lambda *_: counts.append(sum(type(o) is Value for o in gc.get_objects())))
        self.assertEqual(len(set(counts[2:])), 1)

    def test_accuracy_counts_points_on_their_side_of_0(self):
        model = Neuron(1, nonlin=None)
        model.w[0].data = 1.0
        X = [[-1.0], [-2.0], [3.0], [0.0]]
        self.assertEqual(accuracy(model, X, [0, 0, 1, 0]), 1.0)
        self.assertEqual(accuracy(model, X, [1, 0, 1, 1]), 0.5)
        model.w[0].data = NAN
        self.assertEqual(accuracy(model, X, [0, 0, 1, 1]), 0)

    def test_refuses_labels_that_do_not_fit_and_changes_nothing(self):
        model = MLP(2, [2, 1])
        before = model.state_dict()
        X = [[1.0, 2.0], [3.0, 4.0]]
        for use in (train, accuracy):
            for y, message in (([0, 2], "labels must be 0 or 1, got 2"), ([1, -1], "got -1"),
                               ([0], "got 2 points and 1 labels$"), ([0, 1, 0], "and 3 labels$"),
                               ([], "and 0 labels$")):
                with self.assertRaisesRegex(ValueError, message):
                    use(model, X, y)
            with self.assertRaisesRegex(ValueError, "at least one point"):
                use(model, [], [])
            with self.assertRaisesRegex(TypeError, "expected a real number, got list"):
                use(MLP(2, [2, 3]), X, [0, 1])
        for wrong in ({"steps": -1}, {"lr": -1}, {"lr": NAN}, {"alpha": -1}, {"alpha": NAN}):
            with self.assertRaisesRegex(ValueError, "^(steps|lr|alpha) must be 0 or more, got "
                                                    "(-1|-1.0|nan)$"):
                train(model, X, [0, 1], **wrong)
        for wrong in ({"steps": 1.5}, {"lr": "1"}, {"alpha": None}):
            self.assertRaises(TypeError, train, model, X, [0, 1], **wrong)
        self.assertEqual(model.state_dict(), before)

    def test_takes_any_iterables(self):
        X, y = make_moons(6, random_state=0)
        model = MLP(2, [2, 1])
        clone = copy.deepcopy(model)
        self.assertEqual(train(model, iter(X), iter(y), steps=3), train(clone, X, y, steps=3))
        self.assertEqual(accuracy(model, iter(X), iter(y)), accuracy(model, X, y))

    def test_counts_a_score_of_0_or_nan_as_accuracy_does(self):
        for weight, share in ((0.0, 0.5), (NAN, 0.0)):
            model = Neuron(1, nonlin=None)
            model.w[0].data = weight
            before = accuracy(model, [[1.0], [2.0]], [0, 1])
            self.assertEqual(train(model, [[1.0], [2.0]], [0, 1], steps=1)[0][1], share)
            self.assertEqual(before, share)


class AnyArgument(unittest.TestCase):
    """Every argument of every public function, replaced by everything it might not be."""

    WRONG = {"None": None, "text": "x", "no text": "", "bytes": b"1", "list": [], "dict": {},
             "nested": [[1.0]], "object": object(), "complex": 1j, "nan": NAN, "inf": INF,
             "-inf": -INF, "-1": -1, "0": 0, "half": 0.5, "huge": 10 ** 400, "large": 1e308,
             "Value": Value(2), "Values": [Value(2)], "type": float, "function": len}

    # How many of something: 10 ** 400 of them are no mistake, but a long wait.
    COUNTS = {("Neuron", 0), ("Layer", 0), ("Layer", 1), ("MLP", 0), ("make_moons", 0),
              ("train", 2), ("draw_boundary", 2)}

    def calls(self):
        """Name, function, good arguments: what is swept, one argument at a time."""
        model = MLP(2, [2, 1], rng=random.Random(0))
        X, y = [[0.5, 1.0], [1.5, -1.0]], [0, 1]
        p = Value(1)
        state = model.state_dict()
        for name, f, good in (
                ("Value", Value, (1.0,)),
                ("+", operator.add, (p, 2.0)), ("-", operator.sub, (p, 2.0)),
                ("*", operator.mul, (p, 2.0)), ("/", operator.truediv, (p, 2.0)),
                ("**", operator.pow, (p, 2.0)),
                ("r+", lambda x: x + p, (2.0,)), ("r-", lambda x: x - p, (2.0,)),
                ("r*", lambda x: x * p, (2.0,)), ("r/", lambda x: x / p, (2.0,)),
                ("r**", lambda x: x ** p, (2.0,)),
                ("dot", dot, ([p, 2.0], [1.0, p], p)),
                ("gradcheck", lambda *args: gradcheck(lambda a: a * 2, *args),
                 ([1.0], 1e-6, 1e-5, 1e-3)),
                ("Neuron", Neuron, (2, "relu")), ("Layer", Layer, (2, 2, "relu")),
                ("MLP", MLP, (2, [2, 1], "relu")),
                ("model()", model, ([1.0, 2.0],)),
                ("load_state_dict", model.load_state_dict, (state,)),
                ("entry", lambda row: model.load_state_dict({**state, "layers.1.bias": row}),
                 (state["layers.1.bias"],)),
                ("hinge_loss", hinge_loss, ([p, 0.5], [1, -1])),
                ("mse_loss", mse_loss, ([p, 0.5], [1, -1])),
                ("bce", binary_cross_entropy_with_logits, ([p, 0.5], [1, 0])),
                ("cross_entropy", cross_entropy, ([p, 0.5], 1)),
                ("SGD", SGD, ([p], 0.1, 0.9, 0.1)),
                ("Adam", Adam, ([p], 0.1, (0.9, 0.99), 1e-8, 0.1)),
                ("make_moons", lambda n, noise, seed: make_moons(n, noise=noise,
                                                                 random_state=seed), (3, 0.1, 0)),
                ("train", lambda *args: train(copy.deepcopy(model), *args), (X, y, 1, 0.5, 0.1)),
                ("accuracy", lambda *args: accuracy(model, *args), (X, y)),
                ("draw_dot", draw_dot, (p * 2, "LR")), ("draw_svg", draw_svg, (p * 2,)),
                ("draw_boundary", lambda *args: draw_boundary(model, *args), (X, y, 9)),
                ("draw_training", lambda *args: draw_training(model, *args), (X, y, [(1, 0.5)]))):
            f(*good)
            yield name, f, good, model

    def test_gives_a_result_or_an_error_that_says_what_is_wrong_and_changes_no_model(self):
        for name, f, good, model in self.calls():
            before = [(p.data, p.grad) for p in model.parameters()]
            for i in range(len(good)):
                for what, wrong in self.WRONG.items():
                    if what == "huge" and (name, i) in self.COUNTS:
                        continue
                    with self.subTest(f=name, argument=i, wrong=what):
                        try:
                            f(*good[:i], wrong, *good[i + 1:])
                        except (TypeError, ValueError, OverflowError) as error:
                            self.assertGreater(len(str(error)), 10)
                        except ZeroDivisionError:
                            self.assertIn((name, what), {("/", "0"), ("r**", "0")})
                        except RuntimeError as error:  # differences of numbers that large, say
                            self.assertEqual(name, "gradcheck")
                            self.assertRegex(str(error), "^gradient for input")
            self.assertEqual([(p.data, p.grad) for p in model.parameters()], before)


class ImportingTheFile(unittest.TestCase):

    def test_changes_nothing_global_and_prints_nothing(self):
        code = ("import gc, random, signal, sys, warnings\n"
                "def state(): return (gc.isenabled(), random.getstate(), warnings.filters,\n"
                "    sys.getrecursionlimit(), signal.getsignal(signal.SIGINT))\n"
                f"before = state(); sys.path.insert(0, {str(HERE)!r})\n"
                "import micrograd; assert state() == before\n"
                "slow = {'argparse', 'json', 'shutil'} & sys.modules.keys()\n"
                "assert not slow, slow")
        p = subprocess.run([sys.executable, "-B", "-I", "-S", "-c", code], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, universal_newlines=True)
        self.assertEqual((p.returncode, p.stdout), (0, ""))


class CommandLine(unittest.TestCase):

    def test_trains_to_100_percent(self):
        p = long_run("micrograd.py")
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        lines = p.stdout.splitlines()
        self.assertEqual(lines[0], "MLP 2 -> 16 -> 16 -> 1, 337 parameters, 100 points")
        steps, picture = lines[1:-23], lines[-21:]
        self.assertEqual([int(line.split()[1]) for line in steps], [*range(0, 100, 10), 99])
        for line in steps:
            self.assertRegex(line, r"^step +\d+  loss \d\.\d{4}  accuracy +\d+\.\d %$")
        self.assertEqual(lines[-23], "accuracy on the 100 points: 100.0 %")
        self.assertRegex(lines[-22], r"^accuracy on 1000 new points: \d+\.\d %$")
        self.assertEqual(picture[-1], "o label 0   x label 1   # misclassified   . score above 0")
        self.assertEqual(set("".join(picture[:-1])), set(" .ox"))
        self.assertEqual(max(map(len, picture)), 72)

    def test_takes_its_options_and_the_same_seed_gives_the_same_run(self):
        options = ("--steps", "5", "--samples", "30", "--noise", "0.2", "--hidden", "4", "3",
                   "--lr", "0.5", "--seed", "3")
        p = run(*options)
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        self.assertIn("MLP 2 -> 4 -> 3 -> 1, 31 parameters, 30 points\nstep 0", p.stdout)
        self.assertIn("\nstep 4", p.stdout)
        self.assertEqual(run(*options).stdout, p.stdout)
        for i in (1, 5, 10, 12):  # steps, noise, lr and seed each make a difference
            changed = [*options[:i], "7", *options[i + 1:]]
            self.assertNotEqual(run(*changed).stdout, p.stdout, changed)

    def test_help_explains_every_option(self):
        p = run("--help")
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        for option, metavar, end in (
                ("steps", "N", "(default: 100)"), ("samples", "N", "(default: 100)"),
                ("noise", "X", "(default: 0.1)"), ("hidden", "N [N ...]", "(default: 16 16)"),
                ("lr", "X", "(default: 1.0)"), ("seed", "N", "(default: 0)"),
                ("save", "FILE", "with Ctrl-C"), ("load", "FILE", "the same --hidden"),
                ("svg", "FILE", "with Ctrl-C")):
            help = re.search(rf"\n  --{option} {re.escape(metavar)}\s([\s\S]*?)(?=\n  --|$)",
                             p.stdout)
            words = " ".join(help[1].split())
            self.assertTrue(words.endswith(end), words)
            self.assertGreater(len(words), 40)
        self.assertRegex(p.stdout, r"which\s+moon\s+each\s+belongs\s+to\.\n")

    def test_takes_numbers_up_to_its_limits(self):
        args = micrograd.parse_arguments(["--steps", "0", "--samples", "1", "--noise", "0", "--lr",
                                          "0", "--hidden", "1", "1000000", "--seed", "-1"])
        self.assertEqual((args.steps, args.samples, args.noise, args.lr, args.hidden, args.seed),
                         (0, 1, 0, 0, [1, 1000000], -1))
        args = micrograd.parse_arguments(["--steps", "1000000", "--samples", "1000000", "--noise",
                                          "1e6", "--lr", "1000000"])
        self.assertEqual((args.steps, args.samples, args.noise, args.lr), (10 ** 6,) * 4)
        args = micrograd.parse_arguments([])
        self.assertEqual((args.hidden, args.save, args.load, args.svg),
                         ([16, 16], None, None, None))

    def test_counts_the_steps_done_when_it_is_stopped(self):
        out = io.StringIO()
        with unittest.mock.patch("micrograd.progress_line", side_effect=KeyboardInterrupt):
            with contextlib.redirect_stdout(out):
                self.assertEqual(micrograd.main(["--steps", "5", "--hidden", "1"]), 130)
        self.assertIn("\nstopped after 1 of 5 steps\n", out.getvalue())

    def test_refuses_bad_values_with_exit_2(self):
        count = "expected a whole number from 1 to 1000000, got"
        amount = "expected a number from 0 to 1000000, got"
        for option, wrongs, message in (
                ("--steps", "-1 1000001 1.5 x " + "9" * 400, count.replace("1", "0", 1)),
                ("--samples", "0 1000001 x", count), ("--hidden", "0 16,16", count),
                ("--noise", "-0.1 1000001 nan inf x", amount), ("--lr", "-1 nan x", amount),
                ("--seed", "1.5 x", "invalid int value:")):
            for wrong in wrongs.split():
                err = io.StringIO()
                with contextlib.redirect_stderr(err), self.assertRaises(SystemExit) as end:
                    micrograd.main([option + "=" + wrong])
                self.assertEqual(end.exception.code, 2)
                self.assertRegex(err.getvalue(), rf"^usage: [\s\S]+: error: argument {option}: "
                                                 rf"{message} {wrong!r}\n$")
        p = run("--what=1")
        self.assertEqual((p.returncode, p.stdout), (2, ""))
        self.assertRegex(p.stderr, r"error: unrecognized arguments: --what=1\n$")

    def test_saves_what_load_continues_from(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.json")
            p = run("--steps", "20", "--hidden", "4", "--save", path)
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            self.assertIn(f"\nsaved in {path}\n", p.stdout)
            q = run("--steps", "0", "--hidden", "4", "--load", path)
            self.assertEqual((q.returncode, q.stderr), (0, ""))
            self.assertEqual(q.stdout.splitlines()[1:], p.stdout.splitlines()[-23:])
            self.assertIn("loss", run("--steps", "1", "--hidden", "4", "--load", path).stdout)
            other = run("--hidden", "5", "--load", path)
            self.assertEqual((other.returncode, other.stdout), (2, ""))
            self.assertRegex(other.stderr, r"^micrograd.py: error: cannot load .*has 4 entries "
                                           r"instead of 5.*\n$")
            self.assertEqual(os.listdir(folder), ["model.json"])

    def test_refuses_bad_files_in_one_line_before_it_trains(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "broken.json")
            pathlib.Path(path).write_text("{")
            good = os.path.join(folder, "good.json")
            save(MLP(2, [1, 1]), good)
            nowhere = os.path.join(folder, "nowhere", "x")
            for options in (["--load", path], ["--load", nowhere], ["--load", folder],
                            ["--save", folder], ["--save", nowhere], ["--save="], ["--load="],
                            ["--svg", folder], ["--svg", nowhere], ["--svg="],
                            ["--save", good, "--svg", os.path.join(folder, ".", "good.json")],
                            ["--load", good, "--hidden", "1", "--svg", good]):
                p = run(*options)
                self.assertEqual((p.returncode, p.stdout), (2, ""))
                self.assertRegex(p.stderr, r"^micrograd.py: error: [^\n]+\n$")
                if nowhere in options:  # not the name of something that nobody asked for
                    self.assertTrue(p.stderr.endswith(f": '{nowhere}'\n"), p.stderr)
            self.assertRegex(run("--save", good, "--svg", good).stderr,
                             f"--svg would overwrite the network in {re.escape(good)}\n$")
            self.assertCountEqual(os.listdir(folder), ["broken.json", "good.json"])
            load(MLP(2, [1, 1]), good)

    def test_says_where_it_saved_even_if_the_output_has_no_letters_for_that(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "\u00e9.svg")
            p = run("--steps", "1", "--hidden", "1", "--svg", path,
                    env=dict(os.environ, PYTHONIOENCODING="ascii", PYTHONUTF8="1"))
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            shown = path.encode("ascii", "backslashreplace").decode()
            self.assertIn(f"\nsaved in {shown}\n", p.stdout)

    def test_draws_the_training_into_an_svg_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "training.svg")
            p = run("--steps", "12", "--samples", "20", "--hidden", "3", "--seed", "5",
                    "--svg", path)
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            self.assertIn(f"\nsaved in {path}\naccuracy on the 20 points:", p.stdout)
            rng = random.Random(5)
            X, y = make_moons(20, noise=0.1, random_state=rng)
            make_moons(1000, noise=0.1, random_state=rng)
            model = MLP(2, [3, 1], rng=rng)
            history = train(model, X, y, steps=12)
            self.assertEqual(pathlib.Path(path).read_text(), draw_training(model, X, y, history))
            self.assertEqual(p.stdout.splitlines()[-21:], draw_boundary(model, X, y).split("\n"))
            self.assertEqual(os.listdir(folder), ["training.svg"])

    def test_says_so_when_saving_fails_after_training(self):
        with unittest.mock.patch("os.replace", side_effect=OSError("disk full")):
            with tempfile.TemporaryDirectory() as folder:
                err, out = io.StringIO(), io.StringIO()
                with contextlib.redirect_stderr(err), contextlib.redirect_stdout(out):
                    paths = [os.path.join(folder, name) for name in ("x", "y")]
                    code = micrograd.main(["--steps", "1", "--hidden", "1",
                                           "--save", paths[0], "--svg", paths[1]])
                self.assertEqual(os.listdir(folder), [])
        self.assertEqual((code, err.getvalue()), (1, "".join(
            f"micrograd.py: error: cannot save to {path}: disk full\n" for path in paths)))
        self.assertIn("\naccuracy on the 100 points", out.getvalue())
        self.assertNotIn("saved in", out.getvalue())

    def test_draws_a_training_that_went_astray_though_it_does_not_save_it(self):
        with tempfile.TemporaryDirectory() as folder:
            p = run("--lr", "1e6", "--steps", "300", "--hidden", "4", "--samples", "10",
                    "--save", os.path.join(folder, "x"), "--svg", os.path.join(folder, "y"))
            self.assertEqual(p.returncode, 1)
            self.assertRegex(p.stderr, "^micrograd.py: error: cannot save to [^\n]+\n$")
            self.assertEqual(os.listdir(folder), ["y"])
            self.assertGreater(p.stdout.count("#"), 1)

    @unittest.skipUnless(os.name == "posix", "needs POSIX pipes")
    def test_ends_quietly_when_nobody_reads_on(self):
        env = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        for options in ([], ["--help"]):
            read, write = os.pipe()
            os.close(read)
            p = subprocess.run([sys.executable, str(HERE / "micrograd.py"), *options],
                               stdout=write, stderr=subprocess.PIPE, env=env)
            os.close(write)
            self.assertEqual((p.returncode, p.stderr), (141, b""))

    @unittest.skipUnless(os.name == "posix", "needs POSIX signals")
    def test_stops_at_ctrl_c_with_what_was_reached_and_exit_130(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.json")
            env = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
            p = start("--steps", "100000", "--hidden", "1", "--save", path, "--svg", path + ".svg",
                      env=env, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            p.stdout.readline()
            self.assertTrue(p.stdout.readline().startswith("step"))
            p.send_signal(signal.SIGINT)
            out, err = p.communicate()
            self.assertEqual((p.returncode, err), (130, ""))
            self.assertRegex(out, r"\nstopped after [1-9]\d* of 100000 steps\nsaved in .*\n"
                                  r"saved in .*\.svg\naccuracy on the 100 points: \d+.\d %\n"
                                  r"accuracy on 1000 new points: \d+.\d %\n(.*\n){21}$")
            load(MLP(2, [1, 1]), path)
            steps = int(re.search(r"after (\d+) of", out)[1])
            self.assertLess(steps, 1500)  # where the buffer of a pipe would first be full
            picture = svg(pathlib.Path(path + ".svg").read_text())
            loss = [p for p in picture["path"] if p.get("stroke-width") == 2][0]["d"]
            self.assertEqual(loss.count("L"), steps)  # from each step to the next, and a point

    def test_ctrl_c_before_or_after_training_is_exit_130_too(self):
        for name in ("make_moons", "accuracy"):
            with unittest.mock.patch("micrograd." + name, side_effect=KeyboardInterrupt):
                with contextlib.redirect_stdout(io.StringIO()):
                    self.assertEqual(micrograd.main(["--steps", "1", "--hidden", "1"]), 130)

    @unittest.skipUnless(os.name == "posix", "needs a shell")
    def test_runs_without_a_standard_output(self):
        command = f'"{sys.executable}" "{HERE / "micrograd.py"}" --steps 1 >&-'
        p = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertEqual((p.returncode, p.stderr), (0, b""))

    def on_a_terminal(self, *args, columns=80, **environment):
        """What run(*args) prints on a terminal."""
        import pty
        main, terminal = pty.openpty()
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONIOENCODING")}
        env.update({"TERM": "xterm", "PYTHONUTF8": "1", "COLUMNS": str(columns), **environment})
        p = subprocess.Popen([sys.executable, str(HERE / "micrograd.py"), *args],
                             stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=env)
        os.close(terminal)
        out = b""
        with contextlib.suppress(OSError):  # Linux says EIO at the end
            while True:
                part = os.read(main, 4096)
                if not part:
                    break
                out += part
        os.close(main)
        self.assertEqual(p.wait(), 0)
        return out.replace(b"\r\n", b"\n")

    @unittest.skipUnless(os.name == "posix", "needs a pseudo-terminal")
    def test_draws_a_live_bar_on_a_terminal_within_its_width_in_ascii_without_colour(self):
        for columns in (80, 50, 20):
            out = self.on_a_terminal("--steps", "12", "--hidden", "1", columns=columns,
                                     NO_COLOR="1", LC_ALL="C", PYTHONUTF8="0").decode("ascii")
            lines = out.split("\n")
            frames = lines[1].split("\r")
            self.assertEqual((frames[0], len(frames)), ("", 13))
            self.assertEqual(set(map(len, frames[1:])), {columns - 1})
            self.assertNotIn("\x1b", out)
            self.assertTrue(lines[2].startswith("accuracy on the"))
            if columns == 80:
                self.assertRegex(frames[6], r"^\[#{20}\.{20}\] 6/12  loss \d.\d{4}"
                                            r"  accuracy +\d+.\d % *$")
                self.assertRegex(frames[12], r"^\[#{40}\] 12/12 ")
            else:  # the bar, or the text, is cut to fill the line
                self.assertEqual(set(len(frame.rstrip()) for frame in frames[1:]), {columns - 1})
            self.assertEqual(max(map(len, lines[4:24])), min(72, columns - 1))
            self.assertLess(max(map(len, lines[24:])), columns)

    @unittest.skipUnless(os.name == "posix", "needs a pseudo-terminal")
    def test_closes_with_a_picture_in_colour_only_where_that_can_be_seen(self):
        options = ("--steps", "0", "--samples", "1", "--hidden", "1")
        plain = run(*options).stdout.splitlines()[-21:]
        for environment, color in (
                ({}, True), ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
                ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False),
                ({"PYTHONIOENCODING": "ascii"}, False), ({"PYTHONIOENCODING": "latin-1"}, False),
                ({"PYTHONIOENCODING": "cp437"}, True)):
            out = self.on_a_terminal(*options, **environment)
            out = out.decode(environment.get("PYTHONIOENCODING", "utf-8"))
            picture = out.splitlines()[-21:]
            self.assertEqual([line.count("\u2580") for line in picture],
                             [72] * 20 + [0] if color else [0] * 21)
            if not color:
                self.assertEqual(picture, plain)
        env = dict(os.environ, TERM="xterm-256color", PYTHONUTF8="1", COLUMNS="30")
        self.assertEqual(run(*options, env=env).stdout.splitlines()[-21:], plain)
        for columns in (1, 4, 72, 73):
            out = self.on_a_terminal(*options, columns=columns).decode()
            width = max(2, min(72, columns - 1))
            self.assertEqual(max(line.count("\u2580") for line in out.splitlines()), width)

    def test_trusts_colours_on_windows_only_to_its_new_terminal(self):
        class Terminal(io.TextIOWrapper):
            def isatty(self):
                return True
        for environment, color in (({}, False), ({"WT_SESSION": "1"}, True)):
            out = Terminal(io.BytesIO(), encoding="utf-8")
            with unittest.mock.patch.dict(os.environ, environment), \
                    contextlib.redirect_stdout(out), unittest.mock.patch("os.name", "nt"):
                for name in ("NO_COLOR", "TERM", *({"WT_SESSION"} - environment.keys())):
                    os.environ.pop(name, None)
                self.assertEqual(micrograd.main(["--steps", "0", "--hidden", "1"]), 0)
            self.assertEqual("\x1b" in out.buffer.getvalue().decode(), color)

    def test_writes_no_file(self):
        before = sorted(HERE.iterdir())
        run("--steps", "1", "--hidden", "1", env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
        self.assertEqual(sorted(HERE.iterdir()), before)


def svg(text):
    """The elements of a picture: lists of dicts by tag, in order; texts have their text in it."""
    elements = {"rect": [], "text": [], "path": [], "circle": []}
    for e in xml.etree.ElementTree.fromstring(text).iter():
        tag = e.tag.replace("{http://www.w3.org/2000/svg}", "")
        elements.setdefault(tag, []).append({
            **{k: float(v) if re.fullmatch(r"-?[\d.]+(e[-+]\d+)?", v) else v
               for k, v in e.attrib.items()}, "": e.text or ""})
    return elements


def graph_in(text):
    """What a picture of a graph shows: its boxes, and the edges between them.

    A box is the rectangle and its lines of text. An edge is a pair of boxes and the Bezier curves
    that lead from one to the other, of four points each. Edges from one box may begin with the
    same curves, which are there once.
    """
    picture = svg(text)
    boxes = []
    for rect in picture["rect"]:
        x, y, width, height = (rect[key] for key in ("x", "y", "width", "height"))
        inside = [t for t in picture["text"] if x < t["x"] < x + width and y < t["y"] < y + height]
        boxes.append({**rect, "right": x + width, "bottom": y + height, "texts": inside,
                      "rows": tuple(t[""] for t in inside)})
    arrive, edges = {}, []
    for path in picture["path"]:
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path["d"])]
        points = [*zip(numbers[::2], numbers[1::2])]
        if "C" not in path["d"]:
            points = [points[0], points[0], points[1], points[1]]
        curves = [points[i:i + 4] for i in range(0, len(points) - 1, 3)]
        (x0, y0), (x1, y1) = points[0], points[-1]
        ends = [b for b in boxes if abs(b["x"] - x1) < 0.1 and b["y"] < y1 < b["bottom"]]
        if ends:
            edges.append((ends[0], curves))
        else:
            arrive[x1, y1] = curves
    for i, (end, curves) in enumerate(edges):
        while curves[0][0] in arrive:
            curves = arrive[curves[0][0]] + curves
        x, y = curves[0][0]
        [start] = [b for b in boxes if abs(b["right"] - x) < 0.1 and b["y"] < y < b["bottom"]]
        edges[i] = start, end, curves
    assert len(arrive) + len(edges) == len(picture["path"])
    return boxes, edges


def points_on(curves, n=10):
    """Points along curves, a list of Bezier curves."""
    def on(a, b, c, d, t):
        s = 1 - t
        return a * s ** 3 + 3 * b * s * s * t + 3 * c * s * t * t + d * t ** 3
    return [tuple(on(*axis, i / n) for axis in zip(*curve)) for curve in curves
            for i in range(n + 1)]


def crossings(edges):
    """The number of pairs of edges that cross, those that begin or end together aside."""
    def cross(p, q, r, s):
        def side(a, b, c):
            return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        return side(p, q, r) * side(p, q, s) < 0 and side(r, s, p) * side(r, s, q) < 0

    lines = [(start, end, points_on(curves, 4)) for start, end, curves in edges]
    return sum(any(cross(*a, *b) for a in zip(one, one[1:]) for b in zip(other, other[1:]))
               for (start, end, one), (start2, end2, other) in itertools.combinations(lines, 2)
               if start is not start2 and end is not end2)


def contrast(one, other):
    """The contrast of two colors, #rrggbb: 1 for equal ones to 21 for black and white (WCAG 2)."""
    def luminance(color):
        parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def tree(depth):
    return Value(depth) if depth == 0 else tree(depth - 1) * tree(depth - 1) + depth


def micrograds_expression():
    a, b = Value(-4.0, label="a"), Value(2.0, label="b")
    c = a + b
    d = a * b + b ** 3
    c = c + (c + 1)
    c = c + (1 + c + (-a))
    d = d + (d * 2 + (b + a).relu())
    d = d + (3 * d + (b - a).relu())
    e = c - d
    f = e ** 2
    g = f / 2.0
    return g + 10.0 / f


def tangle(seed):
    """A graph of 5 to 60 Values, of which some are used again, much later and in one operation."""
    rng = random.Random(seed)
    values = [Value(rng.gauss(0, 1), label="x" * i) for i in range(rng.randint(1, 8))]
    for _ in range(rng.randint(4, 40)):
        inputs = tuple(rng.choice(values[-8:] if rng.random() < 0.8 else values)
                       for _ in range(rng.choice((1, 2, 2, 2, 5))))
        values.append(node(rng.gauss(0, 1e3), rng.choice(("+", "dot", "an operation")), inputs,
                           (1.0,) * len(inputs)))
    return node(0.0, "all", tuple(values), ())


class DrawingAGraph(unittest.TestCase):

    def graphs(self):
        neuron = Neuron(3, rng=random.Random(0))
        network = MLP(2, [3, 1], rng=random.Random(0))
        a = Value(2, label="a")
        chain = sum([a] * 40, Value(1))
        wide = dot(network.parameters() * 4, [1] * 52)
        yield from (a, a * a, neuron([Value(1), 2, Value(3)]), network([Value(1), Value(2)]),
                    micrograds_expression(), tree(4), chain, wide)
        yield from map(tangle, range(8))

    def test_dot_has_a_record_for_each_value_and_a_node_for_each_operation(self):
        a, b = Value(2, label="a"), Value(-3.5, label="b")
        out = a * b + a
        out.backward()
        self.assertEqual(draw_dot(out), "\n".join([
            "digraph {", "  rankdir=LR",
            r'  v0 [shape=record, label="{a|data\ 2|grad\ -2.5}"]',
            r'  v1 [shape=record, label="{b|data\ -3.5|grad\ 2}"]',
            r'  v2 [shape=record, label="{data\ -7|grad\ 1}"]',
            '  v2op [label="*"]', "  v0 -> v2op", "  v1 -> v2op", "  v2op -> v2",
            r'  v3 [shape=record, label="{data\ -5|grad\ 1}"]',
            '  v3op [label="+"]', "  v2 -> v3op", "  v0 -> v3op", "  v3op -> v3", "}", ""]))
        self.assertEqual(draw_dot(a), "\n".join([
            "digraph {", "  rankdir=LR",
            r'  v0 [shape=record, label="{a|data\ 2|grad\ -2.5}"]', "}", ""]))

    def test_dot_keeps_the_order_of_inputs_and_repeats_repeated_ones(self):
        a, b = Value(1), Value(2)
        for root, expected in ((b - a, "v0 v1"), (a * a, "v0 v0"),
                               (dot([a, b], [b, a]), "v0 v1 v1 v0")):
            edges = re.findall(r"(v\d) -> v\dop", draw_dot(root))
            self.assertEqual(" ".join(edges), expected)

    def test_dot_takes_the_four_directions_of_graphviz(self):
        out = Value(1) + 1
        for rankdir in ("LR", "RL", "TB", "BT"):
            self.assertEqual(draw_dot(out, rankdir),
                             draw_dot(out).replace("rankdir=LR", f"rankdir={rankdir}"))
        for wrong in ("", "lr", "LR; a -> b", None, 1):
            with self.assertRaisesRegex(ValueError, "^rankdir must be 'LR', 'RL', 'TB' or 'BT', "
                                                    f"got {wrong!r}$"):
                draw_dot(out, wrong)

    NASTY = ("<b>&", '"', "\\", "\\N", "{|}", "<p> x", "&lt;", "&amp;", "a\nb", "'", "]]>", "%s",
             "\x00", "é", "日本", "\ud800", "a  b", "-->", "\\\"", "🎉")

    @staticmethod
    def shown(label):
        return "".join(c if c.isprintable() else "\ufffd" for c in label)

    @unittest.skipUnless(shutil.which("dot"), "needs Graphviz")
    def test_dot_is_accepted_by_graphviz_which_shows_labels_as_written(self):
        root = sum((node(1.0, label, (Value(1, label=label),), (1.0,)) for label in self.NASTY),
                   Value(0))
        p = subprocess.run(["dot", "-Tsvg"], input=draw_dot(root).encode(),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((p.returncode, p.stderr), (0, b""))
        texts = [t[""].replace("\xa0", " ") for t in svg(p.stdout)["text"]]
        shown = [*map(self.shown, self.NASTY)]
        for label in shown:
            self.assertEqual(texts.count(label), 2 * shown.count(label), label)
        for root in self.graphs():
            p = subprocess.run(["dot", "-Tplain"], input=draw_dot(root).encode(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((p.returncode, p.stderr), (0, b""))

    def test_svg_shows_labels_as_written(self):
        for label in self.NASTY:
            a = Value(1, label=label)
            boxes, _ = graph_in(draw_svg(node(2.0, label, (a,), (1.0,))))
            self.assertIn((self.shown(label), "data 1", "grad 0"), [b["rows"] for b in boxes])
            self.assertIn((self.shown(label),), [b["rows"] for b in boxes])
        [page] = svg(draw_svg(Value(1, label="a  b")))["svg"]
        self.assertEqual(page["{http://www.w3.org/XML/1998/namespace}space"], "preserve")
        [box], _ = graph_in(draw_svg(Value(1, label=5)))
        self.assertEqual(box["rows"], ("5", "data 1", "grad 0"))

    def test_svg_holds_each_value_each_operation_and_each_edge_once(self):
        for root in self.graphs():
            root.backward()
            nodes, values = micrograd.topological_order(root)
            def rows(v):
                return ((v.label,) if v.label else ()) + (f"data {v.data:g}", f"grad {v.grad:g}")
            boxes, edges = graph_in(draw_svg(root))
            self.assertCountEqual([b["rows"] for b in boxes],
                                  [*map(rows, values), *((v._op,) for v in nodes)])
            self.assertCountEqual(
                [(a["rows"], b["rows"]) for a, b, _ in edges],
                [pair for v in nodes for pair in
                 [*((rows(u), (v._op,)) for u in v._prev), ((v._op,), rows(v))]])

    def test_svg_leads_from_left_to_right_inside_the_picture(self):
        for root in self.graphs():
            text = draw_svg(root)
            boxes, edges = graph_in(text)
            for start, end, _ in edges:
                self.assertLess(start["right"], end["x"])
            [page] = svg(text)["svg"]
            self.assertEqual(page["viewBox"], f"0 0 {page['width']:g} {page['height']:g}")
            for points in [points_on(curves) for _, _, curves in edges] + [
                    [(b["x"], b["y"]), (b["right"], b["bottom"])] for b in boxes]:
                self.assertTrue(all(10 < x < page["width"] - 10 and 10 < y < page["height"] - 10
                                    for x, y in points))

    def test_in_svg_nothing_overlaps(self):
        for root in self.graphs():
            boxes, edges = graph_in(draw_svg(root))
            for a, b in itertools.combinations(boxes, 2):
                self.assertFalse(a["x"] - 10 < b["right"] and b["x"] - 10 < a["right"] and
                                 a["y"] - 10 < b["bottom"] and b["y"] - 10 < a["bottom"])
            for _, _, curves in edges:
                for x, y in points_on(curves)[1:-1]:
                    for b in boxes:
                        if b["x"] + 0.1 < x < b["right"] - 0.1:
                            self.assertFalse(b["y"] < y < b["bottom"])
            paths = [tuple(map(tuple, curves)) for _, _, curves in edges]
            self.assertEqual(len(set(paths)), len(paths))  # a * a shows two edges

    def test_in_svg_text_fits_its_box(self):
        for root in self.graphs():
            boxes, _ = graph_in(draw_svg(root))
            for box in boxes:
                for text in box["texts"]:
                    self.assertEqual(text["lengthAdjust"], "spacingAndGlyphs")
                    self.assertGreaterEqual(text["x"], box["x"] + 7)
                    self.assertLessEqual(text["x"] + text["textLength"], box["right"] - 7)
                    self.assertGreaterEqual(text["y"] - 12, box["y"])  # 12: the size of the font
                    self.assertLessEqual(text["y"] + 4, box["bottom"])  # 4: that of a descender
                    if text[""].isascii():
                        self.assertAlmostEqual(text["textLength"], 7.2 * len(text[""]), 3)
                for above, below in zip(box["texts"], box["texts"][1:]):
                    self.assertGreaterEqual(below["y"] - above["y"], 15)
        [box], _ = graph_in(draw_svg(Value(1, label="日本" * 20)))  # as wide as high, both
        self.assertAlmostEqual(box["texts"][0]["textLength"], 40 * 14.4, 3)
        for label, columns in (("\u2202L/\u2202w\u2081 \u2192 \u221ax", 11), ("e\u0301", 1)):
            [box], _ = graph_in(draw_svg(Value(1, label=label)))
            self.assertAlmostEqual(box["texts"][0]["textLength"], columns * 7.2, 3)

    def test_svg_lets_few_edges_cross(self):
        network = MLP(2, [3, 1], rng=random.Random(0))
        for root, most in ((tree(3), 0), (Neuron(6)([1] * 6), 0), (network([1, 2]), 0),
                           (network([Value(1), Value(2)]), 12), (micrograds_expression(), 10)):
            self.assertLessEqual(crossings(graph_in(draw_svg(root))[1]), most)
        for width in (2, 5):  # chains side by side, in any order
            chains = [[Value(i)] for i in range(width)]
            for chain in chains:
                for _ in range(4):
                    chain.append(chain[-1].relu())
            ends = [chain[-1] for chain in chains]
            random.Random(0).shuffle(ends)
            self.assertEqual(crossings(graph_in(draw_svg(sum(ends, ends[0])))[1]), 0)

    def test_svg_tells_leaves_nodes_operations_and_the_output_apart_on_any_page(self):
        a = Value(1, label="a")
        boxes, _ = graph_in(draw_svg((a + 1) * 2))
        fills = {b["rows"]: b["fill"] for b in boxes}
        by_kind = [fills[rows] for rows in (("a", "data 1", "grad 0"), ("data 2", "grad 0"),
                                            ("data 4", "grad 0"), ("+",))]
        self.assertEqual(len(set(by_kind)), 4)
        self.assertEqual(fills["*",], fills["+",])
        for box in boxes:
            for text in box["texts"]:
                self.assertGreater(contrast(text["fill"], box["fill"]), 4.5)  # WCAG 2, level AA
        for path in svg(draw_svg(a + 1))["path"]:
            for page in ("#ffffff", "#0d1117"):
                self.assertGreater(contrast(path["stroke"], page), 2.9)
        [box], _ = graph_in(draw_svg(a))
        self.assertEqual(box["fill"], fills["data 4", "grad 0"])  # the output, though a leaf, too

    def test_a_picture_is_text_that_a_notebook_shows_and_the_same_each_time(self):
        for draw in (draw_svg, draw_dot):
            self.assertEqual(draw(tangle(1)), draw(tangle(1)))
        self.assertTrue(draw_svg(Value(1, label="日本🎉")).isascii())
        picture = draw_svg(tangle(1))
        self.assertIsInstance(picture, str)
        self.assertEqual(picture._repr_svg_(), picture)
        self.assertIs(type(picture._repr_svg_()), str)
        code = ("import micrograd, test_micrograd as t\n"
                "print(micrograd.draw_svg(t.tangle(1)), end='')")
        p = subprocess.run([sys.executable, "-B", "-c", code], cwd=HERE, stdout=subprocess.PIPE,
                           env=dict(os.environ, PYTHONHASHSEED="7"), universal_newlines=True)
        self.assertEqual(p.stdout, picture)

    def test_refuses_more_than_300_values_with_their_number(self):
        for draw in (draw_dot, draw_svg):
            draw(dot([Value(1) for _ in range(299)], [1] * 299))
            with self.assertRaisesRegex(ValueError, "^this graph has 301 Values, and a picture "
                                        "shows at most 300: draw a smaller expression$"):
                draw(dot([Value(1) for _ in range(300)], [1] * 300))
            for wrong in (1.0, None, [Value(1)], "x"):
                with self.assertRaisesRegex(TypeError, "^expected a Value, got "
                                                       + type(wrong).__name__):
                    draw(wrong)

    def test_draws_300_values_in_moments(self):
        values = [Value(i) for i in range(10)]
        rng = random.Random(0)
        while len(values) < 300:
            values.append(values[-1] + rng.choice(values))
        start = time.perf_counter()
        draw_svg(values[-1])
        self.assertLess(time.perf_counter() - start, 10)  # it takes about one second

    def test_svg_has_inputs_from_top_to_bottom_and_leaves_next_to_their_first_user(self):
        leaves = [Value(i, label=f"v{i}") for i in range(9)]
        a, b, c, d, late, *others = leaves
        root = ((a * b - c * d).relu() + late).exp() + dot(others, [1] * 4)
        boxes, edges = graph_in(draw_svg(root))
        boxes = {b["rows"][0]: b for b in boxes}
        tops = [boxes[f"v{i}"]["y"] for i in (0, 1, 2, 3, 5, 6, 7, 8)]
        self.assertEqual(tops, sorted(tops))
        for start, end, curves in edges:
            if start["rows"][0].startswith("v"):
                self.assertLess(end["x"] - start["right"], 150)
                self.assertEqual(len(curves), 2)  # to the column of its user, and to the operation
        labels = re.findall("{(v\\d)", draw_dot(root))
        self.assertEqual(labels, sorted(labels))

    def test_changes_nothing(self):
        root = tangle(2)
        root.backward()
        before = [(v.data, v.grad, v.label) for v in micrograd.topological_order(root)[0]]
        draw_dot(root), draw_svg(root)
        self.assertEqual([(v.data, v.grad, v.label)
                          for v in micrograd.topological_order(root)[0]], before)


def line(weight=(1, 0), bias=0):
    """A model whose score is a linear function of the point."""
    return lambda x: weight[0] * x[0] + weight[1] * x[1] + bias


class DrawingWhatWasLearned(unittest.TestCase):

    X, y = [[-2, -1], [-1, 1], [1, 1], [2, -1], [2, 0]], [0, 0, 1, 1, 0]

    def test_boundary_text_has_the_points_where_they_belong(self):
        text = draw_boundary(line(), self.X, self.y, columns=23)
        lines = text.split("\n")
        self.assertEqual(len(lines), 20 + 4)
        for j in range(20):  # 4.4 by 2.2, in 23 columns and 20 rows: the points and the y axis
            expected = {1: "      o     ....x......", 10: "            .........#.",
                        18: " o          .........x."}.get(j, "            ...........")
            self.assertEqual(lines[j], expected, j)
        self.assertEqual(lines[20:], ["o label 0", "x label 1", "# misclassified",
                                      ". score above 0"])

    def test_boundary_text_follows_the_score_in_both_directions(self):
        corners = [[0, 0], [1, 1]]
        for weight, bias, expected in (((0, 1), -0.5, (1, 1, 0, 0)), ((0, -1), 0.5, (0, 0, 1, 1)),
                                       ((1, 0), -0.5, (0, 1, 0, 1)), ((0, 0), 0, (0, 0, 0, 0)),
                                       ((0, 0), 1, (1, 1, 1, 1)), ((NAN, 0), 0, (0, 0, 0, 0))):
            rows = [row.ljust(30)
                    for row in draw_boundary(line(weight, bias), corners, [0, 1], 30).split("\n")]
            found = [rows[j][i] == "." for j, i in ((0, 0), (0, 29), (19, 0), (19, 29))]
            self.assertEqual(found, [*map(bool, expected)], (weight, bias))

    def test_a_wrong_point_is_seen_among_right_ones(self):
        circles = svg(draw_training(line(), [[1, 0]] * 3, [1, 0, 1], []))["circle"]
        self.assertEqual([c["r"] for c in circles[:4]], [4.5, 4.5, 4.5, 8])
        X = [[1, 0]] * 3 + [[-1, 0]]
        for y in ([1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0]):
            self.assertIn("#", draw_boundary(line(), X, y).split("misclassified")[0][:-2])
            self.assertNotIn("x", draw_boundary(line(), X, y).split("\no")[0])
        self.assertEqual(draw_boundary(line(bias=NAN), self.X, self.y).count("#"), 5 + 1)

    def test_in_color_each_cell_is_two_of_the_same_picture(self):
        codes = {24: " ", 94: ".", 117: "o", 221: "x", 201: "#"}
        for columns in (23, 72):
            *lines, legend = draw_boundary(line(), self.X, self.y, columns, True).split("\n")[:21]
            rows = []
            for text in lines:
                cell = "\x1b\\[38;5;(\\d+);48;5;(\\d+)m\u2580"
                cells = re.findall(cell, text)
                self.assertEqual((len(cells), re.sub(cell, "", text)), (columns, "\x1b[0m"))
                rows += ["".join(codes[int(cell[k])] for cell in cells) for k in (0, 1)]
            self.assertEqual(len(rows), 40)
            marks = {(round(j / 39, 1), round(i / (columns - 1), 1)): c
                     for j, row in enumerate(rows) for i, c in enumerate(row) if c in "ox#"}
            self.assertEqual(marks, {(0.9, 0.0): "o", (0.1, 0.3): "o", (0.1, 0.7): "x",
                                     (0.9, 1.0): "x", (0.5, 1.0): "#"})
            for row in rows:
                self.assertRegex(row, "^[ o#]+[.x#]+$")
                self.assertAlmostEqual(len(re.match("[ o]*", row)[0]) / columns, 0.5, delta=0.03)
            self.assertIn("\x1b[38;5;117m\u2588\x1b[0m label 0", legend)
        for code, text in ((221, "label 1"), (201, "misclassified"), (94, "score above 0")):
            self.assertIn(f"   \x1b[38;5;{code}m\u2588\x1b[0m {text}", legend)

    def test_the_legend_takes_several_lines_where_it_is_wider_than_the_picture(self):
        self.assertEqual(draw_boundary(line(), self.X, self.y).split("\n")[20:],
                         ["o label 0   x label 1   # misclassified   . score above 0"])
        for columns in range(2, 73):
            text = draw_boundary(line(), self.X, self.y, columns)
            self.assertLessEqual(max(map(len, text.split("\n"))), max(columns, 15))
        self.assertEqual([len(draw_boundary(line(), self.X, self.y, n).split("\n"))
                          for n in (56, 57)], [24, 21])

    def test_is_drawn_in_a_moment(self):
        X, y = make_moons(100, noise=0.1, random_state=0)
        model = MLP(2, [16, 16, 1])
        times = []
        for _ in range(2):
            start = time.perf_counter()
            draw_boundary(model, X, y, color=True)
            times.append(time.perf_counter() - start)
        self.assertLess(min(times), 0.3 if CPYTHON else 3)  # it takes 0.1 s

    def drawn(self, model, X, y, history):
        """What draw_training shows: its elements, and for each plot the numbers at a pixel."""
        picture = svg(draw_training(model, X, y, history))
        plots = []
        for rect in picture["rect"][1:]:
            left, top = rect["x"], rect["y"]
            bottom, right = top + rect["height"], left + rect["width"]
            axes = []
            for anchor, key, fits in (
                    ("middle", "x", lambda t: t["y"] == bottom + 18 and left <= t["x"] <= right),
                    ("end", "y", lambda t: t["x"] == left - 8 and top < t["y"] < bottom + 5)):
                ticks = [(t[key] - 4 * (key == "y"), float(t[""])) for t in picture["text"]
                         if t["text-anchor"] == anchor and fits(t)]
                (p0, n0), (p1, n1) = min(ticks), max(ticks)
                slope = (n1 - n0) / (p1 - p0)
                axes.append((ticks, lambda p, p0=p0, n0=n0, slope=slope: n0 + (p - p0) * slope))
            plots.append({"left": left, "right": right, "top": top, "bottom": bottom, "axes": axes,
                          "numbers": lambda x, y, axes=axes: (axes[0][1](x), axes[1][1](y))})
        return picture, plots

    def points(self, path):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+(?:e-\d+)?", path["d"])]
        return [*zip(numbers[::2], numbers[1::2])]

    def test_training_picture_has_the_points_by_class_and_rings_the_wrong_ones(self):
        picture, (plane, _, _) = self.drawn(line(), self.X, self.y, [(1, 0.5)])
        marks = [c for c in picture["circle"] if c["cx"] > 0]  # those of the legend are at 0
        points = [c for c in marks if c["r"] < 5]
        self.assertEqual(len(points), 5)
        for c, x in zip(points, self.X):
            for a, b in zip(plane["numbers"](c["cx"], c["cy"]), x):
                self.assertAlmostEqual(a, b, delta=0.01)
        fills = [c["fill"] for c in points]
        self.assertEqual([fill == fills[0] for fill in fills], [True, True, False, False, True])
        [ring] = [c for c in marks if c["r"] > 5]
        self.assertEqual((ring["cx"], ring["cy"]), (points[4]["cx"], points[4]["cy"]))
        self.assertNotIn("fill", ring)

    def test_training_picture_has_the_border_and_the_margins(self):
        for weight, axis in (((1, 0), 0), ((0, 2), 1), ((0.5, 0.5), None)):
            picture, (plane, _, _) = self.drawn(line(weight), self.X, self.y, [])
            paths = [p for p in picture["path"] if "fill" not in p][:3]
            self.assertGreater(paths[0]["stroke-width"], paths[1]["stroke-width"])
            self.assertEqual(paths[1]["stroke-width"], paths[2]["stroke-width"])
            for path, score in zip(paths, (0, -1, 1)):
                points = [plane["numbers"](plane["left"] + 4 * i, plane["top"] + 4 * j)
                          for i, j in self.points(path)]
                self.assertGreater(len(points), 50)
                for x, y in points:
                    self.assertAlmostEqual(weight[0] * x + weight[1] * y, score, delta=0.01)
                for k, sides in ((0, ("left", "right")), (1, ("bottom", "top"))):
                    if axis == 1 - k:  # the line leads from side to side
                        ends = [plane["axes"][k][1](plane[side]) for side in sides]
                        found = [point[k] for point in points]
                        self.assertAlmostEqual(min(found), ends[0], 3)
                        self.assertAlmostEqual(max(found), ends[1], 3)
        picture, (plane, _, _) = self.drawn(lambda x: float(x[0] > 0), self.X, self.y, [])
        border, *margins = [p for p in picture["path"] if "fill" not in p][:3]
        places = [plane["axes"][0][1](plane["left"] + 4 * i) for i, _ in self.points(border)]
        self.assertTrue(places and all(-0.06 < x <= 0 for x in places))  # before the step
        self.assertEqual([p["d"] for p in margins], ["", ""])

    def test_training_picture_is_shaded_by_score(self):
        picture, (plane, _, _) = self.drawn(line((2, 0)), self.X, self.y, [])
        colors = {}
        for path in picture["path"]:
            if "fill" not in path:
                continue
            for i, j, n, back in re.findall(r"M(\d+) (\d+)h(\d+)v1H(\d+)z", path["d"]):
                i, j, n = int(i), int(j), int(n)
                self.assertEqual(int(back), i)
                for k in range(i, i + n):
                    self.assertNotIn((k, j), colors)
                    colors[k, j] = path["fill"], path["fill-opacity"]
        self.assertEqual({fill for fill, _ in colors.values()}, {"#2563eb", "#ea580c"})
        for (i, j), (fill, opacity) in colors.items():
            score = 2 * plane["numbers"](plane["left"] + 4 * (i + 0.5), 0)[0]
            self.assertEqual(fill, "#ea580c" if score > 0 else "#2563eb")
            self.assertAlmostEqual(opacity, abs(math.tanh(score / 2)) / 2, delta=0.04)
        white = {(i, j) for i in range(105) for j in range(75)} - colors.keys()
        for i, _ in white:
            self.assertLess(abs(plane["numbers"](plane["left"] + 4 * (i + 0.5), 0)[0]), 0.08)
        self.assertLess(len(white), 4 * 75)

    def test_training_picture_has_loss_and_accuracy_over_the_steps(self):
        history = [(3.0, 0.25), (2.0, 0.5), (0.5, 0.875), (0.0, 1.0)]
        picture, (_, loss, accuracy) = self.drawn(line(), self.X, self.y, history)
        curves = [p for p in picture["path"] if p.get("stroke-width") == 2][:2]  # then the legend
        for curve, plot, k, factor in ((curves[0], loss, 0, 1), (curves[1], accuracy, 1, 100)):
            points = [plot["numbers"](*point) for point in self.points(curve)]
            self.assertEqual(len(points), 5)  # the first one twice
            for (x, y), (step, numbers) in zip(points[1:], enumerate(history)):
                self.assertAlmostEqual(x, step, delta=0.01)
                self.assertAlmostEqual(y, factor * numbers[k], delta=0.5)
            for x, y in self.points(curve):
                self.assertTrue(plot["left"] - 0.1 <= x <= plot["right"] + 0.1)
                self.assertTrue(plot["top"] <= y <= plot["bottom"])
        self.assertEqual([n for _, n in accuracy["axes"][1][0]], [0, 20, 40, 60, 80, 100])
        self.assertEqual([n for _, n in loss["axes"][1][0]], [0, 1, 2, 3])
        self.assertEqual([n for _, n in loss["axes"][0][0]], [0, 1, 2, 3, 4])
        _, (_, loss, _) = self.drawn(line(), self.X, self.y, iter([(0.5, 0.0)] * 7))
        self.assertEqual([n for _, n in loss["axes"][0][0]], [0, 1, 2, 3, 4, 5, 6])
        self.assertEqual([n for _, n in loss["axes"][1][0]], [0, 0.1, 0.2, 0.3, 0.4, 0.5])
        for history in ([], [(0.0, 0.0)], [(-INF, NAN)]):
            picture, (_, loss, accuracy) = self.drawn(line(), self.X, self.y, history)
            for plot, highest in ((loss, 1), (accuracy, 100)):
                ticks = plot["axes"][1][0]
                self.assertEqual(max(n for _, n in ticks), highest)
                self.assertLess(min(p for p, _ in ticks) - plot["top"], 10)
                self.assertEqual(max(n for _, n in plot["axes"][0][0]), 4)
            curves = [p for p in picture["path"] if p.get("stroke-width") == 2]
            self.assertEqual(len(curves), 4 if history[:1] == [(0, 0)] else 2)

    def test_training_picture_names_its_axes_and_explains_its_signs(self):
        picture, _ = self.drawn(line(), self.X, self.y, [(1, 0.5)] * 100)
        texts = [t[""] for t in picture["text"]]
        for name in ("x[0]", "x[1]", "accuracy, %", "label 0", "label 1", "misclassified",
                     "score 0", "score \u00b11", "accuracy"):
            self.assertEqual(texts.count(name), 1)
        for name in ("loss", "step"):  # an axis and a legend, two axes
            self.assertEqual(texts.count(name), 2)
        [page] = picture["svg"]
        before = {"start": 0, "middle": 0.5, "end": 1}
        places = [(t["x"] - t["textLength"] * before[t["text-anchor"]], t["y"], t["textLength"])
                  for t in picture["text"]]
        for x, y, length in places:
            self.assertTrue(0 < x < x + length < page["width"] and 10 < y < page["height"])
        for (x, y, length), (x2, y2, length2) in itertools.combinations(places, 2):
            self.assertFalse(abs(y - y2) < 13 and x < x2 + length2 and x2 < x + length)
        samples = [g["transform"] for g in picture["g"][1:]]
        self.assertEqual(len(samples), 7)
        for transform, name in zip(samples, ("label 0", "label 1", "misclassified", "score 0",
                                             "score \u00b11", "loss", "accuracy")):
            [x, y] = [float(n) for n in re.findall(r"[\d.]+", transform)]
            t = [t for t in picture["text"] if t[""] == name][-1]
            self.assertAlmostEqual(t["x"] - x, 14)
            self.assertAlmostEqual(t["y"] - y, 4)

    def test_ticks_are_round_and_neither_few_nor_many(self):
        for scale in (1e-6, 0.3, 1, 6, 7, 12, 49.9, 3e200):
            X = [[0, 0], [scale, -3 * scale]]
            _, plots = self.drawn(line((1 / scale, 0)), X, [0, 1], [(scale, 0)] * 13)
            for plot in plots:
                for ticks, _ in plot["axes"]:
                    self.assertTrue(3 <= len(ticks) <= 7, ticks)
                    numbers = [n for _, n in sorted(ticks, key=lambda tick: tick[1])]
                    gap = numbers[1] - numbers[0]
                    self.assertIn(f"{gap:.0e}"[0], "125")
                    for n in numbers:
                        self.assertAlmostEqual(n / gap, round(n / gap), 3)

    def test_training_picture_leaves_out_what_is_no_number(self):
        for weight, X, history in (
                (INF, [[0, 0], [0, 0]], []),
                (NAN, [[1e300, 1], [1e300, -1e300]], [(NAN, NAN)] * 2),
                (-INF, [[5e-324, 0], [0, 1e-320]], [(INF, 0.5), (1e308, 1), (-3, 0)]),
                (1e308, [[1, -1e300], [-3, 1e300]], [(-INF, INF)])):
            text = draw_training(line((weight, 1)), X, [0, 1], history)
            xml.etree.ElementTree.fromstring(text)
            self.assertNotRegex(text, r"\b(nan|inf)\b")
        picture, (_, loss, _) = self.drawn(line(), self.X, self.y, [(2, 2), (INF, -1), (-2, 1.5)])
        [curve, *legend] = [p for p in picture["path"] if p.get("stroke-width") == 2]
        self.assertEqual(len(legend), 2)  # and no curve of shares that are not from 0 to 1
        points = [loss["numbers"](*point) for point in self.points(curve)]
        for (x, y), expected in zip(points, ((0, 2), (0, 2), (2, -2))):
            self.assertAlmostEqual(x, expected[0], delta=0.01)
            self.assertAlmostEqual(y, expected[1], delta=0.01)

    def test_training_picture_is_white_where_the_score_is_nan(self):
        def model(x):
            return NAN if x[0] < -0.5 else x[1]
        picture, (plane, _, _) = self.drawn(model, self.X, self.y, [])
        limit = (-0.5 - plane["axes"][0][1](plane["left"])) / (4 * (
            plane["axes"][0][1](1) - plane["axes"][0][1](0)))  # in the grid
        lines = [p for p in picture["path"] if "fill" not in p][:3]
        for path in lines:
            points = self.points(path)
            self.assertGreater(len(points), 50)
            self.assertGreater(min(i for i, _ in points), limit)
        strips = [int(i) for path in picture["path"] if "fill" in path
                  for i in re.findall(r"M(\d+) ", path["d"])]
        self.assertEqual(min(strips), math.ceil(limit))

    def test_training_picture_has_an_axis_for_numbers_of_any_size(self):
        for low, high in ((1.7e9, 1.7e9 + 1000), (-3e-7, 2e-7), (-2e6, 0), (1e6 - 2, 1e6 + 2)):
            X = [[low, high], [high, low]]
            picture, (plane, _, _) = self.drawn(line(), X, [0, 1], [])
            marks = [c for c in picture["circle"] if c["cx"] > 0 and c["r"] < 5]
            self.assertGreater(abs(marks[0]["cx"] - marks[1]["cx"]), 350)
            for ticks, _ in plane["axes"]:
                self.assertEqual(len({n for _, n in ticks}), len(ticks))
            for t in picture["text"]:
                if t["text-anchor"] == "end":
                    self.assertGreater(t["x"] - t["textLength"], 0)
        for x in (5.0, -2.0, 0.0):  # a single one gets a range around it
            _, (plane, _, _) = self.drawn(line(), [[x, x]], [0], [])
            a, b = (plane["axes"][0][1](plane[side]) for side in ("left", "right"))
            self.assertAlmostEqual((a + b) / 2, x, 6)
            self.assertAlmostEqual(b - a, 2 * max(abs(x), 1e-9), 6)

    def test_training_picture_shows_itself_and_is_the_same_each_time(self):
        X, y = make_moons(10, random_state=0)
        model = MLP(2, [2, 1])
        history = train(model, X, y, steps=3)
        one = draw_training(model, X, y, history)
        self.assertEqual(draw_training(model, iter(X), iter(y), history), one)
        self.assertEqual(one._repr_svg_(), one)
        self.assertTrue(one.isascii())

    def test_refuses_points_that_it_cannot_place(self):
        for draw in (draw_boundary, lambda *args: draw_training(*args, [])):
            draw(line(), [[0, 0], [1e300, -1e300]], [0, 1])
            for wrong in ([1], [1, 2, 3], [NAN, 1], [1, INF], [1, -1.1e300], [1.1e300, 0], []):
                with self.assertRaises(ValueError) as caught:
                    draw(line(), [[0, 0], wrong], [0, 1])
                self.assertEqual(str(caught.exception), "a point to draw must be two numbers of "
                                 f"at most 1e300, got {tuple(map(float, wrong))}")
            for wrong in ("ab", ["a", 1], [Value(1), 2], [None, 1]):
                with self.assertRaisesRegex(TypeError, "expected a real number, got "):
                    draw(line(), [[0, 0], wrong], [0, 1])
            for X, y, message in (([], [], "at least one point"), ([[0, 0]], [], "got 1 points"),
                                  ([[0, 0]], [2], "labels must be 0 or 1, got 2")):
                with self.assertRaisesRegex(ValueError, message):
                    draw(line(), X, y)
            with self.assertRaisesRegex(TypeError, "expected a real number, got list"):
                draw(MLP(2, [2]), [[0, 0]], [0])
        for wrong in (1, 0, -5):
            with self.assertRaisesRegex(ValueError, f"^columns must be at least 2, got {wrong}$"):
                draw_boundary(line(), self.X, self.y, wrong)


class Readme(unittest.TestCase):
    """Runs what README.md shows: a block of Python, or of console, and the output below it."""

    text = (HERE / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)

    def setUp(self):
        """What is written, is written into a folder that vanishes."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def test_python_blocks_print_what_is_shown_below_them(self):
        names = {}
        checked = 0
        for (kind, code), (below, shown) in zip(self.blocks, [*self.blocks[1:], ("", "")]):
            if kind == "python":
                if "import torch\n" in code and not importlib.util.find_spec("torch"):
                    continue
                out = io.StringIO()
                with contextlib.redirect_stdout(out):
                    exec(compile(code, "README.md", "exec"), names)
                self.assertEqual(out.getvalue(), shown if below == "text" else "")
                checked += 1
        self.assertGreaterEqual(checked, 3)
        self.assertEqual(os.listdir(), ["graph.svg"])
        self.assertEqual(*(pathlib.Path(p).read_bytes()
                           for p in ("graph.svg", HERE / ".github" / "graph.svg")))

    def test_commands_print_what_is_shown_below_them(self):
        commands = {}
        for kind, block in self.blocks:
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                if kind == "console":
                    commands[command] = shown
        self.assertEqual(long_run("micrograd.py").stdout, commands["python micrograd.py"])
        count = unittest.defaultTestLoader.loadTestsFromName("test_micrograd").countTestCases()
        self.assertRegex(commands["python -m unittest"],
                         rf"\nRan {count} tests in \d+\.\d+s\n\nOK\n$")

    def test_the_picture_of_the_training_is_what_the_command_draws(self):
        self.assertIn("`python micrograd.py --svg training.svg`", self.text)
        self.assertEqual(long_run("micrograd.py --svg").stdout,
                         long_run("micrograd.py").stdout.replace(
                             "\naccuracy on the", "\nsaved in training.svg\naccuracy on the"))
        drawn = pathlib.Path(STARTED["folder"], "training.svg").read_bytes()
        self.assertEqual(drawn, (HERE / ".github" / "training.svg").read_bytes())

    def test_shows_pictures_that_are_there(self):
        pictures = re.findall(r"!\[[^\]]+\]\(([^)]*)\)", self.text)
        self.assertEqual(pictures, [".github/training.svg", ".github/graph.svg"])


if __name__ == "__main__":
    unittest.main()
