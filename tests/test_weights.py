"""The registry against its files, and the way to the Hub with the real client against a server on this machine."""

import hashlib
import json
import os
import pickle
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import torch
from hub import Hub
from huggingface_hub import constants
from safetensors.torch import save as to_safetensors
from torch import nn
from typer.testing import CliRunner

from convgen import weights

FACTS = {
    "arguments": {"width": 4},
    "licence": "MIT",
    "trained_on": "noise",
    "recipe": "toy",
    "date": "2025-01-01",
    "scores": {"error": 0.5},
}
REPO = "owner/weights"


def toy(width: int = 4) -> nn.Module:
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width))


def same(a: nn.Module, b: nn.Module) -> bool:
    one, two = a.state_dict(), b.state_dict()
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(weights.REPO_SETTING, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good weights folder with one row, "toy"."""
    folder = tmp_path / "weights"
    folder.mkdir()
    weights.save(toy().state_dict(), "toy", FACTS, half=False, folder=folder)
    (folder / "README.md").write_text("| `toy` | MIT |\n")
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A Hub, and huggingface_hub told to use it and an empty cache: it reads its environment once, when imported."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("HF_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with Hub() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        huggingface_hub.close_session()
        yield server
        huggingface_hub.close_session()


def move_to_hub(hub: Hub, folder: Path, data: bytes | None = None) -> str:
    """Publish toy.safetensors (or other bytes under its name), remove it here, pin the commit in its row."""
    file = folder / "toy.safetensors"
    commit = hub.publish(REPO, {file.name: file.read_bytes() if data is None else data})
    file.unlink()
    table = json.loads((folder / "index.json").read_text())
    table["toy"]["hub"] = {"repo": REPO, "file": file.name, "revision": commit}
    (folder / "index.json").write_text(json.dumps(table))
    return commit


def only_pinned(hub: Hub, commit: str) -> bool:
    return all(request.path == f"/{REPO}/resolve/{commit}/toy.safetensors" for request in hub.requests)


# The table and its files


def test_every_bundled_file_is_what_its_row_says() -> None:
    assert weights.verify() == []


def test_unknown_name_lists_the_choices() -> None:
    with pytest.raises(ValueError, match=r"name must be one of .*vgg16-imagenet.*, got 'vgg17'"):
        weights.find("vgg17")


def test_saved_weights_load_back(folder: Path) -> None:
    net = toy()
    row = weights.save(net.state_dict(), "toy", FACTS, half=False, folder=folder)
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert row == weights.find("toy", folder=folder)
    assert (row.size, row.arguments) == ((folder / row.file).stat().st_size, {"width": 4})


def test_half_precision_files_load_into_float_networks(folder: Path) -> None:
    net, loaded = toy(), toy()
    weights.save(net.state_dict(), "toy", FACTS, folder=folder)
    weights.load_into(loaded, "toy", folder=folder)
    assert loaded[0].weight.dtype == torch.float32
    assert torch.equal(loaded[0].weight, net[0].weight.half().float())
    assert loaded[1].num_batches_tracked.dtype == torch.int64


def test_a_misfit_lists_missing_unexpected_and_shapes_and_changes_nothing(folder: Path) -> None:
    net = nn.ModuleDict({"0": nn.Linear(3, 5), "2": nn.Linear(1, 1, bias=False)})
    before = {key: value.clone() for key, value in net.state_dict().items()}
    with pytest.raises(ValueError) as error:
        weights.load_into(net, "toy", folder=folder)
    assert str(error.value) == (
        "the weights 'toy' do not fit ModuleDict: missing: 2.weight; "
        "unexpected: 1.bias, 1.num_batches_tracked, 1.running_mean, 1.running_var, 1.weight; "
        "shapes: 0.bias is (4,) in the file, (5,) in the network, 0.weight is (4, 3) in the file, (5, 3) in the network"
    )
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


class Trap:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")


def test_a_pickle_with_the_right_hash_is_refused_unread(folder: Path, tmp_path: Path) -> None:
    data = pickle.dumps(Trap(tmp_path / "sprung"))
    (folder / "toy.safetensors").write_bytes(data)
    table = json.loads((folder / "index.json").read_text())
    table["toy"] |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    (folder / "index.json").write_text(json.dumps(table))
    with pytest.raises(ValueError, match=r"toy\.safetensors is not a safetensors file and was refused"):
        weights.load_into(toy(), "toy", folder=folder)
    assert len(problems := weights.verify(folder=folder)) == 1 and "not a safetensors file" in problems[0]
    assert not (tmp_path / "sprung").exists()


def test_values_that_are_not_finite_are_not_saved(folder: Path) -> None:
    net = toy()
    net[0].bias.data[1] = 1e6  # finite in float32, infinite in float16
    with pytest.raises(ValueError, match=r"weights must be finite, got NaN or infinity in 0\.bias"):
        weights.save(net.state_dict(), "toy", FACTS, folder=folder)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("file", "../toy.safetensors", "plain lower-case name"),
        ("file", "toy.pt", r"ending in \.safetensors"),
        ("sha256", "abc", "64 hexadecimal digits"),
        ("licence", "", "must not be empty"),
        ("hub", {"repo": REPO, "file": "a", "revision": "main"}, "a commit of 40 hexadecimal digits"),
        ("colour", "red", "unexpected keyword argument 'colour'"),
    ],
)
def test_a_malformed_row_is_refused(folder: Path, column: str, value: object, message: str) -> None:
    table = json.loads((folder / "index.json").read_text())
    table["toy"][column] = value
    (folder / "index.json").write_text(json.dumps(table))
    with pytest.raises(ValueError, match=rf"row 'toy' of index\.json is malformed: .*{message}"):
        weights.find("toy", folder=folder)


# The Hub


def test_download_then_cache(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    net = weights.load_into(toy(), "toy", folder=folder)
    commit = move_to_hub(hub, folder)
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert len(hub.downloads()) == 1 and only_pinned(hub, commit)
    hub.requests.clear()
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert hub.requests == []


def test_a_cut_connection_is_resumed(folder: Path, hub: Hub) -> None:
    net = nn.Linear(3000, 1024)  # 12 MB: the client writes in pieces of 10 MiB
    weights.save(net.state_dict(), "toy", FACTS, half=False, folder=folder)
    commit = move_to_hub(hub, folder)
    hub.cut_after = 11 * 2**20
    assert same(weights.load_into(nn.Linear(3000, 1024), "toy", folder=folder), net)
    assert [request.range for request in hub.downloads()] == [None, f"bytes={10 * 2**20}-"]
    assert only_pinned(hub, commit)


def test_a_wrong_file_on_the_hub_is_refused(folder: Path, hub: Hub) -> None:
    evil = to_safetensors(toy().state_dict())
    assert len(evil) == (folder / "toy.safetensors").stat().st_size
    commit = move_to_hub(hub, folder, evil)
    net = toy()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    for _ in range(2):  # downloaded, then from the cache
        with pytest.raises(weights.WeightsUnavailable) as error:
            weights.load_into(net, "toy", folder=folder)
        assert str(error.value) == weights.UNAVAILABLE
        assert error.value.remedy == (
            f"The weights 'toy' are unavailable (weights/toy.safetensors is missing, the copy in {REPO}@{commit[:8]} "
            "does not fit its SHA-256 and was refused): set CONVGEN_WEIGHTS_REPO to an OWNER/NAME@COMMIT whose copy "
            "fits, or train it with `python -m convgen.train recipe toy --data FOLDER`."
        )
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert only_pinned(hub, commit)


def test_a_damaged_cache_is_downloaded_again(folder: Path, hub: Hub, tmp_path: Path) -> None:
    net = weights.load_into(toy(), "toy", folder=folder)
    commit = move_to_hub(hub, folder)
    weights.load_into(toy(), "toy", folder=folder)
    (blob,) = (tmp_path / "cache").glob("models--*/blobs/*")
    blob.write_bytes(blob.read_bytes()[:-4])
    for _ in range(2):
        assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert len(hub.downloads()) == 2 and only_pinned(hub, commit)


def test_a_damaged_bundled_file_is_passed_over(folder: Path, hub: Hub) -> None:
    net = weights.load_into(toy(), "toy", folder=folder)
    data = (folder / "toy.safetensors").read_bytes()
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    (folder / "toy.safetensors").write_bytes(damaged)
    with pytest.raises(weights.WeightsUnavailable) as error:
        weights.load_into(toy(), "toy", folder=folder)
    assert "does not fit its SHA-256): restore it with `git restore" in error.value.remedy
    commit = move_to_hub(hub, folder, data)
    (folder / "toy.safetensors").write_bytes(damaged)
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert len(hub.downloads()) == 1 and only_pinned(hub, commit)


def test_offline_without_a_cache_says_what_to_do(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    move_to_hub(hub, folder)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(weights.WeightsUnavailable) as error:
        weights.load_into(toy(), "toy", folder=folder)
    assert "unset HF_HUB_OFFLINE and try again, or train it with `python" in error.value.remedy
    assert hub.requests == []


def test_what_mends_a_missing_file_is_for_who_runs_the_program() -> None:
    error = weights.WeightsUnavailable("restore it with `git restore weights/toy.safetensors`.")
    assert len(str(error)) < 150 and "git" not in str(error)
    assert weights.remedy_of(error) == weights.remedy_of(pickle.loads(pickle.dumps(error))) == error.remedy
    assert weights.remedy_of(ValueError("size must be 8")) == "size must be 8"


def test_no_network_is_told_at_once(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = move_to_hub(hub, folder)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", nobody)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", nobody + "/{repo_id}/resolve/{revision}/{filename}")
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    with pytest.raises(weights.WeightsUnavailable) as error:
        weights.load_into(toy(), "toy", folder=folder)
    assert error.value.remedy == (
        f"The weights 'toy' are unavailable (weights/toy.safetensors is missing, {REPO}@{commit[:8]} could not be "
        "reached (ConnectError)): connect to the internet and try again, or train it with "
        "`python -m convgen.train recipe toy --data FOLDER`."
    )
    assert waits == []


def test_another_repository_must_be_pinned(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "toy.safetensors").unlink()
    for setting in ("owner/weights", "owner/weights@main", "owner/weights@v1", "@" + "0" * 40):
        monkeypatch.setenv(weights.REPO_SETTING, setting)
        with pytest.raises(
            ValueError, match=re.escape(f"must be OWNER/NAME@COMMIT, COMMIT of 40 hexadecimal digits, got {setting!r}")
        ):
            weights.load_into(toy(), "toy", folder=folder)
    assert hub.requests == []


# The command line


def test_the_environment_is_honoured(folder: Path, hub: Hub, tmp_path: Path) -> None:
    """A process of its own: huggingface_hub reads HF_ENDPOINT, HF_HOME and HF_HUB_OFFLINE when it is imported."""
    file = folder / "toy.safetensors"
    commit = hub.publish("other/mirror", {file.name: file.read_bytes()})
    file.unlink()
    code = (
        "import sys, pathlib; from convgen import weights; "
        "print(len(weights.read('toy', folder=pathlib.Path(sys.argv[1])))); assert 'gradio' not in sys.modules"
    )
    settings = {
        weights.REPO_SETTING: f"other/mirror@{commit}",
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    for offline in ("0", "1"):
        environment = {**os.environ, **settings, "HF_HUB_OFFLINE": offline}
        root = Path(weights.__file__).parent.parent
        command = [sys.executable, "-c", code, str(folder)]
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, "7"), done.stderr
    assert len(hub.downloads()) == 1
    assert all(request.path == f"/other/mirror/resolve/{commit}/toy.safetensors" for request in hub.requests)
    assert (tmp_path / "home" / "hub" / "models--other--mirror" / "snapshots" / commit / file.name).exists()


def test_verify_accepts_a_good_folder_and_names_what_is_wrong_with_a_bad_one(folder: Path) -> None:
    run = CliRunner().invoke
    good = run(weights.app, ["verify", "--folder", str(folder)])
    assert (good.exit_code, good.output) == (0, "1 rows, all as listed\n")

    weights.save(toy().state_dict(), "missing", FACTS, folder=folder)
    (folder / "missing.safetensors").unlink()
    net = toy()
    net[0].bias.data[0] = torch.nan
    data = to_safetensors(net.state_dict())
    (folder / "nan.safetensors").write_bytes(data)
    table = json.loads((folder / "index.json").read_text())
    facts = {"file": "nan.safetensors", "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    (folder / "index.json").write_text(json.dumps({**table, "nan": {**FACTS, **facts}}))
    (folder / "extra.safetensors").write_bytes(data)
    (folder / "model.pt").write_bytes(b"")
    (folder / "toy.safetensors").write_bytes(data[:-1])
    bad = run(weights.app, ["verify", "--folder", str(folder)])
    assert bad.exit_code == 1
    assert bad.output.splitlines() == [
        "extra.safetensors is not listed",
        "model.pt is not listed",
        "README.md does not describe `missing`",
        "missing.safetensors is missing and its row names no copy on the Hub",
        f"toy.safetensors does not fit the size ({table['toy']['size']}) and SHA-256 of its row",
        "README.md does not describe `nan`",
        "nan.safetensors holds NaN or infinity in 0.bias",
    ]
    (folder / "index.json").write_text("[]")
    assert "index.json must be an object" in run(weights.app, ["verify", "--folder", str(folder)]).output


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the client's own way to upload
def test_what_is_pushed_can_be_pinned_and_loaded(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    net = weights.load_into(toy(), "toy", folder=folder)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    done = CliRunner().invoke(weights.app, ["push", REPO, "--folder", str(folder)])
    assert done.exit_code == 0, done.output
    ((repo, commit), files) = next(iter(hub.commits.items()))
    assert repo == REPO and set(files) == {"README.md", "index.json", "toy.safetensors"}
    assert all(files[name] == (folder / name).read_bytes() for name in files)
    assert all(r.authorization == "Bearer hf_test" for r in hub.requests if r.path.startswith("/api/"))

    setting = f"{REPO}@{commit}"
    assert f"{weights.REPO_SETTING}={setting}" in done.output
    monkeypatch.setenv(weights.REPO_SETTING, setting)
    (folder / "toy.safetensors").unlink()
    hub.requests.clear()
    assert same(weights.load_into(toy(), "toy", folder=folder), net)
    assert only_pinned(hub, commit)


def test_push_refuses_without_a_token_or_with_a_bad_folder(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="set HF_TOKEN"):
        weights.push(REPO, folder=folder)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    with pytest.raises(ValueError, match="repo must be OWNER/NAME, got 'weights'"):
        weights.push("weights", folder=folder)
    (folder / "toy.safetensors").write_bytes(b"")
    done = CliRunner().invoke(weights.app, ["push", REPO, "--folder", str(folder)])
    assert done.exit_code == 1 and "not fit to publish" in done.output
    assert hub.requests == []
