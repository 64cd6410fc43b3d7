"""A folder or tar of photos among junk, and CIFAR-10 from a server that fails in every way."""

import hashlib
import http.server
import io
import os
import re
import tarfile
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mobiviz import images
from mobiviz.images import cifar, decode


def photo(path, shade, size=(50, 40)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 90, 90)).save(path)


def few_photos(root):
    for name, shade in (("cats", 10), ("dogs", 200)):
        for i in range(4):
            photo(root / name / f"{i}.jpg", shade)
    photo(root / "dogs" / "puppies" / "deep.png", 200)


def junk(root):
    """300 entries that are no photo, of eleven kinds; returns how many of each reason must be reported."""
    kinds = {
        "text.jpg": lambda p: p.write_text("a shopping list, and some more words\n" * 3, encoding="utf-8"),
        "zero.jpg": lambda p: p.touch(),
        "cut.jpg": lambda p: (photo(p, 5, (300, 300)), p.write_bytes(p.read_bytes()[:700])),
        "Thumbs.db": lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0" * 40),
        ".hidden.jpg": lambda p: photo(p, 5),
        ".folder": lambda p: photo(p / "inside.jpg", 5),
        "loop": lambda p: p.symlink_to(root),
        "circle": lambda p: p.symlink_to(p),
        "broken.jpg": lambda p: p.symlink_to(p.with_name("gone.jpg")),
        "empty": lambda p: p.mkdir(),
        "huge.ppm": lambda p: p.write_bytes(b"P6 100000 100000 255\n" + bytes(99)),
        "denied.jpg": lambda p: photo(p, 5),
    }
    for i in range(25):
        for kind, make in kinds.items():
            make(root / ("cats", "dogs")[i % 2] / f"{kind.split('.')[0] or '.'}{i}{kind}")
    return len(kinds) * 25


def test_300_junk_entries_do_not_stop_the_good_ones(tmp_path, monkeypatch):
    few_photos(tmp_path)
    good = images.folder(tmp_path, 32)
    assert junk(tmp_path) == 300
    photo(tmp_path / "loose.jpg", 5)
    photo(tmp_path.joinpath("cats", *"abcdefghijkl", "too_deep.jpg"), 5)
    head = decode._head

    def denying(file):  # a superuser may read everything: so the refusal is made here
        if "denied" in Path(file).name:
            raise PermissionError(13, "Permission denied", str(file))
        return head(file)

    monkeypatch.setattr(decode, "_head", denying)
    before = sorted(map(str, tmp_path.rglob("*")))
    read = images.folder(tmp_path, 32)
    assert np.array_equal(read.images, good.images)
    assert np.array_equal(read.labels, good.labels)
    assert read.classes == ("cats", "dogs")
    assert np.bincount(read.labels).tolist() == [4, 5]
    why = Counter(re.sub(r"^(damaged|more) .*", r"\1", w) for _, w in read.skipped)
    assert why == {
        "not an image": 50,
        "empty file": 25,
        "damaged": 25,
        "hidden": 50,
        "a link back to a folder already read": 25,
        "a link that leads nowhere": 50,
        "more": 25,
        "unreadable (Permission denied)": 25,
        "lies beside the class folders": 1,
        "nested more than 8 deep": 1,
    }
    assert len({path for path, _ in read.skipped}) == len(read.skipped)
    report = read.report()
    assert report.startswith("9 read: 4 cats, 5 dogs\n277 skipped: ")
    assert "loose.jpg: lies beside the class folders" in report
    assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_a_flat_folder_is_one_class(tmp_path):
    root = tmp_path / "mine"
    for i in range(3):
        photo(root / f"{i}.png", 10 * i)
    read = images.folder(root, 16)
    assert read.classes == ("mine",)
    assert read.images.shape == (3, 16, 16, 3)
    assert read.images[:, 8, 8, 0].tolist() == [0, 10, 20]


def test_a_folder_without_photos_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        images.folder(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("words", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match=re.escape("mobiviz.image for one photo")):
        images.folder(tmp_path / "notes.txt")
    with pytest.raises(ValueError, match=r"(?s)holds no photo that can be read.*notes\.txt: not an image"):
        images.folder(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_opened(tmp_path):
    few_photos(tmp_path)
    os.mkfifo(tmp_path / "cats" / "pipe.jpg")
    assert images.folder(tmp_path, 32).skipped == ((tmp_path / "cats" / "pipe.jpg", "neither file nor folder"),)


def test_a_large_jpeg_is_read_at_a_smaller_scale_and_looks_the_same(tmp_path):
    with Image.open(images.photos.assets.data("photos", "astronaut.jpg")) as whole:
        exact = np.asarray(decode.crop(whole.convert("RGB"), 64, 64)).astype(int)
        (tmp_path / "a").mkdir()
        whole.save(tmp_path / "a" / "x.jpg", quality=95)
    assert np.abs(images.folder(tmp_path, 64).images[0] - exact).mean() < 3


def tar_of(root, path, prefix="train"):
    with tarfile.open(path, "w:gz") as tar:
        tar.add(root, prefix)
    return path


def test_cifar_from_class_folders_and_from_a_tar_are_equal(tmp_path):
    few_photos(tmp_path / "x" / "train")
    (tmp_path / "x" / "train" / "cats" / "zero.jpg").touch()
    here = images.cifar10(tmp_path / "x")
    for prefix in ("train", "."):
        there = images.cifar10(tar_of(tmp_path / "x" / "train", tmp_path / "x.tar.gz", prefix))
        assert np.array_equal(np.sort(here.images, axis=0), np.sort(there.images, axis=0))
        assert np.array_equal(here.labels, there.labels)
        assert there.classes == here.classes == ("cats", "dogs")
        assert [why for _, why in there.skipped] == ["empty file"]
    assert here.images.shape == (9, 32, 32, 3)


def test_cifar_refuses_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match=re.escape("part must be 'train' or 'test' (got 'valid')")):
        images.cifar10(part="valid")
    with pytest.raises(FileNotFoundError, match="downloads the archive"):
        images.cifar10(tmp_path / "nowhere")
    few_photos(tmp_path / "x")
    whole = tar_of(tmp_path / "x", tmp_path / "x.tar.gz").read_bytes()
    for content in (b"no tar", b"", whole[: len(whole) // 2]):
        (tmp_path / "bad.tar").write_bytes(content)
        with pytest.raises(ValueError, match="cannot be read as a tar file"):
            images.cifar10(tmp_path / "bad.tar")


def official(per_batch=20):
    """An archive laid out as the authors' is, and its photos and labels in class order."""
    draw = np.random.RandomState(0)
    batches = draw.randint(0, 256, (6, per_batch, 3073), np.uint8)
    batches[:, :, 0] %= 10
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, rows in zip([f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"], batches, strict=True):
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            info.size = rows.nbytes
            tar.addfile(info, io.BytesIO(rows.tobytes()))
    return out.getvalue(), batches


class Server(http.server.BaseHTTPRequestHandler):
    body, status, promised, asked = b"", 200, None, 0

    def do_GET(self):
        type(self).asked += 1
        self.send_response(self.status)
        if self.promised != "nothing":
            self.send_header("Content-Length", str(self.promised or len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server on this machine in place of the authors', and an empty cache."""
    handler = type("Handler", (Server,), {"body": official()[0]})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("MOBIVIZ_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setattr(cifar, "_URL", f"http://127.0.0.1:{running.server_port}/cifar-10-binary.tar.gz")
        monkeypatch.setattr(cifar, "_MD5", hashlib.md5(handler.body).hexdigest())
        yield handler
        running.shutdown()
        thread.join()


def kept(tmp_path):
    return [path.name for path in (tmp_path / "home").iterdir()]


def test_cifar_is_downloaded_once_and_read_right(server, tmp_path):
    _, batches = official()
    rows = batches[:5].reshape(-1, 3073)
    for _ in range(2):
        train = images.cifar10()
        assert kept(tmp_path) == ["cifar-10-binary.tar.gz"]
    assert server.asked == 1
    assert train.classes == images.CIFAR10
    assert train.labels.tolist() == sorted(rows[:, 0])
    first = rows[rows[:, 0] == 0][0, 1:]
    assert train.images.shape == (100, 32, 32, 3)
    assert train.images[0, 2, 5].tolist() == [first[2 * 32 + 5], first[1024 + 69], first[2048 + 69]]
    assert len(images.cifar10(part="test")) == 20
    by_path = images.cifar10(tmp_path / "home" / "cifar-10-binary.tar.gz")
    assert np.array_equal(by_path.images, train.images)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"body": b"x" * 5000}, "MD5 checksum"),
        ({"promised": 10**7}, "broke off after"),
        ({"body": official()[0][:9000], "promised": "nothing"}, "MD5 checksum"),
        ({"body": b"", "promised": "nothing"}, "MD5 checksum"),
        ({"status": 404}, "Not Found"),
        ({"status": 503}, "Service Unavailable"),
    ],
)
def test_a_failed_download_leaves_nothing(server, tmp_path, monkeypatch, fault, words):
    for name, value in fault.items():
        monkeypatch.setattr(server, name, value)
    with pytest.raises(ConnectionError, match=words):
        images.cifar10()
    assert kept(tmp_path) == []
    monkeypatch.undo()


def test_no_server_and_a_spoilt_cache(server, tmp_path, monkeypatch):
    images.cifar10()
    archive = tmp_path / "home" / "cifar-10-binary.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-50])
    assert len(images.cifar10()) == 100, "a spoilt file in the cache is fetched again"
    archive.unlink()
    monkeypatch.setattr(cifar, "_URL", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    with pytest.raises(ConnectionError, match="could not be downloaded"):
        images.cifar10()
    assert kept(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(server, tmp_path, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(images.download, "_digest", interrupted)
    with pytest.raises(KeyboardInterrupt):
        images.cifar10()
    assert kept(tmp_path) == []


def test_an_official_archive_that_lacks_a_part(tmp_path):
    path = tmp_path / "part.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin")
        tar.addfile(info)
    with pytest.raises(ValueError, match=re.escape("lacks data_batch_2.bin")):
        images.cifar10(path)


def test_a_collection_is_the_same_from_a_folder_and_from_a_tar_in_any_order(tmp_path):
    root = tmp_path / "mine"
    few_photos(root)
    for i in range(4):  # photos that differ, so that their order shows
        photo(root / "cats" / f"{i}.jpg", 40 * i)
    photo(root / "cats" / ".hidden.jpg", 5)
    photo(root / "loose.jpg", 5)
    here = images.collection(root, 24)
    assert here.images.shape == (9, 24, 24, 3)
    assert np.diff(here.images[:4, 12, 12, 0].astype(int)).min() > 20
    files = sorted((path for path in root.rglob("*") if path.is_file()), reverse=True)
    for prefix in ("", "photos", "train"):
        with tarfile.open(tmp_path / "x.tar", "w") as tar:
            for file in files:
                tar.add(file, Path(prefix, file.relative_to(root)))
            if prefix == "train":
                tar.add(root / "cats" / "0.jpg", "test/cats/0.jpg")
        there = images.collection(tmp_path / "x.tar", 24)
        assert np.array_equal(there.images, here.images)
        assert np.array_equal(there.labels, here.labels)
        assert there.classes == here.classes == ("cats", "dogs")
        why = Counter(why for _, why in there.skipped)
        assert why == {"hidden": 1, "lies beside the class folders": 2 if prefix == "train" else 1}
    (tmp_path / "outer").mkdir()
    root.rename(tmp_path / "outer" / "train")
    assert np.array_equal(images.collection(tmp_path / "outer", 24).images, here.images)


def test_small_photos_stay_small_in_a_collection(tmp_path):
    few_photos(tmp_path)
    assert images.collection(tmp_path, 64).images.shape == (9, 40, 40, 3)
    photo(tmp_path / "dogs" / "large.jpg", 200, (90, 70))
    mixed = images.collection(tmp_path, 64).images
    assert mixed.shape == (10, 64, 64, 3)
    assert np.abs(mixed - images.folder(tmp_path, 64).images.astype(int)).max() <= 2


def test_a_collection_may_be_the_official_archive(server, tmp_path):
    train = images.cifar10()
    archive = tmp_path / "home" / "cifar-10-binary.tar.gz"
    for source in ("cifar10", archive):
        assert np.array_equal(images.collection(source).images, train.images)
        assert len(images.collection(source, part="test")) == 20
    with pytest.raises(FileNotFoundError, match="no file or folder 'cifar100'"):
        images.collection("cifar100")


def test_the_same_photos_are_held_out_each_time():
    some = images.Photos(np.zeros((95, 8, 8, 3), np.uint8), np.repeat([0, 1, 2], [50, 30, 15]), ("a", "b", "c"))
    fit, held = images.hold_out(some)
    assert (len(fit), len(held)) == (86, 9)
    assert np.bincount(held.labels).tolist() == [5, 3, 1]
    few = images.Photos(np.zeros((9, 8, 8, 3), np.uint8), np.repeat([0, 1], [4, 5]), ("a", "b"))
    assert [len(part) for part in images.hold_out(few)] == [7, 2]
    labels = np.repeat(np.arange(10), 5000)
    tiny = images.Photos(np.zeros((50_000, 1, 1, 3), np.uint8), labels, images.CIFAR10)
    marked = images.Photos(
        np.arange(50_000, dtype=np.uint32).view(np.uint8).reshape(-1, 1, 4, 1)[:, :, :3].transpose(0, 1, 3, 2).copy(),
        labels,
        images.CIFAR10,
    )
    _, held = images.hold_out(marked)
    numbers = held.images.reshape(-1, 3).astype(int) @ [1, 256, 65536]
    assert numbers.tolist() == images.split(labels, 5000)[1].tolist(), "CIFAR-10's 5,000 are those of split"
    assert len(images.hold_out(tiny)[0]) == 45_000
    for labels in ([0] * 9, [0, 0, 1]):
        with pytest.raises(ValueError, match=r"two or more, with two photos or more each \(got"):
            images.hold_out(images.Photos(np.zeros((len(labels), 8, 8, 3), np.uint8), np.array(labels), ("a", "b")))
