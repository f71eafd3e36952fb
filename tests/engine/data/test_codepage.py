"""Code pages are told by how the words read in them; what is uncertain is said, with an example."""

import pytest

from engine.data.codepage import guess
from engine.data.read import read_file
from engine.domain.dataset import Reading
from engine.errors import UnusableOption

TEXTS = [
    ("cp1252", "Größe Straße Köln Jürgen"),
    ("cp1252", "São Paulo coração ação maçã"),
    ("cp1252", "l'été près du château de Besançon"),
    ("cp1250", "Zażółć gęślą jaźń Łódź Gdańsk"),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    ("iso8859_2", "Łódź Gdańsk Śląsk Wąchock gęś"),
    ("cp1251", "Москва столица России"),
    ("cp1251", "Київ столиця України їжак"),
    ("koi8_r", "Москва столица России"),
    ("cp866", "Москва столица России"),
    ("cp1253", "Αθήνα Θεσσαλονίκη Πάτρα"),
    ("cp1254", "İstanbul Beyoğlu Kadıköy Şişli Ağrı Iğdır Muğla"),
    ("cp1255", "שלום עולם ירושלים"),
    ("cp1256", "القاهرة مدينة كبيرة"),
    ("cp874", "กรุงเทพมหานคร เชียงใหม่"),
    ("cp1257", "Šiauliai Panevėžys Klaipėda žmogus ąžuolas"),
    ("shift_jis", "東京都は日本の首都であり カタカナ"),
    ("euc_jp", "東京都は日本の首都であり カタカナ"),
    ("gb18030", "北京是中华人民共和国的首都 上海 广州 深圳"),
    ("big5", "臺北市是中華民國的首都 高雄 臺中"),
    ("cp949", "서울은 대한민국의 수도이다 부산 대구"),
    ("mac_roman", "Größe Straße Köln Jürgen"),
    ("cp850", "Größe Straße Köln Jürgen"),
    ("iso8859_15", "12 € Kröte, 15 € Käse, 3 € Öl"),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS, ids=[f"{e}-{t[:8]}" for e, t in TEXTS])
def test_a_few_words_tell_the_code_page(encoding, text):
    content = text.encode(encoding)
    assert content.decode(guess(content).name) == text


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "gb18030", "cp1250"])
def test_names_in_a_column_tell_it_too(tmp_path, encoding):
    names = {"cp1251": "Тула", "shift_jis": "大阪", "gb18030": "广州", "cp1250": "Łódź"}
    path = tmp_path / "t.csv"
    path.write_bytes(("city;n\n" + "".join(f"{names[encoding]};{i}\n" for i in range(9))).encode(encoding))
    read = read_file(path)
    known = {read.reader.encoding, *read.reader.encoding_alternatives}
    assert encoding in known
    assert read.frame["city"].iloc[0] == names[encoding] or not read.reader.encoding_certain


def test_what_is_uncertain_is_asked_with_a_value_both_ways(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name;n\nда;1\nнет;2\n".encode("cp1251"))
    read = read_file(path)
    assert not read.reader.encoding_certain
    assert 1 <= len(read.reader.encoding_alternatives) <= 4
    assert "a value is 'да'" in read.notes[0]
    assert f"read as {read.reader.encoding_alternatives[0]}" in read.notes[0]


def test_the_person_says_which(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name;n\nда;1\nнет;2\n".encode("koi8_r"))
    read = read_file(path, reading=Reading(encoding="koi8_r"))
    assert read.frame["name"].tolist() == ["да", "нет"]
    assert read.reader.encoding == "koi8_r"
    assert read.reader.encoding_certain
    assert read.notes == ()


@pytest.mark.parametrize(
    ("encoding", "words"), [("klingon", "no encoding called"), ("utf-16", "not written in utf-16-le")]
)
def test_an_impossible_encoding_is_refused(tmp_path, encoding, words):
    path = tmp_path / "t.csv"
    path.write_bytes("name;größe\nJürgen;1\n".encode())
    with pytest.raises(UnusableOption, match=words):
        read_file(path, reading=Reading(encoding=encoding))


def test_bytes_that_fit_no_page_cost_their_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("名前;n\n東京;1\n".encode("shift_jis") * 9 + b"\xff\xfd;2\n")
    read = read_file(path, reading=Reading(encoding="shift_jis"))
    assert read.rejected[-1].reason == "It holds bytes that are not SHIFT_JIS text."


def test_utf8_that_is_cut_off_stays_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name;n\nJürgen;1\nZoë;2\nBjö".encode()[:-1])
    read = read_file(path)
    assert read.frame["name"].tolist() == ["Jürgen", "Zoë"]
    assert [r.line for r in read.rejected] == [4]


def test_utf16_without_a_mark_is_told_in_any_script(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("город;n\nМосква;1\nТула;2\n".encode("utf-16-le"))
    assert read_file(path).frame["город"].tolist() == ["Москва", "Тула"]
