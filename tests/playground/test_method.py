"""The playground computes what the library computes: its random numbers, its steps and its measures are the same."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import prenoise
from prenoise import measures
from prenoise.keys import as_key
from prenoise.optimisers import adam
from prenoise.random_bits import bits, seed_words, shuffled
from prenoise.rules import weight_mirror
from prenoise.stopping import settled

BATCH, STEPS = 64, 200
LEARN = """
const { learn } = await load("method/learning"), { adam } = await load("method/adam");
const { RULES, weightMirror } = await load("method/rules"), { noiseBatch, normals } = await load("method/noise");
const { readDigits, dataBatch } = await load("method/digits"), { angles } = await load("method/alignment");
const { accuracy } = await load("method/accuracy");
const arrays = (lists) => lists.map((list) => Float32Array.from(list));
const network = {
  sizes: given.sizes, weights: arrays(given.weights), biases: arrays(given.biases), feedback: arrays(given.feedback),
};
const rule = given.rule === "mirror" ? weightMirror(given.mirror) : RULES[given.rule];
const optimiser = adam(given.rate), digits = given.digits ? readDigits(given.digits, 1437) : null;
for (let step = 0; step < given.steps; step++) {
  const batch = digits
    ? dataBatch(digits.train, given.seed, step, 64)
    : noiseBatch({ distribution: given.distribution, scale: given.scale }, given.seed, step, 64, 64, 10);
  learn(network, optimiser, batch, rule, (layer, count) => normals(given.seed, step, layer, count));
}
return {
  ...network,
  angles: network.feedback.map((_, layer) => angles(network, rule, layer)),
  accuracy: digits && accuracy(network, digits.test),
};
"""


def words(key):
    """The seed of a run in the library, as the playground writes it."""
    return [int(word) for word in seed_words(as_key(key))]


def exported(network):
    """A network as JSON."""
    lists = {
        name: [np.asarray(array).ravel().tolist() for array in getattr(network, name)]
        for name in ("weights", "biases", "feedback")
    }
    return {"sizes": network.sizes, **lists}


def assert_same(found, network):
    """To rounding, which Adam turns into a fraction of a step, 1e-4, where a gradient is next to zero."""
    for name in ("weights", "biases", "feedback"):
        for mine, theirs in zip(found[name], getattr(network, name), strict=True):
            difference = np.abs(np.asarray(mine) - np.asarray(theirs).ravel())
            assert difference.max() < 1e-4
            assert difference.mean() < 1e-5


@pytest.mark.parametrize(("step", "stream"), [(0, 0), (7, 1), (2**31 + 5, 3)])
def test_random_bits_are_those_of_the_library(javascript, step, stream):
    code = 'return (await load("method/random_bits")).bits(given.seed, given.step, 1001, given.stream);'
    found = javascript(code, seed=words(5), step=step, stream=stream)
    assert found == np.asarray(bits(seed_words(as_key(5)), jnp.uint32(step), 1001, stream=stream)).tolist()


def test_every_epoch_has_the_order_of_the_library(javascript):
    code = 'return (await load("method/random_bits")).shuffled(given.seed, given.epoch, 1437, 0, 1437);'
    for epoch in (0, 3):
        found = javascript(code, seed=words(2), epoch=epoch)
        positions = jnp.arange(1437, dtype=jnp.uint32)
        assert found == np.asarray(shuffled(seed_words(as_key(2)), jnp.uint32(epoch), positions, 1437)).tolist()
        assert sorted(found) == list(range(1437))


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_noise_is_that_of_the_library(javascript, distribution):
    code = 'return (await load("method/noise")).noiseBatch(given, given.seed, 11, 64, 64, 10);'
    found = javascript(code, seed=words(3), distribution=distribution, scale=0.5)
    batch = prenoise.Noise(scale=0.5, distribution=distribution).batch(
        seed_words(as_key(3)), jnp.uint32(11), size=64, inputs=64, classes=10, examples=jnp.uint32(10**6)
    )
    np.testing.assert_allclose(found["inputs"], np.asarray(batch.inputs).ravel(), atol=1e-6)
    assert found["labels"] == np.asarray(batch.labels).tolist()


def test_quantiles_are_those_of_the_normal_distribution(javascript):
    levels = np.concatenate([[1e-10, 1e-6], np.linspace(0.001, 0.999, 999), [1 - 1e-6]])
    code = 'const { normalQuantile } = await load("method/normal"); return given.levels.map(normalQuantile);'
    np.testing.assert_allclose(javascript(code, levels=levels.tolist()), stats.norm.ppf(levels), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("scale", [0.25, 4])
def test_noise_and_first_weights_have_the_moments_they_should_have(javascript, scale):
    code = """
    const { noiseBatch } = await load("method/noise"), { randomNetwork } = await load("method/network");
    const batch = noiseBatch({ distribution: "normal", scale: given.scale }, [1, 2], 0, 2000, 64, 10);
    return { ...batch, ...randomNetwork([64, 128, 128, 10], 7) };
    """
    found = javascript(code, scale=scale)
    inputs = np.array(found["inputs"]) / scale
    assert abs(inputs.mean()) < 4 / len(inputs) ** 0.5
    assert abs(inputs.std() - 1) < 4 / (2 * len(inputs)) ** 0.5
    assert abs(stats.kurtosis(inputs)) < 4 * (24 / len(inputs)) ** 0.5
    assert stats.chisquare(np.bincount(found["labels"], minlength=10)).pvalue > 1e-3
    for weights, inputs in zip(found["weights"], (64, 128, 128), strict=True):
        assert abs(np.std(weights) / (2 / inputs) ** 0.5 - 1) < 4 / (2 * len(weights)) ** 0.5
    assert not np.any(found["biases"][0])
    forward, back = np.array(found["weights"][1]), np.array(found["feedback"][0])
    assert abs(np.corrcoef(forward, back)[0, 1]) < 4 / len(forward) ** 0.5


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("rule", ["fa", "bp", "dfa", "usf", "mirror"])
def test_weights_after_200_steps_of_noise_are_those_of_the_library(javascript, rule, depth):
    used = weight_mirror(0.1) if rule == "mirror" else rule
    sizes = [64, *[16] * depth, 10]
    network = prenoise.Network.random(sizes, key=depth, direct=rule == "dfa")
    given = {
        "rule": rule,
        "rate": 1e-4,
        "mirror": 0.1,
        "steps": STEPS,
        "seed": words(9),
        "distribution": "normal",
        "scale": 1,
    }
    found = javascript(LEARN, **exported(network), **given)
    expected, _ = prenoise.pretrain(network, key=9, examples=STEPS * BATCH, rule=used, optimiser=adam(1e-4))
    assert_same(found, expected)
    assert np.abs(np.asarray(expected.weights[0] - network.weights[0])).max() > 0.005  # it has learned something
    if rule != "bp":
        for mine, theirs in zip(found["angles"], measures.alignment(expected, rule), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=0.02)


@pytest.mark.parametrize("rule", ["fa", "bp"])
def test_weights_after_nine_epochs_of_digits_are_those_of_the_library(javascript, digits_text, rule):
    train, test = prenoise.load("digits")
    network = prenoise.Network.random([64, 32, 10], key=0)
    given = {"rule": rule, "rate": 1e-4, "steps": 9 * train.steps(BATCH), "seed": words(4), "digits": digits_text}
    found = javascript(LEARN, **exported(network), **given)
    expected, _ = prenoise.train(network, train, key=4, epochs=9, rule=rule, optimiser=adam(1e-4))
    assert_same(found, expected)
    assert found["accuracy"] == pytest.approx(float(measures.accuracy(expected, test)), abs=0.003)


def test_it_stops_where_the_library_would(javascript):
    code = """
    const { smallestAngle } = await load("method/stopping");
    const until = (end) => smallestAngle(given.at.slice(0, end + 1), given.angles.slice(0, end + 1), 1e-4);
    return given.angles.map((_, end) => until(end));
    """
    rng = np.random.default_rng(0)
    for lowest in (10_000, 200_000, 600_000):
        at = np.linspace(0, 1_000_000, 101)
        angles = 70 + np.abs(at - lowest) / 1e5 + rng.normal(0, 0.1, 101)
        for end, found in enumerate(javascript(code, at=at.tolist(), angles=angles.tolist())):
            assert found["settled"] == settled(at[: end + 1], angles[: end + 1])
            assert found["at"] == at[angles[: end + 1].argmin()]


def test_digits_survive_being_written_as_text(javascript, digits_text):
    code = """
    const { readDigits } = await load("method/digits"), { train, test } = readDigits(given.text, 1437);
    return { raw: [...train.raw, ...test.raw], labels: [...train.labels, ...test.labels], inputs: train.inputs };
    """
    found = javascript(code, text=digits_text)
    train, test = prenoise.load("digits")
    assert found["raw"] == np.concatenate([train.raw, test.raw]).ravel().tolist()
    assert found["labels"] == np.concatenate([train.labels, test.labels]).tolist()
    np.testing.assert_allclose(found["inputs"], np.asarray(train.inputs).ravel(), atol=1e-5)


RACE = """
const { startRace, advance, position } = await load("method/race"), { readDigits } = await load("method/digits");
const settings = {
  rule: "fa", seed: 0, width: 32, depth: 1, rate: 1e-3, amount: 128000, distribution: "normal", scale: 1, epochs: 20,
  ...given.settings,
};
const race = startRace(settings, readDigits(given.digits, 1437));
while (!position(race).over) advance(race);
return Object.fromEntries(race.runners.map(({ kind, curves, network }) => [kind, { ...curves, network }]));
"""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_angle_falls_on_noise_under_fa_and_not_under_bp(javascript, digits_text, seed):
    settings = {"kinds": ["noise"], "seed": seed, "epochs": 0}
    fa = javascript(RACE, digits=digits_text, settings=settings)["noise"]["noise"]["angle"]
    bp = javascript(RACE, digits=digits_text, settings={**settings, "rule": "bp"})["noise"]["noise"]["angle"]
    assert fa[-1] < fa[0] - 8
    assert bp[-1] > bp[0] - 3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_with_too_much_noise_the_angle_rises_again(javascript, digits_text, seed):
    settings = {"kinds": ["noise"], "seed": seed, "epochs": 0, "amount": 512000}
    found = javascript(RACE, digits=digits_text, settings=settings)["noise"]
    angle = found["noise"]["angle"]
    assert min(angle) < angle[0] - 8
    assert angle[-1] > min(angle) + 8
    readout = np.reshape(found["network"]["weights"][1], (10, 32))
    assert readout.std(axis=0).mean() < 0.5 * np.abs(readout.mean(axis=0)).mean()  # stripes: the same to all answers


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_the_tour_says_is_what_the_networks_do(javascript, digits_text, seed):
    kinds = ["fa", "noise", "zero", "mirror", "bp"]
    area = {
        amount: {
            kind: np.mean(curves["digits"]["accuracy"])
            for kind, curves in javascript(
                RACE, digits=digits_text, settings={"kinds": kinds, "seed": seed, "amount": amount}
            ).items()
        }
        for amount in (3200, 128000)
    }
    assert area[128000]["fa"] < area[128000]["bp"] - 0.05
    assert area[128000]["noise"] > area[128000]["fa"] + 0.05
    assert area[128000]["zero"] > area[128000]["fa"] + 0.05
    assert area[3200]["mirror"] > area[3200]["noise"] + 0.05


def test_two_networks_of_32_neurons_take_at_least_300_steps_in_a_second_of_one_core(javascript, digits_text):
    code = """
    const { startRace, advance } = await load("method/race"), { readDigits } = await load("method/digits");
    const settings = { kinds: ["noise", "mirror"], rule: "fa", seed: 0, width: 32, depth: 1, rate: 1e-3, epochs: 20 };
    const noise = { amount: 512000, distribution: "normal", scale: 1 };
    const race = startRace({ ...settings, ...noise }, readDigits(given.digits, 1437));
    const seconds = () => process.cpuUsage().user / 1e6;
    while (race.step < 200) advance(race);
    const before = seconds();
    while (race.step < 1200) advance(race);
    return 1000 / (seconds() - before);
    """
    found = javascript(code, digits=digits_text)
    print(f"{found:.0f} steps")
    assert found > 300


def test_all_networks_of_a_race_start_from_the_same_weights_and_a_new_one_changes_none(javascript, digits_text):
    few = javascript(RACE, digits=digits_text, settings={"kinds": ["fa"], "epochs": 2, "amount": 6400})
    more = javascript(RACE, digits=digits_text, settings={"kinds": ["fa", "noise", "bp"], "epochs": 2, "amount": 6400})
    assert few["fa"] == more["fa"]
    assert more["fa"]["noise"]["angle"][0] == more["noise"]["noise"]["angle"][0] == more["bp"]["noise"]["angle"][0]


def test_the_kinds_look_as_in_every_other_picture(javascript):
    kinds = pytest.importorskip("prenoise.study.kinds", reason="prenoise[study] is not installed")
    found = javascript('return (await load("method/kinds")).KINDS;')
    assert [kind["title"] for kind in found.values()] == list(kinds.COMPARED)
    for kind in found.values():
        same = kinds.KINDS[kind["title"]]
        assert kind["colour"] == same.colour
        assert kind["dash"] == ("" if tuple(same.dash) == (1, 0) else " ".join(map(str, same.dash)))
