"""Personal data at rest: sealed, found by index, readable after a change of keys."""

import pytest

from app.core import crypto

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def test_sealing_hides_the_text_and_never_looks_the_same() -> None:
    crypto.configure({"a": OLD})
    first, second = crypto.seal("422899198906113733"), crypto.seal("422899198906113733")
    assert first != second
    assert b"422899" not in first
    assert crypto.unseal(first) == crypto.unseal(second) == b"422899198906113733"


def test_after_rotation_the_old_key_still_opens_and_the_new_one_seals() -> None:
    crypto.configure({"a": OLD})
    before = crypto.seal_json({"name": "黄䶮"})
    index, keyed = crypto.blind_index("id_number", "1"), crypto.keyed_hash({"a": 1})
    crypto.configure({"b": NEW, "a": OLD})
    assert crypto.unseal_json(before) == {"name": "黄䶮"}
    after = crypto.seal("x")
    assert after[1:2] == b"b"
    assert (crypto.blind_index("id_number", "1"), crypto.keyed_hash({"a": 1})) == (index, keyed)
    crypto.configure({"a": OLD})
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(after)


@pytest.mark.parametrize("broken", ["cut", "flipped", "renamed", "empty", "short", "text"])
def test_what_was_changed_is_unreadable(broken: str) -> None:
    """Every byte is authenticated, the key's name too; nothing else than Unreadable comes out."""
    crypto.configure({"a": OLD, "b": OLD})
    sealed = crypto.seal("secret")
    wrong = {
        "cut": sealed[:-1],
        "flipped": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "renamed": sealed[:1] + b"b" + sealed[2:],
        "empty": b"",
        "short": sealed[:6],
        "text": b"not sealed at all",
    }
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(wrong[broken])


def test_index_and_hash_belong_to_kind_and_key() -> None:
    crypto.configure({"a": OLD})
    number = crypto.blind_index("id_number", "1")
    assert number == crypto.blind_index("id_number", "1")
    assert number != crypto.blind_index("phone", "1")
    crypto.configure({"a": NEW})
    assert number != crypto.blind_index("id_number", "1")


def test_hash_does_not_depend_on_the_order_of_keys() -> None:
    crypto.configure({"a": OLD})
    assert crypto.keyed_hash({"a": 1, "b": 2}) == crypto.keyed_hash({"b": 2, "a": 1})


@pytest.mark.parametrize("sealing", crypto.FieldCipher)
@pytest.mark.parametrize("now", crypto.FieldCipher)
def test_both_ciphers_open_whichever_seals(
    sealing: crypto.FieldCipher, now: crypto.FieldCipher
) -> None:
    """The header says which; SM4's is authenticated with the text."""
    crypto.configure({"a": OLD}, sealing)
    sealed = crypto.seal("422899198906113733")
    crypto.configure({"a": OLD}, now)
    assert crypto.unseal(sealed) == b"422899198906113733"
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:-1], sealed[2:], b"\0\2" + sealed):
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(wrong)
    crypto.configure({"a": OLD})


def test_sm4_is_the_standards() -> None:
    """RFC 8998 A.1: key, nonce, text and tag of SM4-GCM."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    text = bytes.fromhex(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    )
    sealed = crypto._SM4GCM(key).encrypt(nonce, text, bound)
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert crypto._SM4GCM(key).decrypt(nonce, sealed, bound) == text
