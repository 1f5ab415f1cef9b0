"""Other packages add to prenoise by their entry points; what is wrong with one is said with its name."""

import pytest

from prenoise.errors import UserError
from prenoise.plugins import named


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with these entry points where Python finds it, as an installer does."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(package: str, points: str, code: str = "") -> None:
        (tmp_path / f"{package}.py").write_text(code)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points)

    return install


def test_objects_of_an_installed_package_are_found_by_the_name_it_gives_them(install):
    install("letters_one", "[prenoise.datasets]\nletters = letters_one:LETTERS\n", "LETTERS = 26")
    assert named("datasets")["letters"] == 26
    assert "letters" not in named("rules")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: module 'broken_package' has no attribute 'THING'"),
    ],
)
def test_a_package_that_cannot_be_imported_is_one_sentence_that_names_it(install, monkeypatch, code, reason):
    monkeypatch.delitem(__import__("sys").modules, "broken_package", raising=False)
    install("broken_package", "[prenoise.rules]\nthing = broken_package:THING\n", code)
    with pytest.raises(UserError) as error:
        named("rules")
    assert "the package broken_package registers 'thing' in prenoise.rules" in str(error.value)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_two_packages_that_use_one_name_are_one_sentence_that_names_both(install):
    install("letters_two", "[prenoise.datasets]\nletters = letters_two:LETTERS\n", "LETTERS = 2")
    install("letters_three", "[prenoise.datasets]\nletters = letters_three:LETTERS\n", "LETTERS = 3")
    with pytest.raises(UserError, match=r"letters_t.* and letters_t.* both register 'letters' in prenoise\.datasets"):
        named("datasets")
