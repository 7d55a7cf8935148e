"""Seals: who sealed, whether it holds, and what was done to the file afterwards."""

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pdf import sign
from pdf.client import PdfClient
from pdf.sign import Signer

UNIT = "恩施州人社局（经办人杨𬱖）样章"


@pytest.fixture(scope="module")
def authority() -> sign.Credential:
    return sign.make_authority("演示根证书", now=datetime.now(UTC))


@pytest.fixture(scope="module")
def signer(authority: sign.Credential) -> Signer:
    credential = sign.issue_seal(authority, UNIT, now=datetime.now(UTC))
    return Signer(credential, authority.certificate)


@pytest.fixture(scope="module")
def plain(client: PdfClient) -> bytes:
    return client.render("<html><h1>办件</h1></html>", {}, mode="final")


@pytest.fixture(scope="module")
def sealed(plain: bytes, signer: Signer) -> bytes:
    return sign.seal(plain, signer, reason="办结归档")


def overlaid(pdf: bytes) -> bytes:
    """A white box over the page, put on by an honest incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    stream = generic.StreamObject(stream_data=b"q 1 1 1 rg 50 50 400 700 re f Q")
    writer.add_stream_to_page(0, writer.add_object(stream))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_untouched_file_holds_and_names_the_unit(
    sealed: bytes, plain: bytes, authority: sign.Credential
) -> None:
    """A rare character in the name of the certificate does not stop anything."""
    found = sign.verify(sealed, [authority.certificate])
    (signature,) = found.signatures
    assert found.holds
    assert (signature.signer, signature.reason) == (UNIT, "办结归档")
    assert signature.valid
    assert signature.covers_whole_file
    assert found.original_hash == sha256(sealed).hexdigest()
    assert sealed.startswith(plain)


def test_overlay_after_sealing_is_found_and_leads_to_the_original(
    sealed: bytes, authority: sign.Credential
) -> None:
    found = sign.verify(overlaid(sealed), [authority.certificate])
    assert not found.holds
    assert not found.signatures[0].valid
    assert "追加" in found.changes[0]
    assert found.original_hash == sha256(sealed).hexdigest()


def test_appended_bytes_are_found(sealed: bytes, authority: sign.Credential) -> None:
    found = sign.verify(sealed + b"\n% note\n", [authority.certificate])
    assert not found.holds
    assert not found.signatures[0].covers_whole_file


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
def test_changed_byte_is_found(
    sealed: bytes, plain: bytes, authority: sign.Credential, share: float
) -> None:
    content = bytearray(sealed)
    content[int(len(plain) * share)] ^= 1
    found = sign.verify(bytes(content), [authority.certificate])
    assert not found.holds
    assert found.changes


def test_seal_of_a_strange_authority_is_not_trusted(sealed: bytes) -> None:
    stranger = sign.make_authority("演示根证书", now=datetime.now(UTC))
    found = sign.verify(sealed, [stranger.certificate])
    assert not found.holds
    assert "信任" in found.changes[0]


def test_second_seal_keeps_the_first(
    sealed: bytes, signer: Signer, authority: sign.Credential
) -> None:
    twice = sign.seal(sealed, signer, reason="复核", field="Seal2")
    found = sign.verify(twice, [authority.certificate])
    assert found.holds
    assert [one.covers_whole_file for one in found.signatures] == [False, True]


def test_second_seal_does_not_bless_an_overlay(
    sealed: bytes, signer: Signer, authority: sign.Credential
) -> None:
    forged = sign.seal(overlaid(sealed), signer, reason="复核", field="Seal2")
    assert not sign.verify(forged, [authority.certificate]).holds


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7 nothing"])
def test_what_is_no_pdf_is_said_to_be_none(content: bytes, authority: sign.Credential) -> None:
    found = sign.verify(content, [authority.certificate])
    assert not found.holds
    assert found.changes


def test_plain_file_has_no_seal(plain: bytes, authority: sign.Credential) -> None:
    assert sign.verify(plain, [authority.certificate]).changes == ("文件中没有电子签章。",)


def test_what_is_no_pdf_cannot_be_sealed(signer: Signer) -> None:
    with pytest.raises(sign.NotSealable):
        sign.seal(b"hello", signer, reason="x")
