"""Who is admitted, as a file beside the service says."""

import logging

import pytest

from engine.serving import admitted
from engine.serving.admitted import VARIABLE, Door, admit, hashed, new_key


@pytest.fixture
def file(tmp_path):
    return tmp_path / "admitted" / "churn"


def bearer(key: str) -> bytes:
    return f"Bearer {key}".encode()


def test_without_a_file_everybody_is_admitted(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert Door.beside().admitted(None) == ""


def test_keys_are_long_and_never_the_same():
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 43 for key in keys)  # 256 bits, 6 of them a letter


def test_a_key_opens_for_its_application_and_no_other(file, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(file))
    crm, shop = new_key(), new_key()
    admit(file, [(hashed(crm.encode()), "CRM – Bonn"), (hashed(shop.encode()), "shop")])
    door = Door.beside()
    assert door.admitted(bearer(crm)) == "CRM – Bonn"
    assert door.admitted(b"bearer  " + shop.encode() + b" ") == "shop"
    for said in (None, b"", b"Bearer", b"Bearer ", bearer(crm[:-1]), b"Basic " + crm.encode(), crm.encode(), b"\xff"):
        assert door.admitted(said) is None
    assert door.admitted(bearer(hashed(crm.encode()))) is None  # who has read the file has no key
    assert crm not in file.read_text()


def test_what_changes_in_the_file_counts_at_once(file):
    key = new_key()
    admit(file, None)
    door = Door(file)
    assert door.admitted(None) == ""
    admit(file, [(hashed(key.encode()), "crm")])
    assert (door.admitted(None), door.admitted(bearer(key))) == (None, "crm")
    admit(file, [])
    assert door.admitted(bearer(key)) is None  # nobody is left, and it is not open again
    admit(file, None)
    assert door.admitted(None) == ""


def test_a_file_that_is_gone_or_is_none_admits_nobody(file, caplog):
    key = new_key()
    admit(file, [(hashed(key.encode()), "crm")])
    door = Door(file)
    assert door.admitted(bearer(key)) == "crm"
    file.unlink()
    with caplog.at_level(logging.WARNING, admitted.__name__):
        assert [door.admitted(bearer(key)), door.admitted(None)] == [None, None]
    assert len(caplog.records) == 1  # once, not at every call
    file.write_bytes(b"\xff\xfe")
    assert door.admitted(bearer(key)) is None
    admit(file, [(hashed(key.encode()), "crm")])
    assert door.admitted(bearer(key)) == "crm"


@pytest.mark.parametrize("line", ["open", "# a remark", "", "abc crm", f"{'0' * 64}", f"{'0' * 64} "])
def test_a_line_that_is_no_key_admits_nobody(file, line):
    key = new_key()
    admit(file, [(hashed(key.encode()), "crm")])
    file.write_text(file.read_text() + line + "\n")
    door = Door(file)
    assert (door.admitted(bearer(key)), door.admitted(None), door.admitted(bearer(""))) == ("crm", None, None)
