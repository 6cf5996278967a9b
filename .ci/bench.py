"""Measure micrograd.py beside its peers, and print the table that the README quotes.

    python .ci/bench.py           all rows, in about six minutes
    python .ci/bench.py 1 2 20    only these, as counted in ROWS, at the end of this file

The peers are `pip install micrograd torch jax tangent-ad`; a row whose peer is not installed is
left out. Each figure comes from a process of its own, so that nobody's garbage is in anybody's
way. The contestants of a row take turns for several rounds; the row shows the median of each and
of the ratios round by round.

What is made once is made before the clock starts: networks, optimizers, traced programs, what JAX
compiles. Only `train` traces as part of its work: each of 100 steps bears a hundredth of that.
"""
import functools, gc, importlib.machinery, importlib.util, itertools, math, operator, pathlib
import random, statistics, subprocess, sys, time, tracemalloc, types

OURS = pathlib.Path(__file__).resolve().parent.parent / "micrograd.py"
clock = time.perf_counter

def ours():
    spec = importlib.util.spec_from_file_location("ours", OURS)
    module = importlib.util.module_from_spec(spec)
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

def points():
    """Return 100 points on two moons, and their labels, -1 or 1."""
    X, y = ours().make_moons(100, noise=0.1, random_state=1337)
    return X, [2.0 * label - 1 for label in y]

def network(m):
    random.seed(1337)
    return m.MLP(2, [16, 16, 1])

def network_torch(torch):
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    layers = linear(2, 16), relu(), linear(16, 16), relu(), linear(16, 1)
    return torch.nn.Sequential(*layers).double()

def time_of(job, repeat, *args):
    """Return the seconds of job(*args), the mean of repeat calls after a tenth as many."""
    for _ in range(repeat // 10):
        job(*args)
    start = clock()
    for _ in range(repeat):
        job(*args)
    return (clock() - start) / repeat

def agree(numbers, expected):
    return all(abs(x / y - 1) < 1e-9 for x, y in zip(numbers, expected))

# --- micrograd's published loop ----------------------------------------------------------------

def demo_graph(m, model, X, y):
    inputs = [list(map(m.Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum((p * p for p in model.parameters()))
    return data_loss + reg_loss, scores

def demo_steps(m, steps):
    """Return the seconds of each step."""
    X, y = points()
    model = network(m)
    times = []
    for k in range(steps):
        start = clock()
        total_loss, scores = demo_graph(m, model, X, y)
        hits = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        sum(hits) / len(hits)
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        times.append(clock() - start)
    return times

def demo_step(m, steps):
    return statistics.median(demo_steps(m, steps))

def command():
    start = clock()
    subprocess.run([sys.executable, str(OURS)], stdout=subprocess.DEVNULL, check=True)
    return clock() - start

# --- a step of train ---------------------------------------------------------------------------

def train_step(first):
    """Return the mean seconds of the steps of train() from that one on, of 100."""
    m = ours()
    X, y = points()
    times = [clock()]
    m.train(network(m), X, [x > 0 for x in y], callback=lambda *step: times.append(clock()))
    return (times[-1] - times[first]) / (100 - first)

def by_hand(layers, X, y, lr, alpha=1e-4):
    """One step of train() on plain lists: what pure Python has to compute, and no more."""
    (w1, b1), (w2, b2), ((w3,), b3) = layers
    g1, g2 = [[0.0] * len(row) for row in w1], [[0.0] * len(row) for row in w2]
    gb1, gb2, g3, gb3 = [0.0] * len(b1), [0.0] * len(b2), [0.0] * len(w3), 0.0
    loss, hits, n = 0.0, 0, len(X)
    for (x0, x1), label in zip(X, y):
        h1 = []
        for (u, v), total in zip(w1, b1):
            total += u * x0 + v * x1
            h1.append(total if total > 0 else 0.0)
        h2 = []
        for row, total in zip(w2, b2):
            for w, h in zip(row, h1):
                total += w * h
            h2.append(total if total > 0 else 0.0)
        score = b3[0]
        for w, h in zip(w3, h2):
            score += w * h
        sign = 1 if label > 0 else -1
        hits += sign * score > 0
        if sign * score >= 1:
            continue
        loss += 1 - sign * score
        g = -sign / n
        gb3 += g
        g3 = [a + g * h for a, h in zip(g3, h2)]
        d1 = [0.0] * len(h1)
        for j, h in enumerate(h2):
            if h > 0:
                d = g * w3[j]
                gb2[j] += d
                g2[j] = [a + d * h for a, h in zip(g2[j], h1)]
                d1 = [a + d * w for a, w in zip(d1, w2[j])]
        for j, (h, d) in enumerate(zip(h1, d1)):
            if h > 0:
                gb1[j] += d
                g1[j][0] += d * x0
                g1[j][1] += d * x1
    penalty = 0.0
    for parameters, gradients in ((*zip(w1, g1), *zip(w2, g2), (w3, g3), (b1, gb1), (b2, gb2),
                                   (b3, [gb3]))):
        for i, (p, g) in enumerate(zip(parameters, gradients)):
            penalty += p * p
            parameters[i] = p - lr * (g + 2 * alpha * p)
    return loss / n + alpha * penalty, hits / n

def by_hand_step():
    X, y = points()
    m = ours()
    model = network(m)
    layers = [([[w.data for w in neuron.w] for neuron in layer.neurons],
               [neuron.b.data for neuron in layer.neurons]) for layer in model.layers]
    start = clock()
    history = [by_hand(layers, X, y, 1.0 - 0.9 * k / 100) for k in range(100)]
    seconds = clock() - start
    for step, expected in zip(history, m.train(model, X, [x > 0 for x in y])):
        assert agree(step, expected)
    return seconds / 100

def train_step_torch():
    torch = torch_1_thread()
    X, y = (torch.tensor(data, dtype=torch.float64) for data in points())
    y = y.unsqueeze(1)
    model = network_torch(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=2e-4)

    def step():
        optimizer.zero_grad()
        scores = model(X)
        loss = (1 - y * scores).relu().mean()
        loss.backward()
        optimizer.step()
        return loss.item(), ((scores > 0) == (y > 0)).double().mean().item()

    return time_of(step, 1000)

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
    import jax
    jax.config.update("jax_enable_x64", True)
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
    program = m.trace(lambda x0, x1, label: (1 - label * model([x0, x1])).relu(),
                      model.parameters(), [*X[0], y[0]])
    samples = itertools.cycle([(*x, label) for x, label in zip(X, y)])

    def step():
        optimizer.zero_grad()
        program(*next(samples))
        optimizer.step()

    return time_of(step, 5000)

def online_torch():
    torch = torch_1_thread()
    samples = itertools.cycle(zip(*(torch.tensor(data, dtype=torch.float64) for data in points())))
    model = network_torch(torch)
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
            i = 0  # faster than zip()
            for slope in v.slopes:
                children[i].grad += grad * slope
                i += 1

SHAPES = {"token": (27, 16), "place": (8, 16), "query": (16, 16), "key": (16, 16),
          "value": (16, 16), "up": (64, 16), "down": (16, 64), "logits": (27, 16)}

def total(values):
    return functools.reduce(operator.add, values)

def times(matrix, x):
    return [total(map(operator.mul, row, x)) for row in matrix]

def plus(x, y):
    return list(map(operator.add, x, y))

def log_softmax(x, minus):
    less = total([v.exp() for v in x]).log() * minus
    return [v + less for v in x]

def transformer_loss(p, tokens, minus):
    """The loss of guessing each token after the first, by attention to those before it."""
    keys, values, losses = [], [], []
    for place, token, following in zip(p["place"], tokens, tokens[1:]):
        x = plus(p["token"][token], place)
        keys.append(times(p["key"], x))
        values.append(times(p["value"], x))
        shares = [v.exp() for v in log_softmax(times(keys, times(p["query"], x)), minus)]
        x = plus(x, times(zip(*values), shares))
        x = plus(x, times(p["down"], [v.relu() for v in times(p["up"], x)]))
        losses.append(log_softmax(times(p["logits"], x), minus)[following] * minus)
    return total(losses)

def transformer_step(Value, collect=False):
    rng = random.Random(1337)
    p = {name: [[Value(rng.gauss(0, 0.1)) for _ in range(nin)] for _ in range(nout)]
         for name, (nout, nin) in SHAPES.items()}
    parameters = [v for matrix in p.values() for row in matrix for v in row]
    tokens = [rng.randrange(27) for _ in range(9)]
    losses = []

    def step():
        loss = transformer_loss(p, tokens, Value(-1.0))
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

def graph_bytes(m):
    return bytes_of(lambda: expression(m.Value(-4.0), m.Value(2.0)))

def demo_bytes(m):
    sys.setrecursionlimit(100_000)  # micrograd's backward() is recursive
    X, y = points()
    model = network(m)
    return bytes_of(lambda: demo_graph(m, model, X, y)[0])

# --- the table ---------------------------------------------------------------------------------

SECONDS = ("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)
BYTES = ("MB", 1e6), ("kB", 1e3), ("B", 1)

def written(x, units):
    unit, size = next(pair for pair in units if x >= pair[1])
    return f"{x / size:.3g} {unit}"

def factor(x):
    return f"1/{1 / x:.3g}" if x < 1 else f"{x:.3g}" if x < 1000 else f"{x:.0f}"

PACKAGES = {"micrograd": "micrograd", "PyTorch": "torch", "JAX": "jax", "tangent-ad": "tangent"}
ROWS = [  # rounds, the job, how to measure it here, against what, and that there
    (7, "a step of `train`, 100 moons, 337 parameters", lambda: train_step(0),
     "the same by hand, on plain lists", by_hand_step),
    (3, "the same", lambda: train_step(0),
     "micrograd, its published loop", lambda: demo_step(peer(), 3)),
    (5, "the same", lambda: train_step(0),
     "PyTorch, batched, float64, 1 thread", train_step_torch),
    (3, "the same, after the first step, which traces", lambda: train_step(1),
     "PyTorch, batched, float64, 1 thread", train_step_torch),
    (3, "`python micrograd.py`, start to exit, with its picture", command,
     "micrograd, 100 steps of its loop (20 × 5)", lambda: 20 * sum(demo_steps(peer(), 5))),
    (7, "micrograd's README expression with gradients, `program()`", program,
     "micrograd", lambda: eager(peer().Value, 10000)),
    (5, "the same", program, "PyTorch, scalars, float64", eager_torch),
    (5, "the same", program, "JAX, jitted, float64", jitted_jax),
    (3, "the same", program, "tangent-ad", tangent_ad),
    (9, "the same", program, "derived by hand", derived),
    (5, "an online step: `program(...)`, `SGD`, `zero_grad`", online,
     "PyTorch, float64, 1 thread", online_torch),
    (7, "the README expression, eager", lambda: eager(ours().Value, 20000),
     "micrograd", lambda: eager(peer().Value, 10000)),
    (5, "the same", lambda: eager(ours().Value, 20000),
     "PyTorch, scalars, float64", eager_torch),
    (3, "a step of the published loop, eager, only the import changed",
     lambda: demo_step(ours(), 50), "micrograd", lambda: demo_step(peer(), 3)),
    (3, "an Adam step, 337 parameters", adam,
     "PyTorch, 337 scalars", lambda: adam_torch([()] * 337)),
    (5, "the same", adam, "PyTorch, 6 tensors",
     lambda: adam_torch([(16, 2), (16,), (16, 16), (16,), (1, 16), (1,)])),
    (1, "bytes of a node, half of them `*`, half `+`", lambda: node_bytes(ours()),
     "micrograd", lambda: node_bytes(peer())),
    (1, "bytes of the README expression's graph", lambda: graph_bytes(ours()),
     "micrograd", lambda: graph_bytes(peer())),
    (1, "bytes of the published loop's graph", lambda: demo_bytes(ours()),
     "micrograd", lambda: demo_bytes(peer())),
    (7, "a small transformer's step, 57,000 nodes, eager, collector paused",
     lambda: transformer_step(ours().Value), "the leanest Value", lambda: transformer_step(Lean)),
    (5, "the same", lambda: transformer_step(ours().Value), "collector on",
     lambda: transformer_step(ours().Value, collect=True)),
]

def measure(row, side):
    """Return what this file prints when it is called with a row and a side of it."""
    job = subprocess.run([sys.executable, __file__, str(row), side], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, universal_newlines=True)
    if job.returncode:
        sys.exit(job.stderr)
    return float(job.stdout)

def main(arguments):
    if arguments[1:] in (["here"], ["there"]):
        _, _, here, _, there = ROWS[int(arguments[0]) - 1]
        print(here() if arguments[1] == "here" else there())
        return
    print("| job | here | against | there | there : here |", flush=True)
    print("| --- | --: | --- | --: | --: |", flush=True)
    for row in map(int, arguments or range(1, len(ROWS) + 1)):
        rounds, job, _, name, _ = ROWS[row - 1]
        package = PACKAGES.get(name.split(",")[0])
        if package and not importlib.machinery.PathFinder.find_spec(package, without_ours()):
            continue
        pairs = [(measure(row, "here"), measure(row, "there")) for _ in range(rounds)]
        ratio = statistics.median(there / here for here, there in pairs)
        units = BYTES if job.startswith("bytes") else SECONDS
        here, there = (written(statistics.median(column), units) for column in zip(*pairs))
        print(f"| {job} | {here} | {name} | {there} | {factor(ratio)} × |", flush=True)

if __name__ == "__main__":
    main(sys.argv[1:])
