"""Measure micrograd.py beside its peers, and print the table that the README quotes.

    python .ci/bench.py           all rows
    python .ci/bench.py 1 2 20    only these, as counted in ROWS, at the end of this file
    python .ci/bench.py 6 there   one side of a row alone, "here" or "there": its seconds (or
                                  bytes), then the numbers by which the two sides are compared

The peers are `pip install micrograd torch jax tangent-ad`; a row whose peer is not installed is
left out. Each figure comes from a process of its own, so that nobody's garbage is in anybody's
way. The contestants of a row take turns for several rounds; the row shows the median of each and
of the ratios round by round. Where both sides train, it fails if their losses differ.

What is made once is made before the clock starts: networks, optimizers, traced programs, what JAX
compiles. Tracing and compiling are part of the work only in rows that say so.
"""

import functools
import gc
import importlib.machinery
import importlib.util
import itertools
import math
import operator
import pathlib
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
import types

OURS = pathlib.Path(__file__).resolve().parent.parent / "micrograd.py"
SIZES = [2, 16, 16, 1]
ALPHA = 1e-4
clock = time.perf_counter


def ours():
    spec = importlib.util.spec_from_file_location("ours", OURS)
    module = sys.modules["ours"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_ours():
    return [p for p in sys.path if pathlib.Path(p or ".").resolve() != OURS.parent]


def peer():
    """PyPI's micrograd, which bears the name of our file."""
    sys.path[:] = without_ours()
    from micrograd.engine import Value
    from micrograd.nn import MLP

    return types.SimpleNamespace(Value=Value, MLP=MLP)


def torch_1_thread():
    import torch

    torch.set_num_threads(1)  # on so small a network, more are slower
    return torch


def jax_float64():
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def points():
    """Return 100 points on two moons, and their labels, -1 or 1."""
    X, y = ours().make_moons(100, noise=0.1, random_state=1337)
    return X, [2.0 * label - 1 for label in y]


def network(m):
    random.seed(1337)
    return m.MLP(SIZES[0], SIZES[1:])


def initial_layers():
    return layers_of([p.data for p in network(ours()).parameters()], SIZES)


def layers_of(numbers, sizes):
    """Return (weights, biases) of each layer, given the numbers neuron by neuron, bias last."""
    rest, layers = iter(numbers), []
    for nin, nout in itertools.pairwise(sizes):
        neurons = [list(itertools.islice(rest, nin + 1)) for _ in range(nout)]
        layers.append(([row[:-1] for row in neurons], [row[-1] for row in neurons]))
    return layers


def network_torch(torch, layers, activation):
    modules = []
    for weights, biases in layers:
        linear = torch.nn.Linear(len(weights[0]), len(weights)).double()
        linear.load_state_dict(
            {
                "weight": torch.tensor(weights, dtype=torch.float64),
                "bias": torch.tensor(biases, dtype=torch.float64),
            }
        )
        modules += [linear, activation()]
    return torch.nn.Sequential(*modules[:-1])


def time_of(job, repeat, *args):
    """Return the seconds of job(*args), the mean of repeat calls after a tenth as many."""
    for _ in range(repeat // 10):
        job(*args)
    start = clock()
    for _ in range(repeat):
        job(*args)
    return (clock() - start) / repeat


def agree(numbers, expected, tolerance=1e-9):
    """Are they equal, as far as both go?"""
    pairs = zip(numbers, expected, strict=False)
    return all(abs(x - y) <= tolerance * abs(y) for x, y in pairs)


# --- micrograd's published loop ----------------------------------------------------------------


def demo_graph(m, model, X, y):
    inputs = [list(map(m.Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = ALPHA * sum(p * p for p in model.parameters())
    return data_loss + reg_loss, scores


def demo_steps(m, steps):
    """Return the seconds of each step, and the losses."""
    X, y = points()
    model = network(m)
    times, history = [], []
    for k in range(steps):
        start = clock()
        total_loss, scores = demo_graph(m, model, X, y)
        hits = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
        sum(hits) / len(hits)
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        times.append(clock() - start)
        history.append(total_loss.data)
    return times, history


def demo_step(m, steps):
    times, history = demo_steps(m, steps)
    return statistics.median(times), history


def demo_100_steps():
    times, _ = demo_steps(peer(), 5)
    return 20 * sum(times)


def command():
    start = clock()
    subprocess.run([sys.executable, str(OURS)], stdout=subprocess.DEVNULL, check=True)
    return clock() - start


# --- a step of train ---------------------------------------------------------------------------


def train(compiled):
    """Return the time after each of 100 steps, that before the first, and the losses."""
    m = ours()
    X, y = points()
    model, labels = network(m), [int(label > 0) for label in y]
    times = [clock()]
    history = m.train(
        model, X, labels, callback=lambda *step: times.append(clock()), compile=compiled
    )
    return times, [loss for loss, _ in history]


def train_step(compiled):
    """Return the mean seconds of a step after the first, which bears the tracing."""
    times, losses = train(compiled)
    return (times[-1] - times[1]) / (len(times) - 2), losses


def train_first_step():
    times, losses = train(True)
    return times[1] - times[0], losses


def point_by_hand(layers, gradients, x, sign, n):
    """Add to gradients those of a point; return its loss and whether it is on its side."""
    (w1, b1), (w2, b2), ((w3,), (b3,)) = layers
    (g1, gb1), (g2, gb2), (g3, gb3) = gradients
    x0, x1 = x
    h1, h2 = [], []
    for (u, v), b in zip(w1, b1, strict=True):
        total = u * x0 + v * x1 + b
        h1.append(total if total > 0 else 0.0)
    for row, b in zip(w2, b2, strict=True):
        total = sum(map(operator.mul, row, h1), b)
        h2.append(total if total > 0 else 0.0)
    score = sum(map(operator.mul, w3, h2), b3)
    if sign * score >= 1:
        return 0.0, True
    g = -sign / n
    gb3[0] += g
    g3[0] = list(map(operator.add, g3[0], [g * h for h in h2]))
    d1 = [0.0] * len(h1)
    for j, h in enumerate(h2):
        if h > 0:
            d = g * w3[j]
            gb2[j] += d
            g2[j] = list(map(operator.add, g2[j], [d * h for h in h1]))
            d1 = list(map(operator.add, d1, [d * w for w in w2[j]]))
    for j, h in enumerate(h1):
        if h > 0:
            d, slopes = d1[j], g1[j]
            gb1[j] += d
            slopes[0] += d * x0
            slopes[1] += d * x1
    return 1 - sign * score, sign * score > 0


def step_by_hand(layers, X, y, lr):
    """One step of train() on plain lists: what pure Python has to compute, and no more."""
    gradients = [([[0.0] * len(row) for row in w], [0.0] * len(b)) for w, b in layers]
    loss, hits, n, penalty = 0.0, 0, len(X), 0.0
    for x, sign in zip(X, y, strict=True):
        point_loss, hit = point_by_hand(layers, gradients, x, sign, n)
        loss += point_loss
        hits += hit
    for (w, b), (gw, gb) in zip(layers, gradients, strict=True):
        for numbers, slopes in zip([*w, b], [*gw, gb], strict=True):
            penalty += sum([p * p for p in numbers])
            moves = [-lr * (g + 2 * ALPHA * p) for p, g in zip(numbers, slopes, strict=True)]
            numbers[:] = map(operator.add, numbers, moves)
    return loss / n + ALPHA * penalty, hits / n


def train_step_by_hand():
    X, y = points()
    layers = initial_layers()
    start = clock()
    history = [step_by_hand(layers, X, y, 1.0 - 0.9 * k / 100) for k in range(100)]
    return (clock() - start) / 100, [loss for loss, _ in history]


def train_step_torch():
    torch = torch_1_thread()
    X, y = (torch.tensor(data, dtype=torch.float64) for data in points())
    y = y.unsqueeze(1)
    layers = initial_layers()

    def prepared():
        model = network_torch(torch, layers, torch.nn.ReLU)
        return model, torch.optim.SGD(model.parameters(), 1.0, weight_decay=2 * ALPHA)

    def step(model, optimizer, k):
        optimizer.param_groups[0]["lr"] = 1.0 - 0.9 * k / 100
        optimizer.zero_grad()
        scores = model(X)
        loss = (1 - y * scores).relu().mean()
        loss.backward()
        optimizer.step()
        return loss.item(), ((scores > 0) == (y > 0)).double().mean().item()

    losses, (model, optimizer) = [], prepared()
    for k in range(100):  # outside the clock, since the penalty is not part of PyTorch's work
        penalty = sum((p.detach() ** 2).sum().item() for p in model.parameters())
        losses.append(step(model, optimizer, k)[0] + ALPHA * penalty)
    seconds = 0.0
    for _ in range(10):
        model, optimizer = prepared()
        start = clock()
        for k in range(100):
            step(model, optimizer, k)
        seconds += clock() - start
    return seconds / 1000, losses


def train_first_step_jax():
    jax = jax_float64()
    X, y = map(jax.numpy.array, points())
    layers = [tuple(map(jax.numpy.array, layer)) for layer in initial_layers()]
    start = clock()

    def loss_of(layers):
        *hidden, (last_weights, last_biases) = layers
        h = X
        for weights, biases in hidden:
            h = jax.nn.relu(h @ weights.T + biases)
        scores = (h @ last_weights.T + last_biases)[:, 0]
        penalty = sum((p * p).sum() for p in jax.tree.leaves(layers))
        loss = jax.nn.relu(1 - y * scores).mean() + ALPHA * penalty
        return loss, ((scores > 0) == (y > 0)).mean()

    @jax.jit
    def step(layers, lr):
        (loss, share), gradients = jax.value_and_grad(loss_of, has_aux=True)(layers)
        return jax.tree.map(lambda p, g: p - lr * g, layers, gradients), loss, share

    layers, loss, share = jax.block_until_ready(step(layers, 1.0))
    seconds, losses = clock() - start, [loss]
    for k in range(1, 100):
        layers, loss, share = step(layers, 1.0 - 0.9 * k / 100)
        losses.append(loss)
    return seconds, losses


# --- an ODE: a network y whose derivative is in its loss ----------------------------------------
# y' = -2 x y with y(0) = 1, as y = 1 + x * network(x), on 41 points. Not on both sides of 0: there
# the symmetry makes gradients of exactly 0, and Adam makes large steps of their rounding errors.

ODE_SIZES = [1, 8, 8, 1]
ODE_POINTS = [i / 20 for i in range(41)]
ODE_STEPS = 2000
ODE_LR = 0.01


def ode_numbers():
    """Return the initial parameters, neuron by neuron: weights, and 0 for the bias."""
    rng = random.Random(1337)
    return [
        number
        for nin, nout in itertools.pairwise(ODE_SIZES)
        for _ in range(nout)
        for number in [*[rng.uniform(-1, 1) for _ in range(nin)], 0.0]
    ]


def ode_result(start, losses):
    seconds = clock() - start
    assert losses[-1] < 1e-3
    return seconds, losses[::100] + losses[-1:]


def ode():
    m = ours()
    net = m.MLP(ODE_SIZES[0], ODE_SIZES[1:], nonlin="tanh")
    for p, number in zip(net.parameters(), ode_numbers(), strict=True):
        p.data = number
    start = clock()

    def loss_of(x):
        y = 1 + x * net([x])
        (dy,) = m.gradients(y, [x])
        return (dy + 2 * x * y) ** 2 / len(ODE_POINTS)

    program = m.trace(loss_of, net.parameters(), ODE_POINTS[0]).compile()
    optimizer = m.Adam(net.parameters(), lr=ODE_LR)
    losses = []
    for _ in range(ODE_STEPS):
        optimizer.zero_grad()
        losses.append(sum(program.batch(ODE_POINTS)))
        optimizer.step()
    return ode_result(start, losses)


def ode_torch():
    torch = torch_1_thread()
    x = torch.tensor(ODE_POINTS, dtype=torch.float64).unsqueeze(1).requires_grad_()
    net = network_torch(torch, layers_of(ode_numbers(), ODE_SIZES), torch.nn.Tanh)
    parameters, ones, losses = list(net.parameters()), torch.ones_like(x), []
    net(x).sum().backward(inputs=parameters)  # what PyTorch prepares on its first backward()
    optimizer = torch.optim.Adam(parameters, lr=ODE_LR)
    start = clock()
    for _ in range(ODE_STEPS):
        optimizer.zero_grad()
        y = 1 + x * net(x)
        (dy,) = torch.autograd.grad(y, x, ones, create_graph=True)
        loss = ((dy + 2 * x * y) ** 2).mean()
        loss.backward(inputs=parameters)  # not that with respect to x, which nobody needs
        optimizer.step()
        losses.append(loss.item())
    return ode_result(start, losses)


def ode_jax():
    jax = jax_float64()
    np = jax.numpy
    xs = np.array(ODE_POINTS)
    layers = [tuple(map(np.array, layer)) for layer in layers_of(ode_numbers(), ODE_SIZES)]
    zeros = jax.tree.map(np.zeros_like, layers)
    state = layers, zeros, zeros, np.zeros(())
    start = clock()

    def y_of(x, layers):
        *hidden, (last_weights, last_biases) = layers
        h = x[None]
        for weights, biases in hidden:
            h = np.tanh(weights @ h + biases)
        return 1 + x * (last_weights @ h + last_biases)[0]

    def loss_of(layers):
        y, dy = jax.vmap(jax.value_and_grad(y_of), (0, None))(xs, layers)
        return ((dy + 2 * xs * y) ** 2).mean()

    @jax.jit
    def step(state):
        layers, ms, vs, t = state
        t = t + 1
        loss, gradients = jax.value_and_grad(loss_of)(layers)
        ms = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, ms, gradients)
        vs = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, vs, gradients)
        m_share, v_share = 1 - 0.9**t, 1 - 0.999**t
        layers = jax.tree.map(
            lambda p, m, v: p - ODE_LR * (m / m_share) / (np.sqrt(v / v_share) + 1e-8),
            layers,
            ms,
            vs,
        )
        return (layers, ms, vs, t), loss

    losses = []
    for _ in range(ODE_STEPS):
        state, loss = step(state)
        losses.append(loss)
    return ode_result(start, list(map(float, losses)))


# --- micrograd's README expression -------------------------------------------------------------


def expression(a, b):
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    return g + 10.0 / f


def expression_of_floats(a, b):
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + max(b + a, 0.0)
    d = d + 3 * d + max(b - a, 0.0)
    e = c - d
    f = e**2
    g = f / 2.0
    return g + 10.0 / f


def derived_by_hand(a, b):
    """The same value, and its derivatives with respect to a and b, as found on paper."""
    s, t = b + a, b - a
    c = s + s + 1.0
    c = c + 1.0 + c - a
    d = a * b + b * b * b
    d = d + d * 2.0 + (s if s > 0.0 else 0.0)
    d = d + 3.0 * d + (t if t > 0.0 else 0.0)
    e = c - d
    f = e * e
    slope = e - 20.0 * e / (f * f)
    da = 3.0 - 12.0 * b - (4.0 if s > 0.0 else 0.0) + (1.0 if t > 0.0 else 0.0)
    db = 4.0 - 12.0 * (a + 3.0 * b * b) - (4.0 if s > 0.0 else 0.0) - (1.0 if t > 0.0 else 0.0)
    return f / 2.0 + 10.0 / f, slope * da, slope * db


def eager(Value, repeat):
    return time_of(lambda: expression(Value(-4.0), Value(2.0)).backward(), repeat)


def eager_torch():
    torch = torch_1_thread()
    return eager(functools.partial(torch.tensor, dtype=torch.float64, requires_grad=True), 3000)


def program():
    m = ours()
    a, b = m.Value(-4.0), m.Value(2.0)
    return time_of(m.trace(lambda: expression(a, b), [a, b]), 300000)


def derived():
    m = ours()
    for numbers in ((-4.0, 2.0), (4.0, -2.0), (1.0, 2.0), (-2.0, -3.0)):
        a, b = map(m.Value, numbers)
        out = expression(a, b)
        out.backward()
        assert agree(derived_by_hand(*numbers), (out.data, a.grad, b.grad))
    return time_of(derived_by_hand, 300000, -4.0, 2.0)


def jitted_jax():
    jax = jax_float64()
    globals()["max"] = jax.numpy.maximum  # for expression_of_floats: JAX cannot trace Python's
    f = jax.jit(jax.value_and_grad(expression_of_floats, argnums=(0, 1)))
    value, gradients = f(-4.0, 2.0)
    assert agree((value, *gradients), derived_by_hand(-4.0, 2.0))
    return time_of(lambda: jax.block_until_ready(f(-4.0, 2.0)), 20000)


def tangent_ad():
    import tangent

    f = tangent.grad(expression_of_floats, wrt=(0, 1), preserve_result=True, check_dims=False)
    da, db, value = f(-4.0, 2.0)
    assert agree((value, da, db), derived_by_hand(-4.0, 2.0))
    return time_of(f, 20000, -4.0, 2.0)


# --- an online step, and one of Adam -----------------------------------------------------------


def online():
    m = ours()
    X, y = points()
    model = network(m)
    optimizer = m.SGD(model.parameters(), lr=0.01)
    program = m.trace(
        lambda x, label: (1 - label * model(x)).relu(), model.parameters(), (X[0], y[0])
    )
    samples = itertools.cycle(zip(X, y, strict=True))

    def step():
        x, label = next(samples)
        optimizer.zero_grad()
        program(x, label)
        optimizer.step()

    return time_of(step, 5000)


def online_torch():
    torch = torch_1_thread()
    samples = itertools.cycle(
        zip(*(torch.tensor(data, dtype=torch.float64) for data in points()), strict=True)
    )
    model = network_torch(torch, initial_layers(), torch.nn.ReLU)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step():
        x, label = next(samples)
        optimizer.zero_grad()
        (1 - label * model(x)).relu().backward()
        optimizer.step()

    return time_of(step, 2000)


def adam():
    m = ours()
    parameters = network(m).parameters()
    for i, p in enumerate(parameters):
        p.grad = (i % 7 - 3) / 10
    return time_of(m.Adam(parameters).step, 500)


def adam_torch(shapes):
    torch = torch_1_thread()
    parameters = [torch.rand(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    for p in parameters:
        p.grad = torch.ones_like(p)
    return time_of(torch.optim.Adam(parameters).step, 200)


# --- a large graph: a step of a small transformer ----------------------------------------------


class Lean:
    """The leanest Value: no numbers beside it, no checks, no deeper than Python's calls go."""

    __slots__ = ("data", "grad", "children", "slopes")

    def __init__(self, data, children=(), slopes=()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self.slopes = slopes

    def __add__(self, other):
        return Lean(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Lean(self.data * other.data, (self, other), (other.data, self.data))

    def exp(self):
        y = math.exp(self.data)
        return Lean(y, (self,), (y,))

    def log(self):
        return Lean(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self):
        x = self.data
        return Lean(x, (self,), (1.0,)) if x > 0.0 else Lean(0.0, (self,), (0.0,))

    def visit(self, order, seen):
        seen.add(self)
        for child in self.children:
            if child.children and child not in seen:
                child.visit(order, seen)
        order.append(self)

    def backward(self):
        order = []
        self.visit(order, set())
        self.grad = 1.0
        for v in reversed(order):
            grad, children = v.grad, v.children
            i = 0  # faster than enumerate()
            for slope in v.slopes:
                children[i].grad += grad * slope
                i += 1  # noqa: SIM113


LEAN = types.SimpleNamespace(Value=Lean, exp=Lean.exp, log=Lean.log)
SHAPES = {
    "token": (27, 16),
    "place": (8, 16),
    "query": (16, 16),
    "key": (16, 16),
    "value": (16, 16),
    "up": (64, 16),
    "down": (16, 64),
    "logits": (27, 16),
}


def total(values):
    return functools.reduce(operator.add, values)


def times(matrix, x):
    return [total(map(operator.mul, row, x)) for row in matrix]


def plus(x, y):
    return list(map(operator.add, x, y))


def log_softmax(m, x, minus):
    less = m.log(total(list(map(m.exp, x)))) * minus
    return [v + less for v in x]


def transformer_loss(m, p, tokens, minus):
    """The loss of guessing each token after the first, by attention to those before it."""
    keys, values, losses = [], [], []
    for place, token, following in zip(p["place"], tokens[:-1], tokens[1:], strict=True):
        x = plus(p["token"][token], place)
        keys.append(times(p["key"], x))
        values.append(times(p["value"], x))
        shares = list(map(m.exp, log_softmax(m, times(keys, times(p["query"], x)), minus)))
        x = plus(x, times(zip(*values, strict=True), shares))
        x = plus(x, times(p["down"], [v.relu() for v in times(p["up"], x)]))
        losses.append(log_softmax(m, times(p["logits"], x), minus)[following] * minus)
    return total(losses)


def transformer_step(m, collect=False):
    rng = random.Random(1337)
    p = {
        name: [[m.Value(rng.gauss(0, 0.1)) for _ in range(nin)] for _ in range(nout)]
        for name, (nout, nin) in SHAPES.items()
    }
    parameters = [v for matrix in p.values() for row in matrix for v in row]
    tokens = [rng.randrange(27) for _ in range(9)]
    losses = []

    def step():
        loss = transformer_loss(m, p, tokens, m.Value(-1.0))
        loss.backward()
        for v in parameters:
            v.data -= 0.1 * v.grad
            v.grad = 0.0
        losses.append(loss.data)

    sys.setrecursionlimit(100_000)  # for Lean
    if not collect:
        gc.disable()
    seconds = time_of(step, 20)
    assert losses[-1] < losses[0]
    return seconds


# --- memory ------------------------------------------------------------------------------------


def bytes_of(build):
    """Return the bytes of a graph after backward()."""
    gc.collect()
    tracemalloc.start()
    out = build()
    out.backward()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def node_bytes(m):
    def chain():
        v, a, b = m.Value(1.0), m.Value(1.0), m.Value(0.5)
        for _ in range(400):
            v = v * b + a
        return v

    return bytes_of(chain) / 803


# --- the table ---------------------------------------------------------------------------------

SECONDS = ("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)
BYTES = ("MB", 1e6), ("kB", 1e3), ("B", 1)


def written(x, units):
    unit, size = next(pair for pair in units if x >= pair[1])
    return f"{x / size:.3g} {unit}"


def factor(x):
    return f"1/{1 / x:.3g}" if x < 1 else f"{x:.3g}" if x < 1000 else f"{x:.0f}"


PACKAGES = {"micrograd": "micrograd", "PyTorch": "torch", "JAX": "jax", "tangent-ad": "tangent"}
MOONS = "training a 2-16-16-1 ReLU network on 100 moons"
STEP = f"a step of {MOONS} with `train`"
README = "micrograd's README expression and its gradients, by a traced `program()`"
ODE = "solving y' = -2xy by a 1-8-8-1 tanh network: 2000 steps of Adam, 41 points"
PUBLISHED = f"a step of {MOONS} with micrograd's published loop"
BATCHED = "PyTorch, batched, float64, 1 thread"
SCALARS = "PyTorch, scalars, float64"
LINEAR = [(16, 2), (16,), (16, 16), (16,), (1, 16), (1,)]
JOBS = [  # the job, how to measure it here, and its rows: rounds, against what, and that there
    (
        f"{STEP}, compiled",
        lambda: train_step(True),
        [
            (9, BATCHED, train_step_torch),
            (3, "micrograd, its published loop", lambda: demo_step(peer(), 3)),
        ],
    ),
    (
        f"before the first step of {MOONS}: tracing, compiling (and that step)",
        train_first_step,
        [
            (5, "JAX, jitting the same step, float64", train_first_step_jax),
        ],
    ),
    (
        f"{STEP}, not compiled",
        lambda: train_step(False),
        [
            (7, BATCHED, train_step_torch),
            (7, "by hand, on plain lists", train_step_by_hand),
        ],
    ),
    (
        f"{ODE}; tracing and compiling included",
        ode,
        [
            (5, "PyTorch, batched, `create_graph=True`, float64, 1 thread", ode_torch),
            (5, "JAX, jitted, compiling included, float64", ode_jax),
        ],
    ),
    (
        README,
        program,
        [
            (7, "micrograd", lambda: eager(peer().Value, 10000)),
            (5, SCALARS, eager_torch),
            (5, "JAX, jitted, float64", jitted_jax),
            (3, "tangent-ad", tangent_ad),
            (9, "derived by hand", derived),
        ],
    ),
    (
        "learning one point online: a traced `program(x, label)`, `SGD`, `zero_grad`",
        online,
        [
            (5, "PyTorch, float64, 1 thread", online_torch),
        ],
    ),
    (
        "micrograd's README expression and `backward()`, eager",
        lambda: eager(ours().Value, 20000),
        [
            (7, "micrograd", lambda: eager(peer().Value, 10000)),
            (5, SCALARS, eager_torch),
        ],
    ),
    (
        "`python micrograd.py`, start to exit",
        command,
        [
            (3, "micrograd, 100 steps of its published loop (20 × 5)", demo_100_steps),
        ],
    ),
    (
        f"{PUBLISHED}, eager, only the import changed",
        lambda: demo_step(ours(), 50),
        [
            (3, "micrograd", lambda: demo_step(peer(), 3)),
        ],
    ),
    (
        "a step of `Adam`, 337 parameters",
        adam,
        [
            (3, "PyTorch, 337 scalars", lambda: adam_torch([()] * 337)),
            (5, "PyTorch, 6 tensors", lambda: adam_torch(LINEAR)),
        ],
    ),
    (
        "bytes of a node, half of them `*`, half `+`",
        lambda: node_bytes(ours()),
        [
            (1, "micrograd", lambda: node_bytes(peer())),
        ],
    ),
    (
        "a small transformer's step, 57,000 nodes, eager, collector paused",
        lambda: transformer_step(ours()),
        [
            (7, "the leanest Value", lambda: transformer_step(LEAN)),
            (5, "collector on", lambda: transformer_step(ours(), collect=True)),
        ],
    ),
]
ROWS = [(job, here, *row) for job, here, rows in JOBS for row in rows]


def measure(row, side):
    """Return the numbers that this file prints when it is called with a row and a side of it."""
    job = subprocess.run([sys.executable, __file__, str(row), side], capture_output=True, text=True)
    if job.returncode:
        sys.exit(job.stderr)
    seconds, *results = map(float, job.stdout.split())
    return seconds, results


def ratio_of(row):
    """Let both sides of a row take their turns; return the median of here, there and the ratio."""
    rounds, name = ROWS[row - 1][2:4]
    pairs = []
    for _ in range(rounds):
        (here, found), (there, expected) = measure(row, "here"), measure(row, "there")
        assert agree(found, expected, 1e-6), f"row {row}: {found} here, {expected} by {name}"
        pairs.append((here, there, there / here))
    return map(statistics.median, zip(*pairs, strict=True))


def main(arguments):
    if arguments[1:] in (["here"], ["there"]):
        _, here, _, _, there = ROWS[int(arguments[0]) - 1]
        result = here() if arguments[1] == "here" else there()
        seconds, results = result if isinstance(result, tuple) else (result, [])
        print(seconds, *results)
        return
    print("| job | here | against | there | there : here |", flush=True)
    print("| --- | --: | --- | --: | --: |", flush=True)
    for row in map(int, arguments or range(1, len(ROWS) + 1)):
        job, _, _, name, _ = ROWS[row - 1]
        package = PACKAGES.get(name.split(",")[0])
        if package and not importlib.machinery.PathFinder.find_spec(package, without_ours()):
            continue
        here, there, ratio = ratio_of(row)
        units = BYTES if job.startswith("bytes") else SECONDS
        columns = job, written(here, units), name, written(there, units), f"{factor(ratio)} ×"
        print(f"| {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
