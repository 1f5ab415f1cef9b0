"""Models in a folder and on a Hub: a small one on this machine that speaks as much of the protocol as is needed."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jax
import numpy as np
import pytest

from prenoise import Network, UserError
from prenoise.hub import CARD, WEIGHTS, from_pretrained, push_to_hub, save_pretrained


@pytest.fixture
def network():
    return Network.random([5, 4, 3], key=0)


def same(first, second) -> bool:
    pairs = zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_a_network_comes_back_from_a_folder_as_it_was_with_what_it_was_made_by(network, tmp_path):
    save_pretrained(network, tmp_path / "new" / "model", rule="fa", noise_examples=640)
    loaded, made_by = from_pretrained(tmp_path / "new" / "model")
    assert same(loaded, network)
    assert made_by == {"rule": "fa", "noise_examples": 640}


def test_the_card_says_how_to_load_it_and_how_it_was_made(network, tmp_path):
    save_pretrained(network, tmp_path, rule="fa")
    card = (tmp_path / CARD).read_text("utf-8")
    assert "library_name: prenoise" in card.split("---")[1]
    assert "from_pretrained(" in card
    assert '| rule | `"fa"` |' in card


def test_an_aligned_model_of_equinox_keeps_its_feedback(tmp_path):
    import equinox

    from prenoise.adapters.equinox import feedback_align

    def model(key):
        made = equinox.nn.MLP(6, 3, width_size=5, depth=1, key=jax.random.key(key))
        return feedback_align(made, "fa", key=key)[0]

    save_pretrained(model(0), tmp_path, rule="fa")
    loaded, made_by = from_pretrained(tmp_path, model(1))
    assert made_by == {"rule": "fa"}
    inputs = jax.numpy.ones(6)

    def gradients(aligned):
        return jax.tree.leaves(equinox.filter_grad(lambda model: model(inputs).sum())(aligned))

    assert all(np.array_equal(one, other) for one, other in zip(gradients(loaded), gradients(model(0)), strict=True))
    other = equinox.nn.MLP(6, 3, width_size=7, depth=1, key=jax.random.key(0))
    with pytest.raises(UserError, match=r"does not fit this model at .*: found .*, expected"):
        from_pretrained(tmp_path, feedback_align(other, "fa", key=0)[0])


def test_an_aligned_model_of_pytorch_keeps_its_feedback(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from prenoise.adapters.torch import feedback_align

    def model(hidden=5):
        made = torch.nn.Sequential(torch.nn.Linear(6, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 3))
        feedback_align(made)
        return made

    stored, other = model(), model()
    save_pretrained(stored, tmp_path, rule="fa")
    loaded, made_by = from_pretrained(tmp_path, other)
    assert loaded is other
    assert made_by == {"rule": "fa"}
    assert all(torch.equal(value, stored.state_dict()[name]) for name, value in loaded.state_dict().items())
    with pytest.raises(UserError, match="does not fit this model"):
        from_pretrained(tmp_path, model(hidden=7))


def test_a_folder_without_a_model_is_said_to_be_one(tmp_path):
    with pytest.raises(UserError, match=rf"has no {WEIGHTS}: expected a folder that save_pretrained wrote"):
        from_pretrained(tmp_path)


class Hub(BaseHTTPRequestHandler):
    """What the Hub's client asks for when it makes a model, uploads two small files and downloads one."""

    files: dict[str, bytes] = {}  # noqa: RUF012, a new class for each test

    def answer(self, content: bytes, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = {}
        if self.path == "/api/repos/create":
            said = {"url": f"http://{self.headers['Host']}/you/model", "name": "you/model"}
        elif "/preupload/" in self.path:
            files = [file["path"] for file in json.loads(body)["files"]]
            said = {"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in files]}
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            said = {"commitUrl": f"http://{self.headers['Host']}/you/model/commit/{'0' * 40}", "commitOid": "0" * 40}
        self.answer(json.dumps(said).encode(), Content_Type="application/json")

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if "/resolve/" in self.path and name in self.files:
            self.answer(self.files[name], ETag='"1"', X_Repo_Commit="0" * 40)
        else:
            self.answer(b"{}", 404, X_Error_Code="EntryNotFound", Content_Type="application/json")

    do_HEAD = do_GET

    def log_message(self, format, *args):
        pass


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub on this machine, as the client sees the true one; gives its files."""
    constants = pytest.importorskip("huggingface_hub.constants", reason="huggingface-hub is not installed")
    handler = type("NewHub", (Hub,), {"files": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield handler.files
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.filterwarnings("ignore")  # the client's own
def test_a_network_goes_to_the_hub_and_back(hub, network):
    address = push_to_hub(network, "you/model", token="a word", rule="fa")
    assert address.endswith("/you/model")
    assert sorted(hub) == sorted([CARD, WEIGHTS])
    loaded, made_by = from_pretrained("you/model")
    assert same(loaded, network)
    assert made_by == {"rule": "fa"}


@pytest.mark.filterwarnings("ignore")
def test_a_name_that_the_hub_does_not_have_ends_in_one_sentence(hub):
    with pytest.raises(UserError, match="there is no folder you/nothing, and the Hub gives no model: "):
        from_pretrained("you/nothing")
    with pytest.raises(UserError, match="gives no model"):
        from_pretrained("no name at all")
