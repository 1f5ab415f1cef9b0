"""Results of other code than is here now are seen, named as what they are, and computed anew when asked."""

import sys

import pytest
from stored_jobs import jobs, stored

from prenoise.study.lab import Results, Store, run, source


@pytest.fixture
def edit(monkeypatch, tmp_path):
    """A package of one module, importable, and a function that edits its source."""
    (tmp_path / "my_figures").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_figures", raising=False)

    def edit(text):
        (tmp_path / "my_figures" / "__init__.py").write_text(text)
        source.fingerprint.cache_clear()
        source.parsed.cache_clear()

    edit("def made(seeds, **_): return {'a': ('seed', [1.0] * len(seeds))}\n")
    return edit


def versioned(version, **options):
    return jobs([{"scale": 1.0}, {"scale": 2.0}], version=version, **options)


def test_results_of_another_version_answer_and_say_so(folder):
    stored(folder, versioned("prenoise 1"))
    wanted = versioned("prenoise 2")
    results = Results(folder, wanted)
    assert set(results.jobs) == set(versioned("prenoise 1"))
    assert set(results.found) == set(wanted)
    assert results[{"scale": 2.0}].seed.values.tolist() == [0, 1, 2]
    assert results.remarks == [
        "4 of 4 runs are of prenoise 1: prenoise reproduce --again computes them anew",
    ]


def test_only_what_no_version_has_is_computed(folder):
    stored(folder, versioned("prenoise 1")[:3])
    outcome = run(versioned("prenoise 2"), folder, workers=0)
    assert outcome.done == tuple(versioned("prenoise 2")[3:])
    assert len(outcome.outdated) == 3
    assert "3 of those were computed by other code than is here now" in str(outcome)
    anew = run(versioned("prenoise 2"), folder, workers=0, again=True)
    assert set(anew.done) == set(versioned("prenoise 2")[:3])
    assert Results(folder, versioned("prenoise 2")).remarks == []
    assert Results(folder, versioned("prenoise 1")[:3]).remarks == [], "both versions stay"


def test_of_several_versions_the_one_asked_for_answers_or_the_latest(folder):
    for version in ("prenoise 1", "prenoise 2"):
        run(versioned(version), folder, workers=0, again=True)
    assert {job.version for job in Results(folder, versioned("prenoise 1")).jobs} == {"prenoise 1"}
    assert {job.version for job in Results(folder, versioned("prenoise 3")).jobs} == {"prenoise 2"}


def test_an_edited_source_is_noticed_and_hides_nothing(folder, edit, monkeypatch):
    wanted = jobs([{}], function="my_figures:made")
    assert len(run(wanted, folder, workers=0).done) == 2
    assert Results(folder, wanted).remarks == []
    edit("def made(seeds, **_): return {'a': ('seed', [2.0] * len(seeds))}\n")
    results = Results(folder, wanted)
    assert list(results.outdated) == wanted
    assert "2 of 2 runs are of a source that has changed since" in results.remarks[0]
    assert results[{}]["a"].values.tolist() == [1.0, 1.0, 1.0]
    assert len(run(wanted, folder, workers=0).outdated) == 2
    assert len(run(wanted, folder, workers=0, again=True).done) == 2
    assert Results(folder, wanted).remarks == []


def test_functions_that_a_job_calls_by_name_count_too(folder, edit):
    wanted = jobs([{}], calls=["my_figures:made"])
    stored(folder, wanted)
    assert wanted[0].packages == ["my_figures", "trivial_jobs"]
    edit("def made(seeds, **_): return {'a': ('seed', [3.0] * len(seeds))}\n")
    assert len(Results(folder, wanted).outdated) == 2


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (True, "from my_figures import rates\nRATE = rates.LOW\ndef made(seeds): return RATE * 3\nNOTE = 1\n"),
        (True, "from my_figures import rates\nRATE = rates.LOW * 2\ndef made(seeds): return RATE * 2\nNOTE = 1\n"),
        (True, "from my_figures import rates\nRATE = rates.HIGH\ndef made(seeds): return RATE * 2\nNOTE = 1\n"),
        (False, "from my_figures import rates\nRATE = rates.LOW\ndef made(seeds): return RATE * 2\nNOTE = 2\n"),
        (False, "from my_figures import rates\nRATE = rates.LOW  # low\ndef made(seeds): return RATE * 2\n"),
        (False, 'from my_figures import rates\nRATE = rates.LOW\ndef made(seeds):\n "Say."\n return RATE * 2\n'),
    ],
)
def test_what_a_function_reaches_counts_and_nothing_else(edit, tmp_path, changed, text):
    (tmp_path / "my_figures" / "rates.py").write_text("LOW, HIGH = 1, 2\n")
    edit("from my_figures import rates\nRATE = rates.LOW\ndef made(seeds): return RATE * 2\nNOTE = 1\n")
    before = source.fingerprint(("my_figures:made",))
    edit(text)
    assert (source.fingerprint(("my_figures:made",)) != before) == changed


def test_a_name_within_a_comprehension_is_none_of_the_module(edit):
    found = set()
    for last in ("3", "4"):
        edit(f"CLAIMS = [kind for kind in (1, 2, {last})]\ndef made(seeds):\n kind = 1\n return kind\n")
        found.add(source.fingerprint(("my_figures:made",)))
    assert len(found) == 1


def test_what_another_module_defines_counts(edit, tmp_path):
    edit("from my_figures.rates import LOW\ndef made(seeds): return LOW\n")
    found = set()
    for low in ("1", "2"):
        (tmp_path / "my_figures" / "rates.py").write_text(f"BASE = {low}\nLOW = BASE * 2\n")
        source.fingerprint.cache_clear()
        source.parsed.cache_clear()
        found.add(source.fingerprint(("my_figures:made",)))
    assert len(found) == 2


def test_the_version_is_that_of_the_package_which_provides_the_function():
    assert jobs([{}])[0].version == "trivial_jobs"
    assert source.versions(["numpy", "prenoise"]).startswith("numpy ")
    assert "prenoise " in source.versions(["numpy", "prenoise"])
    assert source.version("yaml") != "yaml", "installed as PyYAML"


def test_the_source_is_found_without_importing_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "explosive.py").write_text("raise SystemExit\ndef made(): return 1\n")
    assert source.fingerprint(("explosive:made",)) != source.fingerprint(("explosive:other",))


def test_what_is_kept_says_its_source(folder):
    from prenoise.study.lab import keep

    path = keep(
        folder, "demo", "trivial_jobs:numbers", condition={}, seeds=[0], arrays={"a": ("seed", [1.0])}, seconds=1.0
    )
    results = Results.stored(folder, "demo")
    assert results[{}]["a"].item() == 1.0
    assert Store(folder).source(results.jobs[0]) == results.jobs[0].source
    assert path.stem == results.jobs[0].identity
