"""Measure micrograd.py beside its peers, and print the table that the README quotes.

    python .ci/bench.py            about six minutes; needs `pip install micrograd` for most rows
                                   and `pip install torch` for those against PyTorch

Each figure comes from a process of its own, so that nobody's garbage is in anybody's way. The
contestants of a row take turns for several rounds; the row shows the median of each and of the
ratios round by round. A row whose peer is not installed is left out. It writes nothing.
"""
import gc
import importlib.machinery
import importlib.util
import pathlib
import random
import statistics
import subprocess
import sys
import time
import tracemalloc

HERE = pathlib.Path(__file__).resolve().parent
OURS = HERE.parent / "micrograd.py"
clock = time.perf_counter


def ours():
    spec = importlib.util.spec_from_file_location("ours", OURS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peer():
    """PyPI's micrograd, which bears the name of our file."""
    sys.path[:] = [p for p in sys.path if pathlib.Path(p or ".").resolve() != OURS.parent]
    from micrograd.engine import Value
    from micrograd.nn import MLP
    return Value, MLP


def points():
    return ours().make_moons(100, noise=0.1, random_state=1337)


# the published demo loop ---------------------------------------------------------------------

def demo_graph(Value, model, X, y):
    inputs = [list(map(Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum((p * p for p in model.parameters()))
    return data_loss + reg_loss, scores


def demo_steps(Value, MLP, steps):
    X, y = points()
    y = [2 * label - 1 for label in y]
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    times = []
    for k in range(steps):
        start = clock()
        total_loss, scores = demo_graph(Value, model, X, y)
        hits = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        sum(hits) / len(hits)
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        times.append(clock() - start)
    return times


def demo_step_ours():
    m = ours()
    return statistics.median(demo_steps(m.Value, m.MLP, 100))


def demo_step_micrograd():
    return statistics.median(demo_steps(*peer(), 20))


def demo_loop_micrograd():
    start = clock()
    demo_steps(*peer(), 100)
    return clock() - start


def command_ours():
    start = clock()
    subprocess.run([sys.executable, str(OURS)], stdout=subprocess.DEVNULL, check=True)
    return clock() - start


def training_step_ours():
    m = ours()
    X, y = points()
    model = m.MLP(2, [16, 16, 1], rng=random.Random(1337))
    start = clock()
    m.train(model, X, y, steps=100)
    return (clock() - start) / 100


# the same step by hand -----------------------------------------------------------------------

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
        sign = 1 if label else -1
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
    rng = random.Random(1337)
    layers = [([[rng.uniform(-1, 1) for _ in range(nin)] for _ in range(nout)], [0.0] * nout)
              for nin, nout in ((2, 16), (16, 16), (16, 1))]
    start = clock()
    history = [by_hand(layers, X, y, 1.0 - 0.9 * k / 100) for k in range(100)]
    elapsed = clock() - start
    m = ours()
    expected = m.train(m.MLP(2, [16, 16, 1], rng=random.Random(1337)), X, y, steps=100)
    assert all(abs(a / b - 1) < 1e-9 and hits == h for (a, hits), (b, h) in zip(history, expected))
    return elapsed / 100


# micrograd's README expression ---------------------------------------------------------------

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


def time_expression(make, repeat):
    start = clock()
    for _ in range(repeat):
        expression(make(-4.0), make(2.0)).backward()
    return (clock() - start) / repeat


def expression_ours():
    return time_expression(ours().Value, 20000)


def expression_micrograd():
    return time_expression(peer()[0], 10000)


def expression_torch():
    import torch
    return time_expression(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True), 2000)


# online SGD ----------------------------------------------------------------------------------

def online_ours():
    m = ours()
    X, y = points()
    random.seed(1337)
    model = m.MLP(2, [16, 16, 1])
    parameters = model.parameters()
    y = [2.0 * label - 1 for label in y]
    start = clock()
    for _ in range(10):
        for x, sign in zip(X, y):
            loss = (1 - sign * model(x)).relu()
            for p in parameters:
                p.grad = 0.0
            loss.backward()
            for p in parameters:
                p.data -= 0.01 * p.grad
    return (clock() - start) / 1000


def online_torch():
    import torch
    torch.set_num_threads(1)  # on so small a network, more threads are slower
    X, y = points()
    X = torch.tensor(X, dtype=torch.float64)
    y = torch.tensor([2.0 * label - 1 for label in y], dtype=torch.float64)
    model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16),
                                torch.nn.ReLU(), torch.nn.Linear(16, 1)).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    start = clock()
    for _ in range(10):
        for x, sign in zip(X, y):
            loss = (1 - sign * model(x)).relu()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return (clock() - start) / 1000


# Adam ----------------------------------------------------------------------------------------

def adam_ours():
    m = ours()
    parameters = m.MLP(2, [16, 16, 1], rng=random.Random(1337)).parameters()
    for i, p in enumerate(parameters):
        p.grad = (i % 7 - 3) / 10
    optimizer = m.Adam(parameters)
    start = clock()
    for _ in range(100):
        optimizer.step()
    return clock() - start


def adam_torch(shapes):
    import torch
    torch.set_num_threads(1)
    parameters = [torch.rand(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    for p in parameters:
        p.grad = torch.ones_like(p)
    optimizer = torch.optim.Adam(parameters)
    start = clock()
    for _ in range(100):
        optimizer.step()
    return clock() - start


def adam_torch_scalars():
    return adam_torch([()] * 337)


def adam_torch_tensors():
    return adam_torch([(16, 2), (16,), (16, 16), (16,), (1, 16), (1,)])


# memory --------------------------------------------------------------------------------------

def bytes_of(build):
    """The bytes of a graph after backward(), and its number of nodes, leaves included."""
    gc.collect()
    tracemalloc.start()
    out = build()
    out.backward()
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    seen, stack = set(), [out]
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            stack.extend(v._prev)
    return used, len(seen)


def chain(Value):
    a, b = Value(1.0), Value(0.5)
    v = a
    for _ in range(400):
        v = v * b + a
    return v


def node_bytes(Value):
    used, nodes = bytes_of(lambda: chain(Value))
    return used / nodes


def graph_bytes(Value):
    return bytes_of(lambda: expression(Value(-4.0), Value(2.0)))[0]


def demo_bytes(Value, MLP):
    X, y = points()
    model = MLP(2, [16, 16, 1])
    return bytes_of(lambda: demo_graph(Value, model, X, [2 * label - 1 for label in y])[0])[0]


def node_bytes_ours():
    return node_bytes(ours().Value)


def node_bytes_micrograd():
    return node_bytes(peer()[0])


def graph_bytes_ours():
    return graph_bytes(ours().Value)


def graph_bytes_micrograd():
    return graph_bytes(peer()[0])


def demo_bytes_ours():
    m = ours()
    return demo_bytes(m.Value, m.MLP)


def demo_bytes_micrograd():
    sys.setrecursionlimit(100_000)  # its backward() is recursive
    return demo_bytes(*peer())


# the table -----------------------------------------------------------------------------------

def duration(x):
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if x * factor >= 1:
            break
    return f"{x * factor:.3g} {unit}"


def size(x):
    for unit, factor in (("MB", 1e6), ("kB", 1e3), ("B", 1)):
        if x >= factor:
            break
    return f"{x / factor:.3g} {unit}"


ROWS = [  # job, ours, the peer's name, the peer's, rounds, how to write it
    ("a step of the published demo loop", demo_step_ours, "micrograd", demo_step_micrograd, 3,
     duration),
    ("`python micrograd.py`, start to exit", command_ours, "micrograd, 100 steps of that loop",
     demo_loop_micrograd, 1, duration),
    ("a step of `train`", training_step_ours, "the same by hand, on plain lists",
     by_hand_step, 9, duration),
    ("micrograd's README expression, forward and backward", expression_ours, "micrograd",
     expression_micrograd, 9, duration),
    ("the same", expression_ours, "PyTorch, float64", expression_torch, 5, duration),
    ("a step of online SGD, 1 sample, 337 parameters", online_ours, "PyTorch, float64",
     online_torch, 5, duration),
    ("100 Adam steps, 337 parameters", adam_ours, "PyTorch, 337 scalars", adam_torch_scalars, 5,
     duration),
    ("the same", adam_ours, "PyTorch, 6 tensors", adam_torch_tensors, 5, duration),
    ("bytes of a node, half of them `*`, half `+`", node_bytes_ours, "micrograd",
     node_bytes_micrograd, 1, size),
    ("bytes of the README expression's graph", graph_bytes_ours, "micrograd",
     graph_bytes_micrograd, 1, size),
    ("bytes of a demo step's graph", demo_bytes_ours, "micrograd", demo_bytes_micrograd, 1, size),
]


def measure(job):
    p = subprocess.run([sys.executable, __file__, job.__name__], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, universal_newlines=True)
    if p.returncode:
        sys.exit(p.stderr)
    return float(p.stdout)


def main():
    if len(sys.argv) > 1:
        print(globals()[sys.argv[1]]())
        return
    path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != OURS.parent]
    print("| job | here | against | there | there : here |", flush=True)
    print("| --- | --: | --- | --: | --: |", flush=True)
    for job, mine, name, theirs, rounds, write in ROWS:
        package = {"PyTorch": "torch", "micrograd": "micrograd"}.get(name.split(",")[0])
        if package and not importlib.machinery.PathFinder.find_spec(package, path):
            continue
        pairs = [(measure(mine), measure(theirs)) for _ in range(rounds)]
        ratio = statistics.median(there / here for here, there in pairs)
        here, there = (write(statistics.median(column)) for column in zip(*pairs))
        times = f"{ratio:.3g} ×" if ratio >= 1 else f"1/{1 / ratio:.2g} ×"
        print(f"| {job} | {here} | {name} | {there} | {times} |", flush=True)


if __name__ == "__main__":
    main()
