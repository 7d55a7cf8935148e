"""Seals on PDF files: a local authority, the seal of a unit, PAdES signing, and checking.

A local authority gives evidence that nothing was changed; it is no 可靠电子签名 in the sense of
the law. A unit's own certificate or a signing service takes the place of `Signer`.
"""

import stringprep
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace

import asn1crypto.x509
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.pem import unarmor
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

# asn1crypto compares names by the Unicode 3.2 of RFC 3454 and raises for younger characters, such
# as 𬱖: whoever bears one would have no seal. "Unassigned" has to follow today's Unicode.
_prepare = SimpleNamespace(**vars(stringprep))
_prepare.in_table_a1 = lambda character: unicodedata.category(character) == "Cn"
vars(asn1crypto.x509)["stringprep"] = _prepare

AUTHORITY_TERM = timedelta(days=20 * 365)
SEAL_TERM = timedelta(days=5 * 365)
_CLOCK_SKEW = timedelta(hours=1)


class NotSealable(Exception):
    """The file is no PDF that can carry a seal."""


@dataclass(frozen=True)
class Credential:
    """A private key and its certificate, both PEM; keep the key as a secret."""

    key: bytes
    certificate: bytes


@dataclass(frozen=True)
class Signer:
    """Who seals: a credential and the certificate of the authority that issued it."""

    credential: Credential
    authority: bytes


@dataclass(frozen=True)
class Signature:
    field: str
    signer: str
    signed_at: datetime | None
    reason: str
    valid: bool
    covers_whole_file: bool


@dataclass(frozen=True)
class Verification:
    """What a file says about itself.

    `original_hash` is the SHA-256 of the file as the last sealing left it, so that a changed copy
    still leads to the stored original.
    """

    original_hash: str
    signatures: tuple[Signature, ...]
    changes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return bool(self.signatures) and not self.changes


def make_authority(common_name: str, *, now: datetime) -> Credential:
    """A new root; its certificate is what `verify` trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate(common_name, common_name, key.public_key(), now, AUTHORITY_TERM)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _credential(key, builder.sign(key, hashes.SHA256()))


def issue_seal(authority: Credential, common_name: str, *, now: datetime) -> Credential:
    """The seal of a unit (or of a person), signed by the authority."""
    root = x509.load_pem_x509_certificate(authority.certificate)
    root_key = serialization.load_pem_private_key(authority.key, password=None)
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority has no elliptic-curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    builder = _certificate(common_name, str(issuer), key.public_key(), now, SEAL_TERM)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
    )
    return _credential(key, builder.sign(root_key, hashes.SHA256()))


def seal(
    pdf: bytes, signer: Signer, *, reason: str, field: str = "Seal1", location: str | None = None
) -> bytes:
    """Sign the file (PAdES, P-256, an invisible field); what is there stays byte for byte.

    Raises: NotSealable.
    """
    roots = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    roots.register(_load_certificate(signer.authority))
    holder = signers.SimpleSigner(
        signing_cert=_load_certificate(signer.credential.certificate),
        signing_key=PrivateKeyInfo.load(unarmor(signer.credential.key)[2]),
        cert_registry=roots,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
        name=holder.subject_name,
    )
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        sealed = signers.PdfSigner(metadata, signer=holder).sign_pdf(writer)
    except (PdfError, SigningError) as error:
        raise NotSealable(str(error)) from error
    return bytes(sealed.getvalue())


def verify(pdf: bytes, trusted: Sequence[bytes]) -> Verification:
    """Say of every signature whether it holds, and what happened to the file after sealing.

    Only the bottom line counts: after an overlay the signature itself is still "valid".
    """
    roots = [_load_certificate(certificate) for certificate in trusted]
    try:
        embedded = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    except (PdfError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return Verification(sha256(pdf).hexdigest(), (), ("文件已损坏，或不是 PDF。",))
    if not embedded:
        return Verification(sha256(pdf).hexdigest(), (), ("文件中没有电子签章。",))
    found: list[Signature] = []
    changes: list[str] = []
    end = 0
    for position, one in enumerate(embedded):
        is_last = position == len(embedded) - 1
        try:
            context = ValidationContext(trust_roots=roots, allow_fetching=False)
            status = validate_pdf_signature(one, signer_validation_context=context)
        except (PdfError, SignatureValidationError, ValueError, KeyError, TypeError):
            found.append(Signature(one.field_name, "", None, "", False, False))
            changes.append(f"签章“{one.field_name}”无法解读。")
            continue
        signature = _signature(one.field_name, str(one.sig_object.get("/Reason", "")), status)
        found.append(signature)
        changes += _changes(signature, status, is_last=is_last)
        end = max(end, int(one.byte_range[2]) + int(one.byte_range[3]))
    return Verification(sha256(pdf[: end or None]).hexdigest(), tuple(found), tuple(changes))


def _signature(field: str, reason: str, status: PdfSignatureStatus) -> Signature:
    names = status.signing_cert.subject.native
    return Signature(
        field=field,
        signer=str(names.get("common_name", "")),
        signed_at=status.signer_reported_dt,
        reason=reason,
        valid=bool(status.bottom_line),
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )


def _changes(signature: Signature, status: PdfSignatureStatus, *, is_last: bool) -> tuple[str, ...]:
    """In words for everybody, why this signature does not vouch for the file as it is."""
    who = f"“{signature.signer}”的签章"
    if not status.intact or not status.valid:
        return (f"{who}所签的内容被改动。",)
    if not status.trusted:
        return (f"{who}不是本系统信任的机构签发的，或证书已过期。",)
    if not signature.valid or (is_last and not signature.covers_whole_file):
        return (f"{who}之后，文件被追加了内容。",)
    return ()


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    term: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + term)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _credential(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Credential:
    return Credential(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )


def _load_certificate(pem: bytes) -> asn1crypto.x509.Certificate:
    certificate: asn1crypto.x509.Certificate = asn1crypto.x509.Certificate.load(unarmor(pem)[2])
    return certificate
