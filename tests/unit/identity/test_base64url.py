"""The text form of bytes, against the vectors of its standards."""

from identity.base64url import base64url, sha256_base64url


def test_bytes_become_url_safe_text_without_padding() -> None:
    octets = bytes([3, 236, 255, 224, 193])  # RFC 7515 Appendix C

    assert base64url(octets) == "A-z_4ME"


def test_hash_of_the_standards_verifier_is_its_challenge() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 Appendix B

    assert sha256_base64url(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
