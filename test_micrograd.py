"""What micrograd.py promises, in the file's order.

    python -m unittest -k backward_twice    checks one promise
"""

import collections, contextlib, copy, gc, importlib.util, io, itertools, json, math, operator, os
import pathlib, random, re, shlex, signal, statistics, subprocess, sys, tempfile, unittest
import xml.etree.ElementTree
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from unittest import mock

import micrograd
from micrograd import *
from micrograd import binary_cross_entropy_with_logits as bce

INF, NAN, EXP, LOG = math.inf, math.nan, math.exp, math.log
LOG2 = LOG(2)

def gradients(f, *data):
    """The value of f at data, then its derivative with respect to each input."""
    inputs = [Value(x) for x in data]
    out = f(*inputs)
    out.backward()
    return (out.data, *(v.grad for v in inputs))

def taken(parameters):
    """Their grads, which are reset."""
    grads = [p.grad for p in parameters]
    for p in parameters:
        p.grad = 0.0
    return grads

def sin(x):
    """An operation of one's own."""
    return Value(call(math.sin, x.data), (x,), "sin", (call(math.cos, x.data),))

# Every operation: its name, itself, points, its value and partials by the textbook. The last
# column is the relative error allowed: 0 where all is a short binary fraction or the same function
# of math, else some roundings (of 1, in 1 - y * y, which is small in the tail of tanh).

PAIRS = [(3.0, 4.0), (-6.0, 0.5), (5.0, -2.0), (0.0, 1.0)]
NUMBERS = [(-3.0,), (-0.5,), (0.0,), (0.25,), (2.0,)]
OPERATIONS = [
    ("+", operator.add, PAIRS, lambda a, b: (a + b, 1, 1), 0),
    ("-", operator.sub, PAIRS, lambda a, b: (a - b, 1, -1), 0),
    ("*", operator.mul, PAIRS, lambda a, b: (a * b, b, a), 0),
    ("/", operator.truediv, PAIRS, lambda a, b: (a / b, 1 / b, -a / b ** 2), 0),
    ("neg", operator.neg, NUMBERS, lambda a: (-a, -1), 0),
    ("**3", lambda a: a ** 3, NUMBERS, lambda a: (a * a * a, 3 * a * a), 0),
    ("**0", lambda a: a ** 0, NUMBERS, lambda a: (1, 0), 0),
    ("**-1", lambda a: a ** -1, [(4.0,), (-0.5,)], lambda a: (1 / a, -1 / a ** 2), 0),
    ("**1.5", lambda a: a ** 1.5, [(0.0,), (4.0,)], lambda a: (a * a ** .5, 1.5 * a ** .5), 0),
    ("relu", Value.relu, NUMBERS, lambda a: (max(a, 0), a > 0), 0),
    ("exp", Value.exp, NUMBERS, lambda a: (EXP(a), EXP(a)), 0),
    ("log", Value.log, [(0.5,), (4.0,)], lambda a: (LOG(a), 1 / a), 0),
    ("tanh", Value.tanh, NUMBERS, lambda a: (math.tanh(a), math.cosh(a) ** -2), 1e-13),
    ("sigmoid", Value.sigmoid, NUMBERS,
     lambda a: (1 / (1 + EXP(-a)), 1 / (2 + 2 * math.cosh(a))), 1e-15),
    ("softplus", softplus, NUMBERS,
     lambda a: (math.log1p(EXP(a)), 1 / (1 + EXP(-a))), 1e-15),
    ("exp", operator.pow, [(2.0, 3.0), (0.5, -2.0), (3.0, 0.0)],
     lambda a, b: (a ** b, b * a ** (b - 1), a ** b * LOG(a)), 1e-15),
    ("dot", lambda a, b: dot([a, b, 3], [b, b, 2], a), PAIRS,
     lambda a, b: (a * b + b * b + 6 + a, b + 1, a + 2 * b), 0),
    ("neg", lambda a, b: cross_entropy([a, b, 0], [0.2, 0.5, 0.3]), [(1.0, -0.5), (0.2, 3.0)],
     lambda a, b: (LOG(EXP(a) + EXP(b) + 1) - 0.2 * a - 0.5 * b, EXP(a) / (
         EXP(a) + EXP(b) + 1) - 0.2, EXP(b) / (EXP(a) + EXP(b) + 1) - 0.5), 1e-14),
    ("sin", sin, NUMBERS, lambda a: (math.sin(a), math.cos(a)), 0)]
BINARY = {name: f for name, f, *_ in OPERATIONS[:4]}

# Random graphs: a recipe is a list of (operation, places of three operands). Those on integers are
# exact: no number on the way exceeds 2 ** 50, as a bound of all values and derivatives tells.

EXACT = [  # on Values; value and partials of integers; the bound of the result by the operands'
    (lambda a, b, c: a + b, lambda a, b, c: (a + b, (1, 1)), lambda a, b, c: a + b),
    (lambda a, b, c: a - b, lambda a, b, c: (a - b, (1, -1)), lambda a, b, c: a + b),
    (lambda a, b, c: a * b, lambda a, b, c: (a * b, (b, a)), lambda a, b, c: 2 * a * b),
    (lambda a, b, c: -a, lambda a, b, c: (-a, (-1,)), lambda a, b, c: a),
    (lambda a, b, c: a.relu(), lambda a, b, c: (max(a, 0), (int(a > 0),)), lambda a, b, c: a),
    (lambda a, b, c: a ** 2, lambda a, b, c: (a * a, (2 * a,)), lambda a, b, c: 2 * a * a),
    (lambda a, b, c: a ** 3, lambda a, b, c: (a ** 3, (3 * a * a,)), lambda a, b, c: 3 * a ** 3),
    (lambda a, b, c: dot([a, b, 3], [c, b, a], c), lambda a, b, c: (
        a * c + b * b + 3 * a + c, (c + 3, 2 * b, a + 1)), lambda a, b, c: 9 * (a + b) * (b + c))]
SMOOTH = [[f] for f in (  # on Values only: nothing overflows, for no step makes much of a number
    lambda a, b, c: a.tanh() * b - c, lambda a, b, c: a / (b * b + 1), lambda a, b, c: (-a).relu(),
    lambda a, b, c: (2 + a * a).log() - 0.7, lambda a, b, c: b - c.sigmoid() * 3,
    lambda a, b, c: softplus(a) * -0.3, lambda a, b, c: (-a * a).exp(), lambda a, b, c: sin(a) + 2,
    lambda a, b, c: (b.sigmoid() + 0.5) ** a.tanh(), lambda a, b, c: 10 / (a * a + 9) ** 1.5,
    lambda a, b, c: dot([a, b, 0.2], [c, a, b], c) / (a * a + b * b + c * c + 1))]

def recipe(rng, table, leaves):
    steps, bounds = [], [4] * leaves
    for _ in range(rng.randrange(3, 40)):
        operation, places = rng.choice(table), [rng.randrange(len(bounds)) for _ in "abc"]
        bound = 4 if table is SMOOTH else operation[2](*[bounds[i] for i in places])
        if bound < 2 ** 46:
            steps.append((operation, places))
            bounds.append(bound)
    return [*steps, (table[0], [-1, -2, -3])]

def build(steps, leaves):
    """The graph of a recipe, on Values."""
    nodes = list(leaves)
    for operation, places in steps:
        nodes.append(operation[0](*[nodes[i] for i in places]))
    return nodes[-1]

def exact(steps, leaves):
    """The same in integers and forwards: each number goes with its derivative for each leaf."""
    nodes = [(x, [int(i == k) for k in range(len(leaves))]) for i, x in enumerate(leaves)]
    for operation, places in steps:
        data, slopes = zip(*[nodes[i] for i in places])
        value, partials = operation[1](*data)
        nodes.append((value, [sum(map(operator.mul, partials, d)) for d in zip(*slopes)]))
    return (nodes[-1][0], *nodes[-1][1])

def expression(rng, depth, x, y):
    """Random nested arithmetic of x and y."""
    if not depth:
        return rng.choice([x, y, 0.0, 1.0, -1.0, 2.0, -2.5])
    a, b, c = [expression(rng, depth - 1, x, y) for _ in "abc"]
    return rng.choice([
        lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / b, lambda: -a, lambda: a ** 2.0,
        lambda: (-2.0) ** 3.0 * a, lambda: 2.0 ** a, lambda: (a >= b) * c,
        lambda: where(a < b, c, y), lambda: 1.0 - (a != 2.0), lambda: call(abs, a),
        lambda: where((x > a) == (y <= b), 1.0, c), lambda: call(max, a, b, 0.5)])()

# NumPy's scalars, as far as they differ from Python's
class NumPyTrue:  # no number to Python, but float() takes it
    __float__ = lambda self: 1.0

class NumPyUInt8(int):  # wraps around
    __add__ = lambda self, other: NumPyUInt8((int(self) + other) % 256)

class NumPyFloat64(float):  # its arithmetic gives its own kind
    pass

for _name in "add sub mul truediv pow radd rsub rmul rtruediv rpow".split():
    def _method(self, other, name=f"__{_name}__"):
        result = getattr(float, name)(self, other)
        return result if result is NotImplemented else NumPyFloat64(result)
    setattr(NumPyFloat64, f"__{_name}__", _method)

class Pound:  # no number, but it knows how to stand on the right of one, as NumPy's arrays do
    __float__ = __len__ = lambda self: 1
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = lambda self, other: "pound"

# Every mistake: the call, its exception and the message, None where that is Python's.

ONE, ZERO, MINUS = Value(1.0), Value(0.0), Value(-8.0)
REAL = "expected a real number, got "
LENGTHS = "expected as many targets as outputs, and at least one, got {} targets and {} outputs"
WEIGHTS = "expected as many inputs as weights, 2, got "
NONLIN = "nonlin must be 'relu', 'tanh', 'sigmoid' or None, got "
ONCE = ("trace() runs f once for all numbers: f cannot branch on one, or hand it to math.sin: "
        "use relu() or, for numbers, where() and call(math.sin, x)")
NOTHING = "f must return a Value, or a list with one first, got "
ERRORS = [
    (lambda: Value("3"), TypeError, REAL + "str"), (lambda: Value(1j), TypeError, None),
    (lambda: Value(type("Array", (list,), {"__float__": len})([1])), TypeError, REAL + "Array"),
    (lambda: Value(10 ** 400), OverflowError, None),
    (lambda: Value(1.0, label=3), TypeError, "a label must be a string, got int"),
    (lambda: Value(6.0, (ONE, ONE)), ValueError,  # children, as micrograd has them
     "got 2 inputs, but 0 partials"),
    (lambda: setattr(ONE, "_backward", lambda: None), AttributeError, None),  # and its closures
    (lambda: Value(6.0, (ONE, ONE), "*", (1.0,)), ValueError, "got 2 inputs, but 1 partials"),
    (lambda: setattr(ONE, "gard", 0.0), AttributeError, None),
    (lambda: math.exp(ONE), TypeError, None), (lambda: ZERO ** -1, ZeroDivisionError, None),
    (lambda: MINUS ** 0.5, ValueError, "pow(-8.0, 0.5): math domain error"),
    (lambda: ZERO ** 0.5, ValueError, "pow(0.0, -0.5): math domain error"),
    (lambda: MINUS ** ONE, ValueError, None),
    (lambda: dot([ONE, ONE], [3]), ValueError, WEIGHTS + "1"),
    (lambda: dot([ONE], [ONE], [0]), TypeError, REAL + "list"),
    (lambda: MLP(2, [2, 1])([1, 2, 3]), ValueError, WEIGHTS + "3"),
    (lambda: Neuron(2, "ReLU"), ValueError, NONLIN + "'ReLU'"),
    (lambda: hinge_loss([ONE], [0]), ValueError, "labels must be -1 or 1, got 0"),
    (lambda: bce([ONE], [NAN]), ValueError, "labels must be 0 or 1, got nan"),
    (lambda: mse_loss([ONE], ["1"]), TypeError, REAL + "str"),
    (lambda: mse_loss([], []), ValueError, LENGTHS.format(0, 0)),
    (lambda: hinge_loss([ONE], []), ValueError, LENGTHS.format(0, 1)),
    (lambda: bce([ONE], [1, 1]), ValueError, LENGTHS.format(2, 1)),
    (lambda: cross_entropy([ONE], 0), ValueError, "expected at least two logits, got 1"),
    (lambda: cross_entropy([ONE, 0], 2), ValueError, "target must be from 0 to 1, got 2"),
    (lambda: cross_entropy([ONE, 0], -1), ValueError, "target must be from 0 to 1, got -1"),
    (lambda: cross_entropy([ONE, 0], [0.5]), ValueError, None),
    (lambda: Adam([ONE], betas=(0.9, None)).step(), TypeError, None),
    (lambda: trace(lambda: 3.0, []), TypeError, NOTHING + "3.0"),
    (lambda: trace(lambda: [], []), TypeError, NOTHING + "[]"),
    (lambda: trace(lambda: ONE if ONE.data > 0 else ZERO, [ONE]), TypeError, ONCE),
    (lambda: trace(lambda x: ONE if x == 1.0 else ZERO, [], [1]), TypeError, ONCE),
    (lambda: trace(lambda: max([ONE, ZERO]), [ONE]), TypeError, ONCE),
    (lambda: trace(lambda x: ONE * math.sin(x), [], [1]), TypeError, ONCE),
    (lambda: trace(lambda x: ONE * int(x), [], [1]), TypeError, ONCE),
    (lambda: trace(lambda x: ONE * x, [ONE], ["1"]), TypeError, REAL + "str"),
    (lambda: trace(lambda x: ONE * x, [ONE], [1])(), TypeError, None),
    (lambda: trace(lambda x: ONE * x, [ONE], [1])(ONE), TypeError, REAL + "Value")]

class TestErrors(unittest.TestCase):
    def test_every_mistake_gets_an_error_that_says_what_is_wrong_and_changes_nothing(self):
        for i, (function, error, message) in enumerate(ERRORS):
            with self.subTest(i=i, error=error.__name__, message=message):
                with self.assertRaises(error) as caught:
                    function()
                self.assertIn(message, (None, str(caught.exception)))
                self.assertEqual([(v.data, v.grad) for v in (ONE, ZERO, MINUS)],
                                 [(1.0, 0.0), (0.0, 0.0), (-8.0, 0.0)])
    def test_a_function_that_fails_is_named_with_what_it_got(self):
        self.assertRaisesRegex(ValueError, r"^log\(0.0,?\): ", ZERO.log)
        self.assertRaisesRegex(OverflowError, r"^exp\(1000.0,?\): ", Value(1000).exp)
        self.assertRaisesRegex(
            TypeError, r"^call\(\) takes functions of math and abs, min, max, got <function sin",
            trace, lambda: Value(call(sin, ONE.data)), [ONE])

class TestValue(unittest.TestCase):
    def test_a_star_import_brings_what_is_public_and_nothing_else(self):
        names = {"__builtins__": {"__import__": __import__}}
        exec("from micrograd import *", names)
        self.assertEqual(len(names), 1 + len(micrograd.__all__))
    def test_carries_its_number_as_a_float_and_starts_without_gradient(self):
        v = Value(3, label="width")
        self.assertEqual((v.data, type(v.data), v.grad, v.label, v._prev, v._op, v._partials),
                         (3.0, float, 0.0, "width", (), "", ()))
        a = Value(6.0, (v,), "double", (2.0,))  # in the order of micrograd, then the partials
        self.assertEqual((a._prev, a._op, a._partials, a.label), ((v,), "double", (2.0,), ""))
        self.assertEqual(repr(a), "Value(data=6.0, grad=0.0)")
    def test_takes_every_real_number_and_numpys_too(self):
        for x in (2, 2.0, True, Fraction(1, 2), Decimal("0.5"), 10 ** 30, -INF, NumPyFloat64(0.1),
                  NumPyTrue(), NumPyUInt8(255)):
            for v in (Value(x), Value(0.0) + x, x * Value(1.0), dot([x], [1])):
                self.assertEqual((v.data, type(v.data)), (float(x), float))
        for n in (2, True, Fraction(1, 2), NumPyFloat64(2.0), NumPyTrue()):
            v = Value(4.0) ** n
            self.assertEqual((v.data, type(v.data)), (4.0 ** float(n), float))
    def test_a_number_in_an_expression_becomes_a_leaf_named_constant(self):
        a, b = Value(2.0), Value(3.0)
        for name, f in BINARY.items():
            self.assertEqual((f(a, b)._prev, f(a, a)._prev), ((a, b), (a, a)))
            for v, i, data in ((f(a, 4), 1, f(2, 4)), (f(4, a), int(name in "+*"), f(4, 2))):
                leaf, other = v._prev[i], v._prev[1 - i]  # 4 + a is a + 4, as in micrograd
                self.assertEqual((v._op, v.data, other, leaf.data, leaf._op, leaf._prev),
                                 (name, data, a, 4.0, "constant", ()))
        self.assertEqual(((3 ** a).data, (a ** 2)._prev), ((b ** a).data, (a,)))
        v = dot([a, 5], iter([b, a]), 1)
        self.assertEqual(v._prev[::2], (a, b, v._prev[4]))
        self.assertEqual([u._op for u in v._prev], ["", "constant", "", "", "constant"])
    def test_compares_by_data_but_equals_only_itself(self):
        for f in (operator.lt, operator.le, operator.gt, operator.ge):
            for x, y in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0)):
                for result in (f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))):
                    self.assertIs(result, f(x, y))
        a, b = Value(1.0), Value(2.0)
        self.assertEqual((max([a, b]), sorted([b, a])), (b, [a, b]))
        self.assertEqual((a == Value(1.0), a == 1.0, len({a, a, Value(1.0)})), (False, False, 2))
    def test_leaves_what_is_no_number_to_the_other_operand(self):
        for f in [*BINARY.values(), operator.pow]:
            self.assertEqual(f(Value(1), Pound()), "pound")
            for wrong in ("3", None, [1]):
                self.assertRaises(TypeError, f, Value(1), wrong)
                self.assertRaises(TypeError, f, wrong, Value(1))
    def test_a_subclass_takes_attributes_of_ones_own(self):
        a = type("Named", (Value,), {})(3.0)
        a.note = "mine"
        self.assertEqual((a.note, (a * a).data), ("mine", 9.0))
    def test_every_operation_has_its_name_its_value_and_its_partials(self):
        for name, f, points, rule, error in OPERATIONS:
            for point in points:
                self.assertEqual(f(*map(Value, point))._op, name)
                if point != (0.0,):  # where relu bends, and **1.5 ends
                    self.assertIs(gradcheck(f, point), True)
                for x, y in zip(gradients(f, *point), rule(*point)):
                    self.assertIs(type(x), float)
                    self.assertLessEqual(abs(x - y), error * abs(y), (name, point))
    def test_far_out_nothing_overflows_and_no_tail_is_lost(self):
        for x in (40.0, 700.0):  # 1 + e is 1 there: e is all that remains, to the last bit
            e = math.exp(-x)
            for f, right, left in ((Value.sigmoid, (1, e), (e, e)), (softplus, (x, 1), (e, e))):
                self.assertEqual((gradients(f, x), gradients(f, -x)), (right, left))
        for f, y in ((Value.sigmoid, 0), (softplus, 0), (Value.tanh, -1), (Value.relu, 0)):
            self.assertEqual((gradients(f, -1e4), gradients(f, -INF)), ((y, 0), (y, 0)))
            self.assertTrue(math.isnan(f(Value(NAN)).data))
    def test_dot_where_and_call_compute_at_once_outside_of_trace(self):
        self.assertEqual((where(True, 1, 2), where(0, 1, 2), call(max, 1, 3, 2)), (1, 2, 3))
        self.assertEqual((dot([], [], 3).data, dot(Value(2), Value(3)).data), (3, 6))

class TestBackward(unittest.TestCase):
    def test_random_graphs_of_integers_have_exactly_the_derivatives_of_the_rules(self):
        rng = random.Random(1)
        for _ in range(150):
            steps, leaves = recipe(rng, EXACT, 4), [rng.randint(-3, 3) for _ in range(4)]
            self.assertEqual(gradients(lambda *v: build(steps, v), *leaves), exact(steps, leaves))
    def test_applies_the_rule_of_a_node_once_with_the_partials_from_when_it_was_computed(self):
        a = Value(3)
        out = a * 5
        a.data, out.data, out.grad = 100.0, 100.0, 2.0
        out._backward()
        out._backward()
        a._backward()  # a leaf has nothing to pass on
        self.assertEqual((a.grad, out.grad), (20, 2))
    def test_backward_twice_adds_to_leaves(self):
        a = Value(3)
        out = a * 2
        out.backward()
        out.backward()
        (a * 5).backward()
        self.assertEqual(a.grad, 9)
        for reset in (0.0, None):  # None is a habit from PyTorch
            a.grad = reset
            (a * 5).backward()
            a.backward()
            self.assertEqual(a.grad, 6)
    def test_backward_twice_replaces_the_grad_of_nodes(self):
        a = Value(3)
        b = a * 2
        c = b * 7
        (b * 5).backward()
        c.backward()
        c.backward()
        self.assertEqual((c.grad, b.grad, a.grad), (1, 7, 38))
        (b * 0).backward()
        self.assertEqual((c.grad, b.grad, a.grad), (1, 0, 38))  # c is not in this graph
    def test_a_gradient_of_0_passes_nothing_on_even_through_an_infinite_partial(self):
        self.assertEqual(gradients(lambda x: Value(0.0, (x,), "steep", (INF,)) * 0, 1), (0, 0))
    def test_sorts_depth_first_each_node_once_and_after_its_inputs(self):
        a, b = Value(1), Value(2)
        c = a * b
        d = b + c
        e = d * c
        self.assertEqual((topological_order(e), topological_order(a)), ([b, a, c, d, e], [a]))
    def test_works_50_000_nodes_deep_and_where_paths_are_countless(self):
        def grown(v, times, step):
            for _ in range(times):
                v = v + (step or v)
            return v
        self.assertEqual(gradients(lambda v: grown(v, 50_000, 1), 1), (50_001, 1))
        self.assertEqual(gradients(lambda v: grown(v, 60, None), 1), (2 ** 60, 2 ** 60))

class TestGradcheck(unittest.TestCase):
    def test_names_the_first_input_whose_gradient_is_wrong_with_both_numbers(self):
        def wrong(x):
            return Value(x.data ** 2, (x,), "wrong", (x.data,))
        with self.assertRaises(RuntimeError) as caught:  # b ** 4 with a step of 0.5
            gradcheck(lambda a, b: a + wrong(b) * wrong(b), [2.0, 1.0], eps=0.5)
        self.assertEqual(str(caught.exception), "gradient for input 1 (1.0): backward() found "
                         "2.0, central differences 5.0")
        for f in (lambda a: Value(a.data), lambda a: a * NAN):
            self.assertRaises(RuntimeError, gradcheck, f, [2.0])
    def test_takes_tolerances_and_a_step(self):
        for f, at, fits, arguments in (  # with a step of 1, x ** 3 has 13 at 2 for 12
                (lambda x: x ** 3, 2, True, dict(eps=1, atol=1, rtol=0)),
                (lambda x: x ** 3, 2, True, dict(eps=1, atol=0.48, rtol=0.04)),
                (lambda x: x ** 3, 2, False, dict(eps=1, atol=0.99, rtol=0)),
                (lambda x: Value(x.data, (x,), "", (1.0011,)), 1, False, {}),
                (lambda x: Value(0.0, (x,), "", (2e-5,)), 1, False, {}),
                (lambda x: Value(abs(x.data), (x,), "", (1.0,)), 2e-6, True, {})):
            if fits:
                self.assertTrue(gradcheck(f, [at], **arguments))
            else:
                self.assertRaises(RuntimeError, gradcheck, f, [at], **arguments)
    def test_leaves_data_and_grad_of_everything_as_they_were(self):
        a, w = Value(2), Value(4)
        inner = a * 2
        inner.backward()
        w.grad = 0.25
        before = [(v.data, v.grad) for v in (a, w, inner)]
        gradcheck(lambda i: i * w * i, [inner])
        self.assertRaises(ZeroDivisionError, gradcheck, lambda a: w / (a.data - 2.5), [a], eps=0.5)
        self.assertRaises(RuntimeError, gradcheck, lambda a: Value(a.data) * w, [a])
        self.assertEqual([(v.data, v.grad) for v in (a, w, inner)], before)

class TestNetwork(unittest.TestCase):
    def test_a_neuron_is_a_dot_and_its_activation_with_its_inputs(self):
        x = [Value(0.5), Value(-2.0)]
        for nonlin, name in ((True, "relu"), ("relu", "relu"), ("tanh", "tanh"), (None, None),
                             ("sigmoid", "sigmoid"), (False, None)):
            for neuron in (Neuron(2, nonlin), Layer(2, 1, nonlin).neurons[0],
                           MLP(2, [1, 1], nonlin).layers[0].neurons[0]):
                out, z = neuron(x), dot(neuron.w, x, neuron.b)
                self.assertEqual(out.data, getattr(z, name)().data if name else z.data)
                inner = out._prev[0] if name else out
                self.assertEqual((out._op, inner._op), (name or "dot", "dot"))
                self.assertEqual(inner._prev, z._prev)
    def test_shows_itself_as_micrograd_does(self):
        self.assertEqual(repr(MLP(2, [2, 1])), "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], "
                                               "Layer of [LinearNeuron(2)]]")
        self.assertEqual(repr([Neuron(3), Layer(1, 1, "tanh"), Layer(2, 1)]),
                         "[ReLUNeuron(3), Layer of [TanhNeuron(1)], Layer of [ReLUNeuron(2)]]")
    def test_computes_layer_by_layer_the_last_one_linear(self):
        model = MLP(2, [2, 1])
        model.load_state_dict({"layers.0.weight": [[1, -1], [2, 3]], "layers.0.bias": [0.5, -8],
                               "layers.1.weight": [[3, -1]], "layers.1.bias": [-4]})
        self.assertEqual([z.data for z in model.layers[0](iter([3, 1]))], [2.5, 1])
        self.assertEqual((model([3, 1]).data, model([Value(-4), 1]).data), (2.5, -4))
        one, two = model.layers[0]([7, 8])
        self.assertIs(one._prev[0]._prev[2], two._prev[0]._prev[2])  # one leaf of 7 for both
    def test_draws_uniform_weights_in_order_and_starts_biases_at_0(self):
        random.seed(1337)
        first, state, rng = MLP(2, [3, 1]), random.getstate(), random.Random(1337)
        second = MLP(2, [3, 1], rng=random.Random(1337))
        self.assertEqual(random.getstate(), state)  # another generator leaves the global one alone
        drawn = [rng.uniform(-1, 1) for _ in range(9)]
        for model in (first, second):
            self.assertEqual([p.data for p in model.parameters()],
                             [*drawn[:6], 0, 0, 0, *drawn[6:], 0])
    def test_state_has_pytorchs_names_and_shapes_and_comes_back_through_json(self):
        model, other = MLP(1, [2, 1]), MLP(1, [2, 1])
        for i, p in enumerate(model.parameters()):
            p.data, p.grad = i / 7, 1.0
        state, before = model.state_dict(), other.parameters()
        self.assertEqual(list(state.items()), [
            ("layers.0.weight", [[0 / 7], [1 / 7]]), ("layers.0.bias", [2 / 7, 3 / 7]),
            ("layers.1.weight", [[4 / 7, 5 / 7]]), ("layers.1.bias", [6 / 7])])
        self.assertEqual(model.layers[1].neurons[0].state_dict(),
                         {"weight": [4 / 7, 5 / 7], "bias": 6 / 7})
        other.load_state_dict(json.loads(json.dumps(state)))
        self.assertEqual((other.state_dict(), other.parameters()), (state, before))
        model.zero_grad()
        self.assertEqual(taken(model.parameters()), 7 * [0.0])
        self.assertRaisesRegex(NotImplementedError, "define named_par", Module().state_dict)
    def test_a_module_of_ones_own_names_its_parameters(self):
        class Line(Module):
            slope, offset = Value(1), Value(2)

            def named_parameters(self):
                yield from (("slope", self.slope), ("offset", [self.offset]))

        line = Line()
        line.load_state_dict({"slope": NumPyFloat64(3), "offset": (1.7976931348623157e308,)})
        self.assertEqual(line.parameters(), [line.slope, line.offset])
        self.assertEqual([(p.data, type(p.data)) for p in line.parameters()],
                         [(3.0, float), (1.7976931348623157e308, float)])
    def test_a_state_that_does_not_fit_changes_nothing_and_says_where(self):
        layer = Layer(2, 1)
        good, finite = layer.state_dict(), "expected a finite number, got "
        for wrong, message in (
                ({"weight": [[1, 2]], "bias": None}, "bias: expected a list of 1, got None"),
                ({"weight": [[1, 2]], "bias": [1, 2]}, "bias: expected a list of 1, got [1, 2]"),
                ({"weight": [[1]], "bias": [1]}, "weight[0]: expected a list of 2, got [1]"),
                ({"weight": [[1, -INF]], "bias": [1]}, f"weight[0][1]: {finite}-inf"),
                ({"weight": [[NAN, 1]], "bias": [1]}, f"weight[0][0]: {finite}nan"),
                ({"weight": [[1, 10 ** 400]], "bias": []}, f"weight[0][1]: {finite}1{98 * '0'}"),
                ({"weight": [[1]]}, "expected a dict of weight, bias, got {'weight': [[1]]}"),
                ([0], "expected a dict of weight, bias, got [0]")):
            with self.assertRaises(ValueError) as caught:
                layer.load_state_dict(wrong)
            self.assertEqual((str(caught.exception), layer.state_dict()), (message, good))

class TestLosses(unittest.TestCase):
    def test_are_exact_where_the_mathematics_is(self):
        for f, z, expected in (
                (lambda *z: hinge_loss(z, iter([1, -1, 1, -1])), (-2, 1, 1, -1),
                 (1.25, -0.25, 0.25, 0, 0)),  # flat at its kink
                (lambda *z: mse_loss(z, [1, 5]), (3, 2), (6.5, 2, -3)),
                (lambda a: mse_loss(a, [1]), (3,), (4, 4)),  # a Value alone is a list of one
                (lambda *z: bce(z, [1, 0, True]), (0, 0, INF), (2 * LOG2 / 3, -1 / 6, 1 / 6, 0)),
                (lambda *z: cross_entropy(z, 1), (3, 3), (LOG2, 0.5, -0.5)),
                (lambda *z: cross_entropy(z, (0.25, 0.75)), (3, 3), (LOG2, 0.25, -0.25)),
                (lambda a: bce([a], [0]), (1000,), (1000, 1)),
                (lambda a: bce([a], [1]), (700,), (math.exp(-700), -math.exp(-700))),
                (lambda *z: cross_entropy(z, 0), (1000, -1000, 0), (0, 0, 0, 0)),
                (lambda *z: cross_entropy(iter(z), 1), (1000, -1000, 0), (2000, 1, -1, 0))):
            self.assertEqual(gradients(f, *z), expected)
    def test_numpys_integers_do_not_wrap_and_its_numbers_leave_data_floats(self):
        logits = [Value(0.0) for _ in range(256)]
        cross_entropy(logits, NumPyUInt8(255)).backward()
        self.assertEqual([z.grad for z in logits], 255 * [1 / 256] + [1 / 256 - 1])
        for loss in (hinge_loss, mse_loss, bce, cross_entropy):
            out = loss([Value(2.0), 1.0], [NumPyFloat64(1), NumPyTrue()])
            self.assertEqual({type(v.data) for v in topological_order(out)}, {float})

class TestOptimizers(unittest.TestCase):
    def test_follow_their_rules(self):
        def sgd(x, grad, t, state, lr, momentum=0.0, decay=0.0):
            g = grad + decay * x
            state["b"] = g if t == 1 else momentum * state["b"] + g
            return x - lr * state["b"]

        def adam(x, grad, t, state, lr=0.001, betas=(0.9, 0.999), eps=1e-8, decay=0.0):
            g = grad + decay * x
            m = state["m"] = state.get("m", 0.0) + (1 - betas[0]) * (g - state.get("m", 0.0))
            v = state["v"] = betas[1] * state.get("v", 0.0) + (1 - betas[1]) * g ** 2
            step_size = lr / (1 - betas[0] ** t)
            return x - step_size * m / (math.sqrt(v) / math.sqrt(1 - betas[1] ** t) + eps)

        for make, rule, arguments in (
                (SGD, sgd, [0.1]), (SGD, sgd, [0.01, 0.9]), (SGD, sgd, [0.02, 0.8, 0.1]),
                (Adam, adam, []), (Adam, adam, [0.05, (0.5, 0.9), 1e-3, 0.2])):
            rng, p, state = random.Random(0), Value(1.5), {}
            optimizer = make(iter([p]), *arguments)
            for t in range(1, 60):
                p.grad = math.sin(3 * p.data) + rng.uniform(-1, 1)
                x = rule(p.data, p.grad, t, state, *arguments)
                optimizer.step()
                self.assertAlmostEqual(p.data, x, delta=1e-14)  # a few roundings of 2
    def test_lr_can_be_changed_zero_grad_resets_and_none_is_no_gradient(self):
        for make in (SGD, Adam):
            p, q = Value(2), Value(3)
            optimizer = make([p, q], lr=0.0)
            for lr, moved in ((0.0, False), (0.25, True)):
                p.grad, q.grad, optimizer.lr = 4.0, None, lr
                optimizer.step()
                self.assertEqual((p.data < 2, q.data, p.grad), (moved, 3, 4))
            optimizer.zero_grad()
            self.assertEqual((p.grad, q.grad, optimizer.parameters), (0, 0, [p, q]))
            self.assertIsInstance(optimizer, Optimizer)
    def test_numpys_numbers_as_rates_leave_data_floats(self):
        p, x = Value(1), NumPyFloat64(0.5)
        for optimizer in (SGD([p], x, x, x), Adam([p], x, (x, x), x, x)):
            optimizer.step()
            optimizer.step()
            self.assertIs(type(p.data), float)

class TestTrace(unittest.TestCase):
    def check(self, f, parameters, rows):
        """The program of f does what f and backward() do, bit for bit, in calls and in a batch."""
        program = trace(f, parameters, rows[0])
        results, totals = [], [0.0] * len(parameters)
        taken(parameters)
        for row in rows:
            out = f(*row)
            outs = out if isinstance(out, (list, tuple)) else [out]
            outs[0].backward()
            grads = taken(parameters)
            results.append(program(*row))
            found = results[-1] if outs is out else [results[-1]]
            self.assertEqual((list(found), taken(parameters)),
                             ([getattr(v, "data", v) for v in outs], grads))
            self.assertEqual((type(found), {*map(type, found)}), (type(outs), {float}))
            totals = list(map(operator.add, totals, grads))
        self.assertEqual((program.batch(map(iter, rows)), taken(parameters)), (results, totals))
    def test_every_operation_gives_the_same_program_at_the_data_of_that_moment(self):
        for name, f, points, _, _ in OPERATIONS:
            parameters, w = [Value(x) for x in points[0]], Value(1.5)
            program = trace(lambda: f(*parameters), parameters)
            for point in points:
                for p, x in zip(parameters, point):
                    p.data = x
                self.assertEqual((program(), *taken(parameters)), gradients(f, *point), name)
            self.check(lambda *x: f(*[v * w for v in x]) * 3, [w], points)
    def test_random_graphs_give_the_same_program(self):
        rng = random.Random(2)
        for i in range(60):
            table, draw = (EXACT, lambda: rng.randint(-3, 3)) if i % 2 else (
                SMOOTH, lambda: rng.uniform(-2, 2))
            steps, constant = recipe(rng, table, 5), Value(draw())
            parameters = [Value(draw()), Value(draw()), Value(draw())]  # some of them unused
            self.check(lambda x: build(steps, [Value(x), constant, *parameters]), parameters,
                       [[draw()] for _ in range(3)])
    def test_networks_and_losses_give_the_same_program(self):
        rng = random.Random(3)
        rows = [[rng.uniform(-2, 2) for _ in "xyz"] + [rng.randrange(2)] for _ in range(20)]
        for nonlin in ("relu", "tanh", "sigmoid", None):
            model = MLP(3, [4, 2], nonlin, rng=rng)
            parameters = model.parameters()
            for loss in (lambda z, y: hinge_loss(z[:1], [2 * y - 1]),  # with gradients of 0
                         lambda z, y: mse_loss(z, [y, 0.5 - y]), lambda z, y: bce(z, [y, 1 - y]),
                         lambda z, y: cross_entropy(z, [y, 1 - y]),
                         lambda z, y: cross_entropy(z, 1) + 0.1 * sum(p * p for p in parameters)):
                self.check(lambda *x: loss(model(x[:3]), x[3]), parameters, rows)
    def test_results_keep_their_form_and_are_floats(self):
        w = Value(2.0)
        for form in (list, tuple):
            for parameters in ([w], []):
                self.check(lambda x: form([w * x, Value(x), w]), parameters, [[3], [True]])
                self.check(lambda x: form([w * x]), parameters, [[NumPyFloat64(3)]])
        self.assertEqual(list(map(type, trace(lambda x: [w, 5, x], [], [1])(3))), 3 * [float])
        self.assertEqual(trace(lambda: w * w, []).batch([[], []]), [4, 4])
    def test_reads_like_a_textbook_and_stands_alone(self):
        a, b = Value(-4.0, label="a"), Value(2.0, label="b")

        def f(x):
            c = a * b + b ** 2
            c.label = "c"
            return c.relu().tanh() / Value(x, label="x")
        program = trace(f, [a, b], [-1.0])
        self.assertEqual(program.source.splitlines(), [
            "import math", "", "",
            "def program(x, a, b):",
            "    v3 = a * b",
            "    v4 = b ** 2.0",
            "    c = v3 + v4",
            "    v6 = 0.0 if c <= 0.0 else c",
            "    v7 = math.tanh(v6)",
            "    v8 = v7 / x",
            "    dc = 0.0 if c <= 0.0 else 1.0 / x * (1.0 - v7 * v7)",
            "    da = dc * b",
            "    db = dc * (2.0 * b) + dc * a",
            "    return v8, [da, db]"])
        self.assertEqual((type(program), program.parameters), (Program, [a, b]))
        space = {}
        exec(program.source, space)
        self.assertEqual(set(space) - {"__builtins__"}, {"math", "program"})
        self.assertEqual(space["program"](-1.0, -4.0, 2.0), program.function(-1.0, -4.0, 2.0))
        self.assertEqual(trace(lambda x: a * x, [], [1]).source,  # exported: a plain function
                         "def program(x0):\n    v1 = -4.0 * x0\n    return v1\n")
    def test_labels_never_change_what_a_program_computes(self):
        for labels in ("lambda lambda lambda", "print float math", "rows results batch",
                       "program x0 p0", "v2 v3 v4", "da a dda", "total_p0 total_p1 dp0",
                       "\ufb01 fi w", "a-b 1 \u03c0", "total_a a b", "w dw b", "append x1 v9",
                       "a w da", "da w a", "w __debug__ da"):
            first, middle, last = labels.split()
            a, b = Value(1.5, label=first), Value(-0.5, label=last)

            def f(x):
                c = a * x * b
                d = (c * b).tanh() * c
                c.label = d.label = middle
                return d * c * c + b
            with self.subTest(labels=labels):
                self.check(f, [a, b], [[0.5], [2.0], [-1.0]])
    def test_what_is_no_parameter_stays_as_it_was(self):
        w, c, unused, none = Value(2.0), Value(5.0), Value(1.0), Value(3.0)
        program = trace(lambda x: w * c * x * none, [w, unused, none], [1.0])
        c.data, w.data, none.grad, w.grad = 100.0, 3.0, None, 1.0
        self.assertEqual(program(2.0), 90.0)
        self.assertEqual([v.grad for v in (w, unused, none, c)], [31.0, 0.0, 30.0, 0.0])
        none.grad = None
        program.batch([[1.0], [2.0]])
        self.assertEqual((none.grad, unused.grad), (45.0, 0.0))
        outside = w * w  # computed before: its number stays, its gradient reaches w
        self.check(lambda x: outside * x * x * 2, [w], [[3.0], [0.5]])
    def test_leaves_data_and_grad_whatever_happens(self):
        w, calls = Value(2.0), []
        w.grad = 0.5
        differs = r"^for \[3.0\], f computes .* and the program .*: does f draw random numbers,"
        for f, error, message in (
                (lambda x: w * x * random.random(), RuntimeError, differs),
                (lambda x: w * x * (calls.append(x) or len(calls)), RuntimeError, differs),
                (lambda x: Value(1.0, (w,), "", (calls.append(x) or len(calls),)), RuntimeError,
                 r"^for \[3.0\], f computes 2.0 and the program 1.0: does f draw random numbers, "
                 r"or change what it uses\?$"),  # the same value, another gradient
                (lambda x: w * (NAN if calls else calls.append(x) or 1), RuntimeError, differs),
                (lambda x: w / 0, ZeroDivisionError, "")):
            calls.clear()
            self.assertRaisesRegex(error, message, trace, f, [w], [3.0])
            self.assertEqual((w.data, type(w.data), w.grad), (2.0, float, 0.5))
        program = trace(lambda x: w / x, [w], [1.0])
        for rows in ([[1], [2], [0], [4]], [[1], [2, 3]], [[1], ["2"]]):
            self.assertRaises((ZeroDivisionError, ValueError, TypeError), program.batch, rows)
            self.assertEqual(w.grad, 0.5)
        program.batch([[1], [2]])
        self.assertEqual((w.grad, w.data), (2.0, 2.0))
    def test_a_call_that_fails_half_way_leaves_every_grad(self):
        w, b = Value(2.0), Value(1e-200)
        program = trace(lambda x: w * x + (b * x) ** -1, [w, b], [1e100])
        self.assertRaises(OverflowError, program, 1.0)
        self.assertEqual(taken([w, b]), [0.0, 0.0])
    def test_reports_what_is_computed_from_inputs_also_where_the_loss_is_0(self):
        w = Value(2.0)
        self.check(lambda x, y: (hinge_loss([dot([w, w], [x, 1.0])], [2 * y - 1]), 2 * y - 1, x),
                   [w], [[0.1, 1], [9.0, 1], [-9.0, 0], [9.0, 1]])
        self.check(lambda x: [w * x, x > 1.0], [w], [[0.5], [2.0]])  # comparisons as floats
    def test_an_input_can_be_an_exponent_and_a_parameter_named_twice(self):
        w = Value(2.0)
        self.check(lambda x: w ** x, [w], [[3.0], [0.0], [-1.5]])
        self.check(lambda x: w * (-2.0) ** x, [w], [[3.0], [2.0]])
        program, w.data = trace(lambda: [w * w * 3, w], [w, w]), 4.0  # the result is w of then
        self.assertEqual((program(), taken([w])), ([48.0, 4.0], [24.0]))
    def test_symbols_cannot_be_looked_up_in_sets_and_tables(self):
        for f in (lambda x: ONE * 2 if x in {1.0} else ONE, lambda x: ONE * {0.0: 1}.get(x, 5)):
            self.assertRaises(TypeError, trace, f, [ONE], [0.0])
        for f in (lambda x: where(ONE > x, ONE, ZERO), lambda x: call(abs, ONE) * x):  # Values
            self.assertRaises(TypeError, trace, f, [ONE], [0.0])
    def test_infinite_and_nan_numbers_are_written_so_that_python_reads_them(self):
        for x in (INF, -INF, NAN):
            w = Value(1.0)
            self.assertEqual([repr(trace(lambda: w * x, [w])()), repr(w.grad)], 2 * [repr(x)])
    def test_arithmetic_on_inputs_is_pythons(self):
        points = [(0.5, -1.5), (-2.0, 0.25), (1.25, 3.0)]
        for seed in range(300):
            def f(x, y):
                return Value(expression(random.Random(seed), 3, x, y))
            try:
                expected = [f(x, y).data for x, y in points]
            except (ZeroDivisionError, OverflowError):
                continue
            program = trace(f, [], points[0])
            self.assertEqual(program.batch(points), expected, program.source)
    def test_decisions_within_decisions(self):
        def piece(x):  # bends at -1 and 0, with the slopes 0, 0.5, 1
            slope = where(x.data < -1.0, 0.0, where(x.data < 0.0, 0.5, 1.0))
            return Value(slope * x.data, (x,), "piece", (slope,))
        w, rows = Value(2.0), [[2.0], [0.5], [-0.5], [-3.0]]
        self.check(lambda x: piece(w * x) * w, [w], rows)
        self.check(lambda x: w * where(where(x > 0.0, x > 1.0, x < -1.0), 5.0, x), [w], rows)
    def test_second_derivatives_come_from_calling_the_function_with_values(self):
        a, b = Value(2.0), Value(3.0)
        program = trace(lambda: a * a * b - b ** 3 / a + (a * b).relu(), [a, b])
        out, (da, db) = program.function(a, b)
        self.assertEqual((out.data, da.data, db.data), (4.5, 21.75, -7.5))
        for derivative, row in ((da, (-0.75, 11.75)), (db, (11.75, -9))):
            a.grad = b.grad = 0.0
            derivative.backward()
            self.assertEqual((a.grad, b.grad), row)
    def test_20_000_nodes_in_a_chain_20_000_deep_and_20_000_terms(self):
        w = Value(3.0)
        for f, expected in ((lambda x: sum([w * x] * 20_000) * w, (360_000.0, 240_000.0)),
                            (lambda x: dot([w] * 20_000, [x] * 20_000, w), (120_003.0, 40_001.0))):
            w.grad = 0.0
            self.assertEqual((trace(f, [w], [2.0])(2.0), w.grad), expected)
    def test_long_expressions_of_inputs_are_cut(self):
        for step in (lambda x, y: x - y, lambda x, y: -y, lambda x, y: x * -y,
                     lambda x, y: where(x > 1.0, y, 0.5)):
            def deep(x):
                y = x
                for _ in range(500):
                    y = step(x, y)
                return Value(y)
            self.check(deep, [], [[1.0], [1.5]])

# --- Files, terminals and processes -------------------------------------------------------------

HERE = pathlib.Path(__file__).resolve().parent
needs_processes = unittest.skipIf(os.name != "posix" or sys.platform == "emscripten",
                                  "needs processes and signals, as POSIX has them")

class InFolder(unittest.TestCase):
    """Tests that write files: each begins in an empty folder, which vanishes after it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

def read(path):
    return pathlib.Path(path).read_text(encoding="ascii")

def interrupt(*_):
    raise KeyboardInterrupt

class Screen(io.StringIO):
    """A standard output that may be a terminal, and that acts when it is to show some text."""

    def __init__(self, terminal=False, text="never", action=None):
        super().__init__()
        self.isatty, self.text, self.action = lambda: terminal, text, action

    def write(self, text):
        super().write(text)
        self.text not in text or self.action()

def command(line, out=None, **environment):
    """Run main() here; return its exit status, and what it wrote to stdout and stderr."""
    out, err = out or Screen(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), \
            mock.patch.dict(os.environ, environment):
        try:
            status = micrograd.main(shlex.split(line))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()

def process(line, *shell, begin=subprocess.run, **kwargs):
    """Run micrograd.py as a user does, with an output that is buffered."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return begin([*shell, sys.executable, str(HERE / "micrograd.py"), *shlex.split(line)],
                 stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
                 **{"env": env, **kwargs})

# --- Data: two moons ---------------------------------------------------------------------------

class TestMakeMoons(unittest.TestCase):
    def test_lie_on_two_half_circles_in_scikit_learns_order_the_odd_one_below(self):
        h = math.sqrt(3) / 2
        X, y = make_moons(7, shuffle=False)
        self.assertEqual(y, [0, 0, 0, 1, 1, 1, 1])
        for point, expected in zip(X, [(1, 0), (0, 1), (-1, 0),  # an ulp of 1 for sin and cos
                                       (0, 0.5), (0.5, 0.5 - h), (1.5, 0.5 - h), (2, 0.5)]):
            self.assertLess(math.dist(point, expected), 1e-15)
        self.assertEqual(make_moons(1), ([[0.0, 0.5]], [1]))
        self.assertEqual([round(x) for x, _ in make_moons(4, shuffle=False)[0]], [1, -1, 0, 2])
        self.assertEqual([len(numbers) for numbers in make_moons()], [100, 100])
        self.assertEqual([*map(type, [X, X[0], y, *X[0], y[0]])], [list] * 3 + [float] * 2 + [int])
    def test_noise_is_the_standard_deviation_of_both_coordinates(self):
        plain, _ = make_moons(4000, shuffle=False)
        noisy, _ = make_moons(4000, shuffle=False, noise=0.3, random_state=0)
        for axis in (0, 1):  # below, four standard errors
            errors = [p[axis] - q[axis] for p, q in zip(noisy, plain)]
            self.assertLess(abs(statistics.fmean(errors)), 4 * 0.3 / math.sqrt(4000))
            self.assertLess(abs(statistics.pstdev(errors) - 0.3), 4 * 0.3 / math.sqrt(8000))
        self.assertEqual(make_moons(9, shuffle=False, noise=0), make_moons(9, shuffle=False))
    def test_a_seed_shuffles_points_with_labels_and_leaves_the_random_module_alone(self):
        before = random.getstate()
        first = make_moons(20, noise=0.1, random_state=7)
        self.assertEqual(make_moons(20, noise=0.1, random_state=random.Random(7)), first)
        self.assertNotEqual(make_moons(20, noise=0.1, random_state=8), first)
        plain, shuffled = (list(zip(*make_moons(50, shuffle=shuffle, random_state=1)))
                           for shuffle in (False, True))
        self.assertNotEqual(plain, shuffled)
        self.assertEqual(sorted(plain), sorted(shuffled))
        self.assertEqual(random.getstate(), before)
        random.seed(7)
        self.assertEqual(make_moons(20, noise=0.1), first)
        self.assertRaises(TypeError, make_moons, random_state="x")
        for n, noise in ((0, None), (5, -0.1), (5, NAN), (5, INF)):
            self.assertRaisesRegex(ValueError, "^expected n_samples >= 1 and noise >= 0, got "
                                   f"{n} and {noise}$", make_moons, n, noise=noise)
        self.assertRaises(TypeError, make_moons, 10, False)  # as in scikit-learn

# --- Training ----------------------------------------------------------------------------------

def line(*weights):
    """A linear neuron without a bias."""
    neuron = Neuron(len(weights), nonlin=None)
    for p, x in zip(neuron.w, weights):
        p.data = x
    return neuron

class TestTrain(unittest.TestCase):

    X, y = make_moons(12, noise=0.1, random_state=1)
    def test_is_the_published_loop(self):
        model = MLP(2, [4, 4, 1], rng=random.Random(5))
        history = train(copy.deepcopy(model), self.X, self.y)
        self.assertEqual(len(history), 100)
        for step, (loss, share) in enumerate(history):
            pairs = [(model(x), label) for x, label in zip(self.X, self.y)]
            total = sum([(1 - (2 * label - 1) * score).relu() for score, label in pairs]) / 12
            total += 1e-4 * sum(p * p for p in model.parameters())
            self.assertLess(abs(loss / total.data - 1), 1e-9)  # its sums are in another order
            self.assertEqual(share, sum((score > 0) == label for score, label in pairs) / 12)
            model.zero_grad()
            total.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.9 * step / 100) * p.grad
    def test_takes_steps_learning_rate_and_penalty_and_calls_back_after_each_step(self):
        seen, model = [], line(0.25, -0.5)
        model.w[0].grad, model.b.grad = 1000.0, None
        history = train(model, [[1.0, 2.0]], [1], 3, 0.5, 0.5, lambda *shown: seen.append(
            (*shown, gc.isenabled(), *(p.data for p in model.parameters()))))
        # score -0.75, loss 1.75 + 0.5 (1/16 + 1/4); gradients -x + p and -1
        self.assertEqual(seen[0], (0, 1.90625, 0.0, gc.isenabled(), 0.625, 0.75, 0.5))
        self.assertEqual([shown[:3] for shown in seen], [(i, *history[i]) for i in range(3)])
        self.assertEqual(train(model, [[1.0, 2.0]], [1], steps=0), [])

    @unittest.skipUnless(sys.implementation.name == "cpython", "others cannot count their objects")
    def test_keeps_memory_flat(self):
        counts = set()
        train(MLP(2, [2, 1]), self.X, self.y, 9, callback=lambda *_: counts.add(
            sum(type(o) is Value for o in gc.get_objects())))
        self.assertEqual(len(counts), 1)
    def test_takes_any_iterables_and_the_numbers_of_numpy_but_data_stay_floats(self):
        three = type("NumPyInt", (int,), {
            "__rtruediv__": lambda y, x: NumPyFloat64(x / int(y))})(3)
        model, clone = line(0.25, -0.5), line(0.25, -0.5)
        train(model, map(iter, [[NumPyFloat64(1), NumPyFloat64(2)]]), iter([1]), three,
              NumPyFloat64(0.5), NumPyFloat64(0.1))
        train(clone, [[1.0, 2.0]], [1], 3, 0.5, 0.1)
        self.assertEqual(model.state_dict(), clone.state_dict())
        self.assertEqual([type(p.data) for p in model.parameters()], [float] * 3)
    def test_and_accuracy_refuse_what_does_not_fit_and_change_nothing(self):
        sizes = "expected as many targets as outputs, and at least one, got "
        for X, y, exception, message in (
                ([[1, 2], [3, 4]], [0, 2], ValueError, "labels must be 0 or 1, got 2"),
                ([[1, 2], [3, 4]], [0, NAN], ValueError, "labels must be 0 or 1, got nan"),
                ([[1, 2]], [0, 1], ValueError, sizes + "2 targets and 1 outputs"),
                ([], [], ValueError, sizes + "0 targets and 0 outputs"),
                ([[1], [2]], [0, 1], ValueError, "expected as many inputs as weights, 2, got 1"),
                ([["1", "2"]], [1], TypeError, "expected a real number, got str"),
                ([[1, 2]], ["1"], TypeError, "expected a real number, got str")):
            for use, model in itertools.product((train, accuracy), [line(0.25, -0.5)]):
                self.assertRaisesRegex(exception, f"^{message}$", use, model, X, y)
                self.assertEqual([p.data for p in model.parameters()], [0.25, -0.5, 0.0])
        for use, exception in ((train, ValueError), (accuracy, TypeError)):  # for three outputs
            self.assertRaises(exception, use, MLP(2, [2, 3]), self.X, self.y)
        with mock.patch.object(Neuron, "__call__", lambda self, x: Value(1 if x[0] > 0 else -1)):
            self.assertRaisesRegex(TypeError, "cannot branch.*where", train, line(1), [[1]], [1])

class TestAccuracy(unittest.TestCase):
    def test_is_the_share_on_their_side_of_0_where_nan_is_wrong_as_in_train(self):
        X = [[-1.0], [-2.0], [3.0], [0.0]]
        for weight, y, share in ((1.0, [0, 0, 1, 0], 1.0), (1.0, [1, 0, True, 1.0], 0.5),
                                 (1.0, [1, 1, 0, 1], 0.0), (NAN, [0, 0, 1, 1], 0.0)):
            self.assertEqual(accuracy(line(weight), map(iter, X), iter(y)), share)
            self.assertEqual(train(line(weight), X, y, 1)[0][1], share)
    def test_takes_any_callable_also_one_that_cannot_be_traced(self):
        calls = []
        for model in (itemgetter(0), lambda x: x[0] > 0, lambda x: 1 if x[0] > 0 else -1,
                      lambda x: calls.append(x) or math.atan(x[0]), lambda x: Value(x[0]) ** 3,
                      lambda x: {-1: -1}.get(x[0], 1) + random.random() / 2):
            self.assertEqual(accuracy(model, [(-1.0,), (2.0,), (3.0,)], [0, 1, 0]), 2 / 3)
        self.assertEqual(calls[-3:], [[-1.0], [2.0], [3.0]])
        self.assertRaises(KeyError, accuracy, lambda x: {}["x"], [[0]], [1])
        calls, model = [], MLP(2, [2, 1])
        accuracy(lambda x: calls.append(x) or model(x), [[0.0, 1.0]] * 50, [1] * 50)
        self.assertLess(len(calls), 5)  # a traced program does the rest

# --- Files -------------------------------------------------------------------------------------

class TestSave(InFolder):
    def setUp(self):
        super().setUp()
        self.model, self.older = MLP(2, [3, 1]), MLP(2, [3, 1])
        save(self.older, "m.json")

    def assert_saved(self, model, path="m.json"):
        self.assertEqual(json.loads(read(path)), model.state_dict())
    def test_and_load_go_through_a_file_of_json(self):
        self.assert_saved(self.older)
        save(self.model, pathlib.Path("m.json"))
        self.assert_saved(self.model)
        load(self.older, pathlib.Path("m.json"))
        self.assertEqual(self.older.state_dict(), self.model.state_dict())
    def test_says_that_training_diverged_and_keeps_the_older_file(self):
        for self.model.layers[1].neurons[0].b.data in (NAN, INF, -INF):
            self.assertRaisesRegex(ValueError, "^training diverged: .* infinite or NaN$",
                                   save, self.model, "m.json")
        self.assert_saved(self.older)
        self.assertEqual(os.listdir(), ["m.json"])
    def test_keeps_the_older_file_whatever_happens_while_it_writes(self):
        full = mock.mock_open()
        full.return_value.write.side_effect = OSError("disk full")
        for change in (mock.patch("os.replace", interrupt), mock.patch("builtins.open", full)):
            with change, self.assertRaises((OSError, KeyboardInterrupt)):
                save(self.model, "m.json")
            self.assert_saved(self.older)
        os.remove("m.json.part")
        os.mkdir("m.json.part")
        getattr(os, "mkfifo", os.mkdir)("fifo")  # and not /dev/null: this may be run by root
        for path in ("m.json", "nowhere/m.json", "fifo"):
            self.assertRaises(OSError, save, self.model, path)
        self.assert_saved(self.older)
        self.assertFalse(os.path.isfile("fifo"))
    def test_where_renaming_fails_the_complete_file_stays_and_the_error_names_it(self):
        def fail(source, target, replace=os.replace):
            os.remove(target)
            os.mkdir(target)
            replace(source, target)
        with mock.patch("os.replace", fail), self.assertRaisesRegex(OSError, r"m\.json\.part"):
            save(self.model, "m.json")
        self.assert_saved(self.model, "m.json.part")
    def test_load_refuses_what_it_did_not_write_and_changes_nothing(self):
        before = self.model.state_dict()
        self.assertRaises(FileNotFoundError, load, self.model, "nowhere.json")
        for content in (b"", b"{", b"[]", b"{}", b"\xff\xfe",
                        read("m.json").replace("0.0]", "NaN]").encode()):
            pathlib.Path("m.json").write_bytes(content)
            self.assertRaises(ValueError, load, self.model, "m.json")
        self.assertEqual(self.model.state_dict(), before)

# --- Pictures ----------------------------------------------------------------------------------

def elements(picture, name):
    """Return the attributes of all elements of a name, with their text as ""."""
    found = xml.etree.ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}" + name)
    return [dict(element.attrib, **{"": element.text}) for element in found]

Box = collections.namedtuple("Box", "left top right bottom fill text")
def boxes(picture):
    texts = [(float(t["x"]), float(t["y"]), t[""]) for t in elements(picture, "text")]
    for rect in elements(picture, "rect"):
        x, y, w, h = [float(rect[key]) for key in ("x", "y", "width", "height")]
        inside = [text for i, j, text in texts if x < i < x + w and y + 12 < j < y + h - 4]
        yield Box(x, y, x + w, y + h, rect["fill"], " ".join(inside))

def tangle(seed):
    """A graph of which some Values are used again, much later, or twice in one operation."""
    rng = random.Random(seed)
    values = [Value(i, label="x" * 9 * i) for i in range(4)]
    for i in range(4, 24):
        a, b = rng.choice(values), rng.choice(values[-5:])
        values.append(rng.choice([a + b, a * b, a + 1000 * i, b - a, -b]))
        values[-1].data = float(i)  # so that no two boxes show the same
    return sum(values[1:], values[0])

class TestDrawGraph(unittest.TestCase):
    def test_dot_has_a_box_for_each_value_and_a_node_for_each_operation(self):
        a, b = Value(2, label="a"), Value(-3.5, label="b c")
        self.assertEqual(draw_dot(a * b + 1).split("\n"), [
            "digraph {", "  rankdir=LR", r'  v0 [shape=box, label="a\ndata 2\ngrad 0"]',
            r'  v1 [shape=box, label="b c\ndata -3.5\ngrad 0"]',
            r'  v2 [shape=box, label="data -7\ngrad 0"]', '  v2op [label="*"]',
            "  v0 -> v2op", "  v1 -> v2op", "  v2op -> v2", '  v3 [shape=box, label="1"]',
            r'  v4 [shape=box, label="data -6\ngrad 0"]', '  v4op [label="+"]',
            "  v2 -> v4op", "  v3 -> v4op", "  v4op -> v4", "}", ""])
        dot = draw_dot(Value(1, (a,), '"\\', (1.0,), '<\u00e9>\\"'), "TB")
        self.assertIn('label="&lt;\u00e9&gt;\\\\&quot;\\ndata 1', dot)
        self.assertIn(r'  v1op [label="&quot;\\"]', dot)
        self.assertIn("  rankdir=TB\n", dot)
    def test_refuses_more_than_300_nodes(self):
        most = -sum(map(Value, range(149)), Value(0))
        for draw in (draw_dot, draw_svg):
            draw(most)
            self.assertRaisesRegex(ValueError, "^.* 301 nodes, .* at most 300$", draw, -most)
    def test_svg_has_each_node_once_an_edge_for_each_input_and_no_overlap(self):
        for root in map(tangle, range(5)):
            values, picture = topological_order(root), draw_svg(root)
            self.assertCountEqual([box.text for box in boxes(picture)], [
                *(f"{v.data:g}" if v._op == "constant" else
                  f"{v.label} data {v.data:g} grad 0".strip() for v in values),
                *(v._op for v in values if v._prev)])
            ends = re.findall(r"(\S+) ([^\sM]+)(?=M|$)", elements(picture, "path")[0]["d"])
            self.assertCountEqual(
                [(box.text, sum(abs(float(x) - box.left) < 0.1 and box.top < float(y) < box.bottom
                                for x, y in ends))
                 for box in boxes(picture) if box.fill == "#475569"],
                [(v._op, len(v._prev)) for v in values if v._prev])
            for a, b in itertools.combinations(boxes(picture), 2):
                self.assertTrue(a.right < b.left + 0.1 or b.right < a.left + 0.1
                                or a.bottom + 10 < b.top or b.bottom + 10 < a.top)
            left, top, right, bottom, *_ = zip(*boxes(picture))
            x, y, width, height = map(float, elements(picture, "svg")[0]["viewBox"].split())
            self.assertTrue(x < min(left) and max(right) < x + width
                            and y < min(top) and max(bottom) < y + height)
    def test_svg_has_inputs_from_top_to_bottom_leaves_blue_constants_grey_and_root_orange(self):
        a, b, c, d, e = (Value(1, label=name) for name in "abcde")
        picture = draw_svg((a * b + c * d).relu() * e + 10)
        text = {fill: [box.text for box in sorted(boxes(picture), key=itemgetter(2, 1))
                       if box.fill == fill] for fill in ("#dbeafe", "#e2e8f0", "#ffedd5")}
        self.assertEqual(text, {"#dbeafe": [f"{name} data 1 grad 0" for name in "abcde"],
                                "#e2e8f0": ["10"], "#ffedd5": ["data 12 grad 0"]})
        self.assertEqual(elements(picture, "path")[0]["d"].count("M"), 11)  # none passes a column
        tops = sorted((box.top, box.text[0]) for box in boxes(draw_svg(a * b + a * c)))
        self.assertEqual([text for _, text in tops if text in "abc"], ["b", "a", "c"])
        self.assertIs(type(picture), SVG)
        self.assertIs(type(picture._repr_svg_()), str)  # for notebooks
        self.assertEqual(picture._repr_svg_(), picture)
    def test_svg_shows_labels_as_written_save_what_has_no_look_in_boxes_of_their_size(self):
        labels = {text: text for text in (
            "<b>&amp;\"'?", "a  b ", "\u0645\u06cc\u200c\u062e", "\U0001f468\u200d\U0001f469",
            "\xa0\u3000\xad\u200e", "a" * 60, "\u65e5" * 20, "\uff21" * 20, "\U0001f389" * 20)}
        labels.update(dict.fromkeys(
            [*"\x00\n\ud800\ue000\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"],
            "\ufffd"))
        for label, expected in labels.items():
            picture = draw_svg(Value(1, label=label))
            self.assertEqual(picture.count(' xml:space="preserve">'), 3)
            self.assertLess(max(picture), "\x7f")  # so that it can be written in any encoding
            [box] = boxes(picture)
            self.assertEqual(box.text, f"{expected} data 1 grad 0")
            if len(label) >= 20:  # of letters that are as wide as these fonts have them
                wide = sum(15.5 if ord(c) > 999 else 7.23 for c in label)
                self.assertTrue(box.left + wide + 15 < box.right < box.left + 1.05 * wide + 18)

class TestDrawTraining(unittest.TestCase):

    X, y = [[-2, -1], [-1, 1], [1, 1], [2, -1], [2, 0]], [0, 0, 1, 1, 0]
    legend = ["o label 0", "x label 1", "# misclassified", ". score above 0"]
    def test_boundary_shows_points_and_where_the_score_is_above_0(self):
        expected = ["            ..........."] * 20
        expected[1] = "      o     ....x......"
        expected[10] = "            .........#."
        expected[18] = " o          .........x."
        self.assertEqual(draw_boundary(itemgetter(0), iter(self.X), iter(self.y), 23).split("\n"),
                         expected + self.legend)
        self.assertEqual(draw_boundary(lambda x: NAN, [[0, 0]] * 2, [0, 1], 57).split("\n"),
                         [*[""] * 10, " " * 28 + "#", *[""] * 9, "   ".join(self.legend)])
    def test_boundary_in_color_has_the_same_characters_on_the_color_of_their_side(self):
        plain, color = (draw_boundary(itemgetter(0), self.X, self.y, 23, c) for c in (False, True))
        self.assertEqual([row.rstrip() for row in re.sub("\x1b.*?m", "", color).split("\n")],
                         plain.split("\n"))
        cells = re.findall("\x1b\\[38;5;(\\d+;48;5;\\d+)m(.)\x1b\\[0m", color)
        self.assertEqual((len(cells), set(cells)), (20 * 23 + 4, {
            ("209;48;5;17", " "), ("209;48;5;52", "."), ("117;48;5;17", "o"),
            ("221;48;5;52", "x"), ("231;48;5;52", "#"), ("231;48;5;17", "#")}))
    def test_refuses_what_it_cannot_place(self):
        draw_boundary(itemgetter(0), self.X, self.y, 2)
        self.assertRaisesRegex(ValueError, "^columns must be at least 2, got 1$",
                               draw_boundary, itemgetter(0), self.X, self.y, 1)
        for wrong in ([], [1.0], [1.0, 2.0, 3.0], [NAN, 1.0], [1.0, -INF]):
            for X in ([wrong, wrong], [wrong, [0, 0]], [[0, 0], wrong]):
                self.assertRaisesRegex(ValueError, "^a point to draw must be two numbers ",
                                       draw_training, itemgetter(0), X, [0, 1], [])
    def test_training_has_points_rings_curves_axes_and_a_legend(self):
        picture = draw_training(itemgetter(0), self.X, self.y, [(2, 0.5), (INF, 1), (1, NAN)])
        self.assertEqual(
            [(round(float(c["cx"])), round(float(c["cy"])), c.get("fill", "ring"))
             for c in elements(picture, "circle")],
            [(152, 326, "#1d4ed8"), (261, 54, "#1d4ed8"), (479, 54, "#c2410c"),
             (588, 326, "#c2410c"), (588, 190, "#1d4ed8"), (588, 190, "ring")])
        self.assertEqual(
            [(p["d"], p["stroke"]) for p in elements(picture, "path")][-4:],
            [("M700 40h300v120h-300z", "#0f172a"), ("M700 45.7143L850 102.857h0", "#0f766e"),
             ("M700 220h300v120h-300z", "#0f172a"), ("M700 282.857L775 225.714h0", "#7e22ce")])
        self.assertEqual([text[""] for text in elements(picture, "text")], [
            "x[1]", "x[0]", "-2", "0", "2", "-1", "0", "1",
            "blue: label 0, orange: label 1, ring: misclassified, lines: score -1, 0, 1",
            "loss", "step", "0", "1", "2", "3", "4", "0", "1", "2",
            "accuracy, %", "step", "0", "1", "2", "3", "4", "0", "50", "100"])
    def test_training_shows_a_dot_after_one_step_and_draws_without_history(self):
        for history, dots in (([], 0), ([(1, 0.5)], 2), ([(NAN, 0.5)], 1), ([(-3, 0)], 2)):
            picture = draw_training(itemgetter(0), self.X, self.y, iter(history))
            self.assertEqual(len(re.findall('d="M700 [\\d.]+h0"', picture)), dots)
        picture = draw_training(itemgetter(0), self.X, self.y, [(-1, 0)] + [(2, 0.5)] * 6)
        self.assertIn('d="M700 160L750 45.7143L800', picture)
    def test_training_shades_by_score_and_draws_its_border_and_margins(self):
        def model(x):
            return NAN if x[1] > 1.05 else INF if x[0] > 2.15 else 2 * x[0] + 0.04
        paths = elements(draw_training(model, self.X, self.y, []), "path")
        shades = {(p["stroke"], float(p["stroke-opacity"])): p["d"]
                  for p in paths if "h1M" in p["d"] and p["stroke"] != "#0f172a"}
        self.assertEqual(sorted(shades), [*(("#1d4ed8", k / 16) for k in range(9)),
                                          *(("#c2410c", k / 16) for k in range(1, 9))])
        self.assertTrue(shades["#1d4ed8", 0.0].startswith("M-0.5 0h1M0.5 0h1"))  # NaN is white
        self.assertIn("M-0.5 75h1", shades["#1d4ed8", 0.5])
        self.assertIn("M119.5 75h1", shades["#c2410c", 0.5])
        [border], [margins] = ([p["d"] for p in paths if p.get("stroke-width") == width]
                               for width in ("0.6", "0.25"))
        for x, d in ((59.5, border), (45.5, margins), (73.5, margins)):
            self.assertIn(f"M{x} 74.5v1", d)
    def test_contour_goes_between_neighbours_above_the_level_and_not(self):
        for grid, level, expected in (
                ([[0, 0]] * 2, 0, ""), ([[0, 1]] * 2, 0.25, "M0.5 -0.5v1M0.5 0.5v1"),
                ([[0, 0], [4, 4]], 1, "M-0.5 0.5h1M0.5 0.5h1"),
                ([[1, 1], [1, 0]], 0, "M0.5 0.5v1M0.5 0.5h1"), ([[NAN, -1]], -1, "")):
            self.assertEqual(micrograd.contour(grid, level), expected)
    def test_ticks_are_round_few_and_told_apart(self):
        for low, high, expected in (
                (0, 1, "0 0.25 0.5 0.75 1"), (0, 4.1, "0 2 4"), (-1, 1.1, "-1 0 1"),
                (0, 10.1, "0 5 10"), (0.3, 0.35, "0.3 0.32 0.34"), (0, 20.1, "0 10 20"),
                (999999.9995, 1000000.0105, "1000000 1000000.005 1000000.01"),
                (-1e20, -0.2e20, "-1e+20 -8e+19 -6e+19 -4e+19 -2e+19")):
            self.assertEqual(" ".join(f"{x:.10g}" for x in micrograd.ticks(low, high)), expected)

# --- The command line --------------------------------------------------------------------------

class TestCommandLine(InFolder):

    SMALL = "--steps 12 --samples 20 --noise 0.2 --lr 0.5 --seed 5 --hidden 3 2 "

    def small(self, stop=None):
        """Do what SMALL says, up to a step, with the functions of the file."""
        rng = random.Random(5)
        self.X, self.y = make_moons(20, noise=0.2, random_state=rng)
        new = make_moons(1000, noise=0.2, random_state=rng)
        self.model, self.history = MLP(2, [3, 2, 1], rng=rng), []
        with contextlib.suppress(KeyboardInterrupt):
            train(self.model, self.X, self.y, 12, 0.5, callback=lambda step, *shown: (
                self.history.append(shown), step == stop and interrupt()))
        self.first = "MLP 2 -> 3 -> 2 -> 1, 20 parameters, 20 points\n"
        old, new = (100 * accuracy(self.model, *points) for points in ((self.X, self.y), new))
        self.last = (f"accuracy on the 20 points: {old:.1f} %\n"
                     f"accuracy on 1000 new points: {new:.1f} %\n")
        self.picture = draw_boundary(self.model, self.X, self.y) + "\n"
        self.steps = [f"step {i:3}  loss {loss:.4f}  accuracy {100 * share:5.1f} %"
                      for i, (loss, share) in enumerate(self.history)]
    def test_does_what_its_options_say_into_its_files_too_and_can_go_on(self):
        self.small()
        self.assertEqual(command(self.SMALL + "--save m.json --svg p.svg"), (0, "".join([
            self.first, *(self.steps[i] + "\n" for i in (0, 10, 11)),
            "writing m.json\nwriting p.svg\n", self.last, self.picture]), ""))
        self.assertEqual(json.loads(read("m.json")), self.model.state_dict())
        self.assertEqual(read("p.svg"), draw_training(self.model, self.X, self.y, self.history))
        self.assertEqual(sorted(os.listdir()), ["m.json", "p.svg"])
        self.assertEqual(command(self.SMALL + "--steps 0 --load m.json --svg p.svg"),
                         (0, f"{self.first}writing p.svg\n{self.last}{self.picture}", ""))
        self.assertEqual(read("p.svg"), draw_training(self.model, self.X, self.y, []))
        command(self.SMALL + "--steps 7 --load m.json --save m.json")
        train(self.model, self.X, self.y, 7, 0.5)
        self.assertEqual(json.loads(read("m.json")), self.model.state_dict())
    def test_on_a_terminal_has_one_live_line_and_a_picture_in_color_within_its_width(self):
        self.small()
        frames = "\r".join(self.steps) + "\n"
        for width, no_color, columns in (("80", "", 72), ("73", "1", 72), ("40", "", 39)):
            status, out, err = command(self.SMALL, Screen(True), COLUMNS=width, NO_COLOR=no_color)
            picture = draw_boundary(self.model, self.X, self.y, columns, not no_color) + "\n"
            self.assertEqual((status, err), (0, ""))
            self.assertEqual(re.sub(" +(?=[\r\n])", "", out),  # after a frame there may be spaces
                             re.sub(" +(?=[\r\n])", "", self.first + frames + self.last + picture))
        _, out, _ = command(self.SMALL + "--lr 8 --seed 2", Screen(True))  # 24.3 and then 4.1
        lengths = [len(frame) for frame in out.split("\n")[1].split("\r")]
        self.assertEqual(lengths, sorted(lengths))  # else the end of a longer one stays
    @needs_processes
    def test_a_real_terminal_is_one_in_an_ascii_locale_too(self):
        import pty
        main, terminal = pty.openpty()
        env = {**os.environ, "COLUMNS": "80", "NO_COLOR": "", "LC_ALL": "C", "PYTHONUTF8": "0"}
        with process(self.SMALL, begin=subprocess.Popen, stdout=terminal, env=env):
            os.close(terminal)
            out = b""
            with contextlib.suppress(OSError):  # as Linux says that this is the end
                for part in iter(lambda: os.read(main, 4096), b""):
                    out += part
        os.close(main)
        self.assertEqual(out.count(b"\x1b[0m"), 20 * 72 + 4)
        self.assertEqual(len(re.findall(rb"\r(?!\n)", out)), 11)
    def test_ctrl_c_in_training_keeps_what_was_reached_and_ends_with_130(self):
        self.small(stop=10)
        out = Screen(False, "step  10", interrupt)
        self.assertEqual(command(self.SMALL + "--save m.json --svg p.svg", out), (130, "".join([
            self.first, self.steps[0], "\n", self.steps[10], "\nstopped after 11 of 12 steps\n",
            "writing m.json\nwriting p.svg\n", self.last, self.picture]), ""))
        self.assertEqual(json.loads(read("m.json")), self.model.state_dict())
        self.assertEqual(read("p.svg"), draw_training(self.model, self.X, self.y, self.history))
        for text in ("MLP", "writing p.svg", "accuracy on"):  # before training, and after it
            status, _, err = command(self.SMALL + "--svg p.svg", Screen(False, text, interrupt))
            self.assertEqual((status, err.strip()), (130, "micrograd.py: interrupted"))
    @needs_processes
    def test_a_process_in_training_takes_ctrl_c(self):
        with process("--steps 100000 --hidden 1 --save m.json", begin=subprocess.Popen,
                     stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(
                         signal.SIGINT, signal.default_int_handler)) as p:
            p.stdout.readline()
            self.assertTrue(p.stdout.readline().startswith("step   0"))
            p.send_signal(signal.SIGINT)
            out, err = p.communicate()
        self.assertEqual((p.returncode, err), (130, ""))
        self.assertRegex(out, "\nstopped after \\d+ of 100000 steps\nwriting m.json\naccuracy on")
    def test_diverged_training_is_drawn_but_not_saved(self):
        pathlib.Path("m.json").write_text("older")
        status, out, err = command("--lr 1e6 --steps 12 --samples 5 --save m.json --svg p.svg")
        self.assertEqual(status, 1)
        self.assertEqual(err, "micrograd.py: error: m.json: training diverged: a parameter is "
                         "infinite or NaN\n")
        self.assertEqual((read("m.json"), sorted(os.listdir())), ("older", ["m.json", "p.svg"]))
        self.assertEqual((out.count("#"), read("p.svg").count('r="8"')), (6, 5))  # and the legend
    def test_refuses_places_and_files_in_one_line_before_it_trains(self):
        os.mkdir("folder")
        getattr(os, "mkfifo", os.mkdir)("fifo")  # and not /dev/null: this may be run by root
        pathlib.Path("broken.json").write_text("{")
        save(MLP(2, [4, 1]), "other.json")
        for option in ("--save nowhere/m.json", "--save folder", "--save fifo", "--svg folder",
                       "--svg nowhere/p.svg", "--svg fifo", "--load nowhere.json",
                       "--load folder", "--load broken.json", "--load other.json",
                       "--save new.json --svg folder"):
            status, out, err = command(self.SMALL + option)
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(err, "^micrograd.py: error: [^\n?]+\n$")
        self.assertEqual(sorted(os.listdir()), ["broken.json", "fifo", "folder", "other.json"])
    def test_refuses_numbers_out_of_range_and_takes_those_at_the_limit(self):
        for lines, message in (
                ("--steps=-1 --samples=0 --hidden=0 --noise=-0.1 --noise=nan --noise=inf --lr=-1",
                 "--samples and --hidden begin at 1, --steps, --noise, --lr go 0 to 1000000\n"),
                ("--hidden=25000", "makes more than 100000"),
                ("--steps=x --samples=x --seed=1.5 --hidden=x", "invalid int value: "),
                ("--lr=x --noise=x", "invalid float value: 'x'"), ("--what=1", "unrecognized")):
            for status, out, err in map(command, lines.split()):
                self.assertEqual((status, out), (2, ""))
                self.assertIn(message, err.split(": error: ")[1])
        for line, message in (("1000000 1000000", "100000 parameters\n"), ("57 1693", "more"),
                              ("57 1692 --load x", "No such file")):  # just 100000
            self.assertIn(message, command("--hidden " + line)[2])
        self.assertEqual(command("--steps 0 --samples 1 --noise 0 --lr 0 --hidden 1")[0], 0)
    def test_help_explains_every_option(self):
        out = " ".join(command("--help")[1].split())
        for text in ("Train a network to tell two moons apart.", "--steps STEPS steps of training "
                     "(default: 100)", "--samples SAMPLES points to learn from (default: 100)",
                     "--noise NOISE standard deviation from the half circles (default: 0.1)",
                     "--hidden HIDDEN [HIDDEN ...] neurons in each hidden layer (default: 16 16)",
                     "--lr LR learning rate: how far a step goes (default: 1.0)",
                     "--seed SEED start of the random numbers (default: 0)",
                     "--save SAVE write the network to a file, as JSON",
                     "--load LOAD begin with the network in a file",
                     "--svg SVG draw the network's training to a file"):
            self.assertRegex(out, re.escape(text) + "( -| opt|$)")
    @needs_processes
    def test_takes_any_end_of_stdout_or_stderr(self):
        reader, writer = os.pipe()
        os.close(reader)
        p = process(self.SMALL, stdout=writer)  # as | head -1 does
        os.close(writer)
        self.assertNotEqual(p.returncode, 0)
        self.assertEqual(p.stderr, "")
        if os.path.exists("/dev/full"):
            with open("/dev/full", "w") as full:
                p = process(self.SMALL, stdout=full)
            self.assertEqual(p.returncode, 1)
            self.assertRegex(p.stderr, "^micrograd.py: error: [^\n]*No space left on device\n$")
        p = process(self.SMALL + "--svg p.svg", "sh", "-c", 'exec "$@" 2>&-', "sh",
                    stdout=subprocess.PIPE)
        self.assertEqual((p.returncode, p.stdout, ""), command(self.SMALL + "--svg p.svg"))

# --- README.md, where it is beside this file ---------------------------------------------------

@unittest.skipUnless((HERE / "README.md").exists(), "needs README.md beside this file")
class TestReadme(InFolder):
    def setUp(self):
        super().setUp()
        self.text = (HERE / "README.md").read_text(encoding="utf-8")
        self.blocks = re.findall(r"^```(\w+)\n(.*?)^```$", self.text, re.M | re.S)
    def test_python_blocks_print_and_draw_what_is_shown(self):
        names = {"__name__": "readme"}
        for (kind, code), (below, shown) in zip(self.blocks, [*self.blocks[1:], ("", "")]):
            torch = re.search("^(import|from) torch", code, re.M)
            if kind == "python" and not (torch and not importlib.util.find_spec("torch")):
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(code, "README.md", "exec"), names)
                self.assertEqual(out.getvalue(), shown if below == "text" else "", code)
        self.check_pictures()
    def test_commands_print_and_draw_what_is_shown(self):
        console = "".join(block for kind, block in self.blocks if kind == "console")
        for options, shown in re.findall(r"^\$ python micrograd\.py(.*)\n((?:(?!\$ ).*\n)*)",
                                         console, re.M):
            self.assertEqual(command(options)[1], shown)
        for options in re.findall(r"`python micrograd\.py(.* --svg [^`]*)`", self.text):
            self.assertEqual(command(options)[0], 0)
        self.check_pictures()

    def check_pictures(self):
        for path in pathlib.Path().glob("*.svg"):
            shown = HERE / ".github" / path
            if shown.exists():
                self.assertEqual(path.read_bytes(), shown.read_bytes())
        for path in re.findall(r"!\[[^\]]+\]\((\.github/[^)]*)\)", self.text):
            self.assertEqual((HERE / path).exists(), (HERE / ".github").exists())

if __name__ == "__main__":
    unittest.main()
